/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Changes what a lab machine says in rdp so that it still gets past the envelopes: PDUs are taken apart down to some
 * depth, what is inside is changed, and the lengths around it are made right again. Only for hunting; knows no more of
 * the protocol than where its lengths are. */

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#define PDUS_MAX 256
#define LENGTHS_MAX 8
#define PDU_MAX 16000

#define IO_CHANNEL 1003 /* as rdp-prelude has them */
#define CLIPBOARD_CHANNEL 1004
#define DYNAMIC_CHANNEL 1005
#define SOUND_CHANNEL 1007

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed);
size_t LLVMFuzzerCustomCrossOver(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size, uint8_t *out,
                                 size_t max, unsigned seed);

/* A number that says how far it is from somewhere to the end of the PDU. */
typedef struct Length {
        size_t at, from;
        unsigned width;
        bool is_big, is_marked; /* big endian; with the highest bit set, which says that it has two bytes */
} Length;

/* A PDU and the envelopes in it: contents[i] is where those of the i-th begin. */
typedef struct Pdu {
        uint8_t bytes[PDU_MAX * 2];
        size_t size, contents[LENGTHS_MAX];
        Length lengths[LENGTHS_MAX];
        size_t n;
} Pdu;

static void envelope(Pdu *p, Length l, size_t contents) {
        if (p->n >= LENGTHS_MAX || l.at + l.width > p->size || contents > p->size)
                return;
        p->lengths[p->n] = l;
        p->contents[p->n++] = contents;
}

static void set_lengths(Pdu *p) {
        for (size_t i = 0; i < p->n; i++) {
                const Length *l = &p->lengths[i];
                size_t value = p->size - l->from;

                if (l->is_marked)
                        value = (value & 0x7fff) | 0x8000;
                for (unsigned k = 0; k < l->width; k++)
                        p->bytes[l->at + (l->is_big ? l->width - 1 - k : k)] = (uint8_t) (value >> (8 * k));
        }
}

static void open_dynamic(Pdu *p, size_t at) {
        size_t inner = at + 2; /* command, channel */

        if (at + 12 > p->size || (p->bytes[at] & 0xf3) != 0x30 || p->bytes[inner] != 0xe0)
                return;
        /* One segment, not compressed, one PDU of the graphics pipeline in it. */
        envelope(p, (Length) { inner + 6, inner + 2, 4, false, false }, inner + 10);
        if (p->bytes[inner + 2] == 1 && inner + 27 <= p->size)
                envelope(p, (Length) { inner + 23, inner + 27, 4, false, false }, inner + 27);
}

static void open_channel(Pdu *p, size_t at, unsigned channel) {
        size_t inner = at + 8; /* the chunk's own header */

        if (inner + 4 > p->size)
                return;
        envelope(p, (Length) { at, inner, 4, false, false }, inner);
        if (channel == CLIPBOARD_CHANNEL)
                envelope(p, (Length) { inner + 4, inner + 8, 4, false, false }, inner + 8);
        else if (channel == SOUND_CHANNEL)
                envelope(p, (Length) { inner + 2, inner + 4, 2, false, false }, inner + 4);
        else
                open_dynamic(p, inner);
}

static void open_slow(Pdu *p) {
        unsigned channel;
        size_t at = 15;

        envelope(p, (Length) { 2, 0, 2, true, false }, 4);
        if (p->size < at || p->bytes[7] != 0x68 || !(p->bytes[13] & 0x80))
                return;
        channel = (unsigned) (p->bytes[10] << 8 | p->bytes[11]);
        envelope(p, (Length) { 13, at, 2, true, true }, at);
        if (channel != IO_CHANNEL) {
                open_channel(p, at, channel);
                return;
        }
        envelope(p, (Length) { at, at, 2, false, false }, at + 6);
        if (at + 18 <= p->size && (p->bytes[at + 2] & 0xf) == 7)
                envelope(p, (Length) { at + 12, at, 2, false, false }, at + 18);
}

