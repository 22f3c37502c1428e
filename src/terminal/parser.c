/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The state machine. Bytes that are no UTF-8 count as U+FFFD; what a state does not know ends the sequence. */

#include <string.h>

#include "../base/base64.h"
#include "../base/utf8.h"
#include "parser.h"

enum {
        GROUND, ESCAPE, ESCAPE_INTERMEDIATE, CSI_ENTRY, CSI_PARAM, CSI_INTERMEDIATE, CSI_IGNORE, OSC_STRING, DCS_ENTRY,
        DCS_PARAM, DCS_INTERMEDIATE, DCS_IGNORE, DCS_STRING, OTHER_STRING, STATES,
};

enum {
        NOTHING, PRINT, EXECUTE, CLEAR, COLLECT, PARAM, ESC_DISPATCH, CSI_DISPATCH, OSC_START, OSC_PUT, OSC_END,
        OTHER_END,
};

/* Every code point from here on is the same to the machine. */
#define BEYOND 0xa0

#define T(action, state) ((uint8_t) ((action) << 4 | (state)))
#define ANYWHERE                                                \
        [0x80 ... 0x8f] = T(EXECUTE, GROUND),                   \
        [0x90] = T(CLEAR, DCS_ENTRY),                           \
        [0x91 ... 0x97] = T(EXECUTE, GROUND),                   \
        [0x98] = T(NOTHING, OTHER_STRING),                      \
        [0x99 ... 0x9a] = T(EXECUTE, GROUND),                   \
        [0x9b] = T(CLEAR, CSI_ENTRY),                           \
        [0x9d] = T(OSC_START, OSC_STRING),                      \
        [0x9e ... 0x9f] = T(NOTHING, OTHER_STRING)
#define CANCEL(action)                                          \
        [0x18] = T(action, GROUND),                             \
        [0x1a] = T(action, GROUND)
#define STARTS(action) [0x1b] = T(action, ESCAPE)
#define C0(action, state)                                       \
        [0x00 ... 0x17] = T(action, state),                     \
        [0x19] = T(action, state),                              \
        [0x1c ... 0x1f] = T(action, state)

