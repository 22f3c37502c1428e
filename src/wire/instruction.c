/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <errno.h>

#include "../base/base64.h"
#include "../base/parse.h"
#include "../base/utf8.h"
#include "instruction.h"

/* ---- reading ---- */

/* The bytes of n code points at the front of text; -EBADMSG if they are not there, invalid, or have NUL among them. */
static ssize_t code_points_size(Slice text, size_t n) {
        size_t size = 0;

        for (size_t i = 0; i < n; i++) {
                uint32_t c;
                int k;

                if (size == text.size)
                        return -EBADMSG;
                k = utf8_decode(text.data + size, text.size - size, &c);
                if (k <= 0 || c == 0)
                        return -EBADMSG;
                size += (size_t) k;
        }
        return (ssize_t) size;
}

static int read_length(Slice *rest, uint64_t *ret) {
        size_t digits = 0;

        while (digits < rest->size && digits < INSTRUCTION_DIGITS_MAX && rest->data[digits] != '.')
                digits++;
        if (digits == rest->size || rest->data[digits] != '.' ||
            parse_unsigned(rest->data, digits, 0, INSTRUCTION_ELEMENT_MAX, ret) < 0)
                return -EBADMSG;
        *rest = (Slice) { rest->data + digits + 1, rest->size - digits - 1 };
        return 0;
}

/* One element and the ',' or ';' behind it. */
static int read_element(Slice *rest, Slice *ret, char *ret_terminator) {
        uint64_t length;
        ssize_t size;

        if (read_length(rest, &length) < 0)
                return -EBADMSG;
        size = code_points_size(*rest, length);
        if (size < 0 || (size_t) size == rest->size)
                return -EBADMSG;
        *ret_terminator = rest->data[size];
        if (*ret_terminator != ',' && *ret_terminator != ';')
                return -EBADMSG;
        *ret = (Slice) { rest->data, (size_t) size };
        *rest = (Slice) { rest->data + size + 1, rest->size - (size_t) size - 1 };
        return 0;
}

int instruction_read(Slice *text, Instruction *ret) {
        Slice rest = { text->data, MIN(text->size, (size_t) INSTRUCTION_SIZE_MAX) };
        char terminator;

        if (text->size == 0)
                return -ENODATA;
        if (read_element(&rest, &ret->opcode, &terminator) < 0)
                return -EBADMSG;
        ret->argc = 0;
        while (terminator == ',') {
                if (ret->argc == ELEMENTS(ret->argv) || read_element(&rest, &ret->argv[ret->argc], &terminator) < 0)
                        return -EBADMSG;
                ret->argc++;
        }
        ret->raw = (Slice) { text->data, (size_t) (rest.data - text->data) };
        *text = (Slice) { rest.data, text->size - ret->raw.size };
        return 0;
}

/* ---- writing ---- */

#define DECIMAL_MAX 20 /* of an int64_t, with its sign */

static void fail(InstructionWriter *w, int error) {
        w->error = error;
        buffer_truncate(w->out, w->begin);
}

static void append(InstructionWriter *w, const void *bytes, size_t size) {
        int r;

        if (w->error < 0)
                return;
        r = buffer_append(w->out, bytes, size);
        if (r < 0)
                fail(w, r);
}

/* Writes n's digits so that they end at end; answers where they begin. */
static char *format_decimal(int64_t n, char *end) {
        uint64_t u = n < 0 ? -(uint64_t) n : (uint64_t) n;

        do
                *--end = (char) ('0' + u % 10);
        while ((u /= 10) > 0);
        if (n < 0)
                *--end = '-';
        return end;
}

/* ",<length>." with no comma in front of an opcode. */
static void append_length(InstructionWriter *w, size_t length) {
        char text[DECIMAL_MAX + 2], *end = text + sizeof text - 1, *p;

        *end = '.';
        p = format_decimal((int64_t) length, end);
        if (buffer_size(w->out) > w->begin)
                *--p = ',';
        append(w, p, (size_t) (text + sizeof text - p));
}

void instruction_begin(InstructionWriter *w, const char *opcode) {
        w->begin = buffer_size(w->out);
        instruction_text(w, opcode, strlen(opcode));
}

void instruction_text(InstructionWriter *w, const char *text, size_t size) {
        size_t length = utf8_count(text, size);

        if (w->error < 0)
                return;
        if (length > INSTRUCTION_ELEMENT_MAX)
                return fail(w, -EMSGSIZE);
        append_length(w, length);
        append(w, text, size);
}

void instruction_integer(InstructionWriter *w, int64_t n) {
        char text[DECIMAL_MAX], *p = format_decimal(n, text + sizeof text);
        size_t size = (size_t) (text + sizeof text - p);

        append_length(w, size);
        append(w, p, size);
}

void instruction_base64(InstructionWriter *w, const void *bytes, size_t size) {
        char *text;

        if (w->error < 0)
                return;
        if (size > INSTRUCTION_BLOB_MAX)
                return fail(w, -EMSGSIZE);
        append_length(w, BASE64_SIZE(size));
        if (w->error < 0)
                return;
        text = buffer_reserve(w->out, BASE64_SIZE(size));
        if (!text)
                return fail(w, w->out->limit > 0 ? -ENOBUFS : -ENOMEM);
        base64_encode(bytes, size, text);
        buffer_commit(w->out, BASE64_SIZE(size));
}

void instruction_end(InstructionWriter *w) {
        append(w, ";", 1);
}

void instruction_write_integers(InstructionWriter *w, const char *opcode, const int32_t *values, size_t n) {
        instruction_begin(w, opcode);
        for (size_t i = 0; i < n; i++)
                instruction_integer(w, values[i]);
        instruction_end(w);
}