static void open_fast(Pdu *p) {
        if (p->size < 6 || !(p->bytes[1] & 0x80))
                return;
        envelope(p, (Length) { 1, 0, 2, true, true }, 3);
        if (!(p->bytes[3] & 0xc0))
                envelope(p, (Length) { 4, 6, 2, false, false }, 6);
}

static size_t size_of(const uint8_t *b, size_t left) {
        size_t size = left;

        if (left >= 4 && b[0] == 3)
                size = (size_t) b[2] << 8 | b[3];
        else if (left >= 3 && (b[0] & 3) == 0)
                size = b[1] & 0x80 ? (size_t) (b[1] & 0x7f) << 8 | b[2] : b[1];
        return size < 2 || size > left ? left : size;
}

/* Where PDUs begin, and behind them where the last one ends. */
static size_t split(const uint8_t *data, size_t size, size_t starts[static PDUS_MAX + 1]) {
        size_t n = 0, at = 1;

        for (; at < size && n < PDUS_MAX; n++) {
                starts[n] = at;
                at += size_of(data + at, size - at);
        }
        starts[n] = size;
        return n;
}

static size_t replace(uint8_t *data, size_t size, size_t max, size_t from, size_t to, const uint8_t *by, size_t n) {
        if (size - (to - from) + n > max)
                return size;
        memmove(data + from + n, data + to, size - to);
        memcpy(data + from, by, n);
        return size - (to - from) + n;
}

static size_t change_inside(uint8_t *data, size_t size, size_t max, size_t from, size_t to, unsigned dice) {
        static Pdu p;
        size_t at, room = PDU_MAX;

        p.n = 0;
        p.size = to - from;
        if (p.size > PDU_MAX)
                return LLVMFuzzerMutate(data, size, max);
        memcpy(p.bytes, data + from, p.size);
        if (p.bytes[0] == 3)
                open_slow(&p);
        else
                open_fast(&p);
        /* Mostly the innermost. */
        at = p.n == 0 ? 0 : p.contents[dice % 4 ? p.n - 1 : dice / 4 % p.n];
        /* What lies inside of the place of change has lengths that may be wrong, those around it do not. */
        while (p.n > 0 && p.contents[p.n - 1] > at)
                p.n--;
        p.size = at + LLVMFuzzerMutate(p.bytes + at, p.size - at, dice % 8 == 7 ? p.size - at + 1 : room - at);
        if (dice % 32 != 5)
                set_lengths(&p);
        return replace(data, size, max, from, to, p.bytes, p.size);
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed) {
        size_t starts[PDUS_MAX + 1], n, i, k;
        static uint8_t copy[PDU_MAX];
        size_t length;

        if (size < 2 || data[0] == 0 || seed % 64 == 0)
                return LLVMFuzzerMutate(data, size, max);
        seed /= 64;
        n = split(data, size, starts);
        i = seed / 16 % n;
        k = seed / 4096 % n;
        length = starts[i + 1] - starts[i];
        switch (length <= PDU_MAX ? seed % 16 : 15) {
        case 0: /* one PDU less */
                return n > 1 ? replace(data, size, max, starts[i], starts[i + 1], copy, 0) : size;
        case 1: /* once more, elsewhere */
        case 2:
                memcpy(copy, data + starts[i], length);
                return replace(data, size, max, starts[k], starts[k], copy, length);
        default:
                return change_inside(data, size, max, starts[i], starts[i + 1], seed / 4096);
        }
}

/* A PDU of the other's. */
size_t LLVMFuzzerCustomCrossOver(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size, uint8_t *out,
                                 size_t max, unsigned seed) {
        size_t a_starts[PDUS_MAX + 1], b_starts[PDUS_MAX + 1], to, i, n;

        if (a_size < 2 || b_size < 2 || a_size > max)
                return 0;
        to = a_starts[seed % (split(a, a_size, a_starts) + 1)];
        n = split(b, b_size, b_starts);
        i = seed / 256 % n;
        memcpy(out, a, a_size);
        return replace(out, a_size, max, to, to, b + b_starts[i], b_starts[i + 1] - b_starts[i]);
}