static const uint8_t transitions[STATES][BEYOND + 1] = {
        [GROUND] = {
                ANYWHERE, CANCEL(EXECUTE), STARTS(CLEAR), C0(EXECUTE, GROUND),
                [0x20 ... 0x7e] = T(PRINT, GROUND),
                [BEYOND] = T(PRINT, GROUND),
        },
        [ESCAPE] = {
                ANYWHERE, CANCEL(EXECUTE), STARTS(CLEAR), C0(EXECUTE, ESCAPE),
                [0x20 ... 0x2f] = T(COLLECT, ESCAPE_INTERMEDIATE),
                [0x30 ... 0x4f] = T(ESC_DISPATCH, GROUND),
                [0x50] = T(CLEAR, DCS_ENTRY),
                [0x51 ... 0x57] = T(ESC_DISPATCH, GROUND),
                [0x58] = T(NOTHING, OTHER_STRING),
                [0x59 ... 0x5a] = T(ESC_DISPATCH, GROUND),
                [0x5b] = T(CLEAR, CSI_ENTRY),
                [0x5c] = T(ESC_DISPATCH, GROUND),
                [0x5d] = T(OSC_START, OSC_STRING),
                [0x5e ... 0x5f] = T(NOTHING, OTHER_STRING),
                [0x60 ... 0x7e] = T(ESC_DISPATCH, GROUND),
                [0x7f] = T(NOTHING, ESCAPE),
        },
        [ESCAPE_INTERMEDIATE] = {
                ANYWHERE, CANCEL(EXECUTE), STARTS(CLEAR), C0(EXECUTE, ESCAPE_INTERMEDIATE),
                [0x20 ... 0x2f] = T(COLLECT, ESCAPE_INTERMEDIATE),
                [0x30 ... 0x7e] = T(ESC_DISPATCH, GROUND),
                [0x7f] = T(NOTHING, ESCAPE_INTERMEDIATE),
        },
        [CSI_ENTRY] = {
                ANYWHERE, CANCEL(EXECUTE), STARTS(CLEAR), C0(EXECUTE, CSI_ENTRY),
                [0x20 ... 0x2f] = T(COLLECT, CSI_INTERMEDIATE),
                [0x30 ... 0x3b] = T(PARAM, CSI_PARAM),
                [0x3c ... 0x3f] = T(COLLECT, CSI_PARAM),
                [0x40 ... 0x7e] = T(CSI_DISPATCH, GROUND),
                [0x7f] = T(NOTHING, CSI_ENTRY),
        },
        [CSI_PARAM] = {
                ANYWHERE, CANCEL(EXECUTE), STARTS(CLEAR), C0(EXECUTE, CSI_PARAM),
                [0x20 ... 0x2f] = T(COLLECT, CSI_INTERMEDIATE),
                [0x30 ... 0x3b] = T(PARAM, CSI_PARAM),
                [0x3c ... 0x3f] = T(NOTHING, CSI_IGNORE),
                [0x40 ... 0x7e] = T(CSI_DISPATCH, GROUND),
                [0x7f] = T(NOTHING, CSI_PARAM),
        },
        [CSI_INTERMEDIATE] = {
                ANYWHERE, CANCEL(EXECUTE), STARTS(CLEAR), C0(EXECUTE, CSI_INTERMEDIATE),
                [0x20 ... 0x2f] = T(COLLECT, CSI_INTERMEDIATE),
                [0x30 ... 0x3f] = T(NOTHING, CSI_IGNORE),
                [0x40 ... 0x7e] = T(CSI_DISPATCH, GROUND),
                [0x7f] = T(NOTHING, CSI_INTERMEDIATE),
        },
        [CSI_IGNORE] = {
                ANYWHERE, CANCEL(EXECUTE), STARTS(CLEAR), C0(EXECUTE, CSI_IGNORE),
                [0x20 ... 0x3f] = T(NOTHING, CSI_IGNORE),
                [0x7f] = T(NOTHING, CSI_IGNORE),
                [BEYOND] = T(NOTHING, CSI_IGNORE),
        },
        [OSC_STRING] = {
                ANYWHERE, CANCEL(OTHER_END), STARTS(OSC_END),
                [0x00 ... 0x06] = T(NOTHING, OSC_STRING),
                [0x07] = T(OSC_END, GROUND),
                [0x08 ... 0x17] = T(NOTHING, OSC_STRING),
                [0x19] = T(NOTHING, OSC_STRING),
                [0x1c ... 0x1f] = T(NOTHING, OSC_STRING),
                [0x20 ... 0x7f] = T(OSC_PUT, OSC_STRING),
                [0x9c] = T(OSC_END, GROUND),
                [BEYOND] = T(OSC_PUT, OSC_STRING),
        },
        [DCS_ENTRY] = {
                ANYWHERE, CANCEL(EXECUTE), STARTS(CLEAR), C0(NOTHING, DCS_ENTRY),
                [0x20 ... 0x2f] = T(NOTHING, DCS_INTERMEDIATE),
                [0x30 ... 0x3f] = T(NOTHING, DCS_PARAM),
                [0x40 ... 0x7e] = T(NOTHING, DCS_STRING),
                [0x7f] = T(NOTHING, DCS_ENTRY),
        },
        [DCS_PARAM] = {
                ANYWHERE, CANCEL(EXECUTE), STARTS(CLEAR), C0(NOTHING, DCS_PARAM),
                [0x20 ... 0x2f] = T(NOTHING, DCS_INTERMEDIATE),
                [0x30 ... 0x3b] = T(NOTHING, DCS_PARAM),
                [0x3c ... 0x3f] = T(NOTHING, DCS_IGNORE),
                [0x40 ... 0x7e] = T(NOTHING, DCS_STRING),
                [0x7f] = T(NOTHING, DCS_PARAM),
        },
        [DCS_INTERMEDIATE] = {
                ANYWHERE, CANCEL(EXECUTE), STARTS(CLEAR), C0(NOTHING, DCS_INTERMEDIATE),
                [0x20 ... 0x2f] = T(NOTHING, DCS_INTERMEDIATE),
                [0x30 ... 0x3f] = T(NOTHING, DCS_IGNORE),
                [0x40 ... 0x7e] = T(NOTHING, DCS_STRING),
                [0x7f] = T(NOTHING, DCS_INTERMEDIATE),
        },
        [DCS_IGNORE] = {
                ANYWHERE, CANCEL(EXECUTE), STARTS(CLEAR), C0(NOTHING, DCS_IGNORE),
                [0x20 ... 0x7f] = T(NOTHING, DCS_IGNORE),
                [BEYOND] = T(NOTHING, DCS_IGNORE),
        },
        [DCS_STRING] = {
                ANYWHERE, CANCEL(OTHER_END), STARTS(OTHER_END), C0(NOTHING, DCS_STRING),
                [0x20 ... 0x7f] = T(NOTHING, DCS_STRING),
                [0x9c] = T(OTHER_END, GROUND),
                [BEYOND] = T(NOTHING, DCS_STRING),
        },
        [OTHER_STRING] = {
                ANYWHERE, CANCEL(EXECUTE), STARTS(CLEAR), C0(NOTHING, OTHER_STRING),
                [0x20 ... 0x7f] = T(NOTHING, OTHER_STRING),
                [BEYOND] = T(NOTHING, OTHER_STRING),
        },
};

static void parameters_clear(Parser *p) {
        ParserParameters *q = &p->parameters;

        p->collected = 0;
        q->count = 1;
        q->values[0] = 0;
        q->sub_first[0] = q->sub_count[0] = 0;
        q->n_subs = 0;
        q->in_sub = q->full = q->sub_full = false;
}

static void parameters_next(ParserParameters *q) {
        q->in_sub = false;
        if (q->count >= TERMINAL_PARAMETERS_MAX) {
                q->full = true;
                return;
        }

        q->values[q->count] = 0;
        q->sub_first[q->count] = (uint8_t) q->n_subs;
        q->sub_count[q->count] = 0;
        q->count++;
}

static void parameters_next_sub(ParserParameters *q) {
        q->in_sub = true;
        if (q->full || q->n_subs >= TERMINAL_PARAMETERS_MAX) {
                q->sub_full = true;
                return;
        }

        q->subs[q->n_subs++] = -1;
        q->sub_count[q->count - 1]++;
}

static void parameters_digit(ParserParameters *q, int digit) {
        int *number;

        if (q->full || (q->in_sub && q->sub_full))
                return;

        number = q->in_sub ? &q->subs[q->n_subs - 1] : &q->values[q->count - 1];
        *number = MIN(MAX(*number, 0) * 10 + digit, PARSER_NUMBER_MAX);
}

static void parameters_put(ParserParameters *q, uint8_t code) {
        if (code == ';')
                parameters_next(q);
        else if (code == ':')
                parameters_next_sub(q);
        else
                parameters_digit(q, code - '0');
}

/* More than a prefix and one intermediate is nothing we know: let it match no key. */
static void collect(Parser *p, uint8_t code) {
        p->collected = p->collected > 0xff ? 0xffff : p->collected << 8 | code;
}

static size_t string_limit(const Parser *p) {
        const Buffer *b = &p->string;

        if (p->clipboard && buffer_size(b) >= 3 && memcmp(buffer_bytes(b), "52;", 3) == 0)
                return BASE64_SIZE(TERMINAL_CLIPBOARD_MAX) + 16;

        return TERMINAL_STRING_MAX;
}

static void string_put(Parser *p, uint32_t code_point) {
        char text[4];
        size_t size;

        if (p->overflow)
                return;

        size = utf8_encode(code_point, text);
        if (buffer_size(&p->string) + size > string_limit(p) || buffer_append(&p->string, text, size) < 0) {
                p->overflow = true;
                buffer_clear(&p->string);
        }
}

static void string_end(Parser *p) {
        bool whole = !p->overflow;

        p->sink->string(p->userdata, whole ? (const char *) buffer_bytes(&p->string) : NULL,
                        whole ? buffer_size(&p->string) : 0);
        buffer_clear(&p->string);
        buffer_trim(&p->string, TERMINAL_STRING_MAX);
}

/* One code point through the machine. */
static void step(Parser *p, uint32_t code_point) {
        uint8_t code = (uint8_t) MIN(code_point, (uint32_t) BEYOND);
        uint8_t transition = transitions[p->state][code];

        p->state = transition & 15;
        switch (transition >> 4) {
        case PRINT:
                if (code == BEYOND)
                        p->sink->character(p->userdata, code_point);
                else
                        p->sink->text(p->userdata, &code, 1);
                return;
        case EXECUTE:
                p->sink->execute(p->userdata, code);
                return;
        case CLEAR:
                parameters_clear(p);
                return;
        case COLLECT:
                collect(p, code);
                return;
        case PARAM:
                parameters_put(&p->parameters, code);
                return;
        case ESC_DISPATCH:
                p->sink->escape(p->userdata, PARSER_KEY(p->collected, code));
                return;
        case CSI_DISPATCH:
                p->sink->control(p->userdata, PARSER_KEY(p->collected, code), &p->parameters);
                return;
        case OSC_START:
                buffer_clear(&p->string);
                p->overflow = false;
                return;
        case OSC_PUT:
                string_put(p, code_point);
                return;
        case OSC_END:
                string_end(p);
                parameters_clear(p);
                return;
        case OTHER_END:
                p->sink->string(p->userdata, NULL, 0);
                parameters_clear(p);
                return;
        }
}

/* The number of bytes at the beginning that are plain text. */
static size_t text_run(const uint8_t *bytes, size_t size) {
        size_t n = 0;

        for (uint64_t word; n + 8 <= size; n += 8) {
                memcpy(&word, bytes + n, 8);
                /* A byte below 0x20, 0x7f or above sets the top bit of its place in one of these. */
                if (((word - 0x2020202020202020u) | word | (word + 0x0101010101010101u)) & 0x8080808080808080u)
                        break;
        }
        while (n < size && bytes[n] >= 0x20 && bytes[n] < 0x7f)
                n++;

        return n;
}

/* A character that begins in what came before and may end here. Answers how many bytes it took from here. */
static size_t finish_partial(Parser *p, const uint8_t *bytes, size_t size) {
        size_t before = p->n_partial, taken = MIN(size, sizeof p->partial - before);
        uint32_t code_point = UTF8_REPLACEMENT;
        int r;

        memcpy(p->partial + before, bytes, taken);
        r = utf8_decode(p->partial, before + taken, &code_point);
        if (r == 0) {
                p->n_partial = (uint8_t) (before + taken);
                return taken;
        }

        p->n_partial = 0;
        step(p, r > 0 ? code_point : UTF8_REPLACEMENT);
        return (size_t) (r > 0 ? r : -r) - before;
}

static size_t decode_one(Parser *p, const uint8_t *bytes, size_t size) {
        uint32_t code_point = UTF8_REPLACEMENT;
        int r;

        r = utf8_decode(bytes, MIN(size, (size_t) 4), &code_point);
        if (r == 0) {
                memcpy(p->partial, bytes, size);
                p->n_partial = (uint8_t) size;
                return size;
        }

        if (r > 0 && code_point >= BEYOND && p->state == GROUND)
                p->sink->character(p->userdata, code_point);
        else
                step(p, r > 0 ? code_point : UTF8_REPLACEMENT);
        return (size_t) (r > 0 ? r : -r);
}

void parser_feed(Parser *p, const uint8_t *bytes, size_t size) {
        size_t at = 0, n;

        if (p->n_partial > 0 && size > 0)
                at = finish_partial(p, bytes, size);

        while (at < size) {
                if (p->state == GROUND && (n = text_run(bytes + at, size - at)) > 0) {
                        p->sink->text(p->userdata, bytes + at, n);
                        at += n;
                } else if (bytes[at] < 0x80)
                        step(p, bytes[at++]);
                else
                        at += decode_one(p, bytes + at, size - at);
        }
}

void parser_reset(Parser *p) {
        p->state = GROUND;
        p->overflow = false;
        parameters_clear(p);
        buffer_clear(&p->string);
}

void parser_init(Parser *p, const ParserSink *sink, void *userdata, bool clipboard) {
        *p = (Parser) { .sink = sink, .userdata = userdata, .clipboard = clipboard };
        parameters_clear(p);
}

void parser_done(Parser *p) {
        buffer_done(&p->string);
}
