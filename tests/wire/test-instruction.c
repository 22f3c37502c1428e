/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <errno.h>
#include <stdlib.h>

#include "../../src/base/utf8.h"
#include "../../src/wire/instruction.h"
#include "check.h"

static void buffer_donep(Buffer *b) {
        buffer_done(b);
}

/* Reads all of text into "opcode|arg|arg\n" lines, "!" for a fault. */
static const char *lines(const char *text, size_t size) {
        static char out[4096];
        Slice s = { text, size };
        Instruction i;
        int r;

        out[0] = 0;
        while ((r = instruction_read(&s, &i)) == 0) {
                size_t n = strlen(out);

                n += (size_t) snprintf(out + n, sizeof out - n, "%.*s", (int) i.opcode.size, i.opcode.data);
                for (size_t k = 0; k < i.argc; k++)
                        n += (size_t) snprintf(out + n, sizeof out - n, "|%.*s", (int) i.argv[k].size, i.argv[k].data);
                snprintf(out + n, sizeof out - n, "\n");
        }
        CHECK(r == -ENODATA || r == -EBADMSG);
        return r == -ENODATA ? out : "!";
}

TEST(vectors) {
        static const struct {
                const char *text, *expected;
        } rows[] = {
                { "4.sync,13.1735689600000,1.3;", "sync|1735689600000|3\n" },
                { "0.,4.ping,13.1735689600000;", "|ping|1735689600000\n" },
                { "3.nop;", "nop\n" },
                { "4.name,1.é;4.name,2.日本;", "name|é\nname|日本\n" },
                { "4.name,1.😀;4.sync,1.1;", "name|😀\nsync|1\n" },
                { "4.name,2.😀;4.sync,1.1;", "!" },
                { "4.name,4.😀;", "!" },
                { "4.name,3.a😀b;4.sync,1.1;", "name|a😀b\nsync|1\n" },
                { "4.name,5.👨‍👩‍👧;4.sync,1.1;", "name|👨‍👩‍👧\nsync|1\n" },
                { "4.name,2.e\u0301;", "name|e\u0301\n" },
                { "4.name,7.a,b;c.d;", "name|a,b;c.d\n" },
                { "04.name,01.x;", "name|x\n" },
                { "00004.name;", "name\n" },
                { "000004.name;", "!" },
                { "4.name,.;", "!" },
                { ".;", "!" },
                { "0.;", "\n" },
                { "0.,0.;", "|\n" },
                { "3.nop;\n3.nop;", "!" },
                { "+3.nop;", "!" },
                { "-3.nop;", "!" },
                { " 3.nop;", "!" },
                { "3 .nop;", "!" },
                { "3.nopX4.sync,1.1;", "!" },
                { "4294967299.nop;", "!" },
                { "2147483648.nop;", "!" },
                { "4.name,2.\xed\xa0\xbd\xed\xb8\x80;", "!" },
                { "4.name,1.\xc0\x80;", "!" },
                { "4.name,1.\xff;", "!" },
                { "4.name,1.\xf0;", "!" },
                { "3.nop", "!" },
                { "3.no", "!" },
                { "3.", "!" },
                { "3", "!" },
                { "3.nop,", "!" },
                { ";", "!" },
        };

        for (size_t i = 0; i < ELEMENTS(rows); i++)
                CHECK_TEXT(lines(rows[i].text, strlen(rows[i].text)), rows[i].expected);
        CHECK_TEXT(lines("4.name,3.a\0b;", 13), "!");
}

/* One instruction of n elements, the last of them length code points of the character c, read back. */
static int read_sized(unsigned n, unsigned length, const char *c, size_t *ret_size) {
        char *text = malloc(n * 4u + 16 + length * strlen(c)), *p = text;
        Instruction i;
        Slice s;
        int r;

        p += sprintf(p, "1.o");
        for (unsigned k = 2; k < n; k++)
                p += sprintf(p, ",1.a");
        p += sprintf(p, ",%u.", length);
        for (unsigned k = 0; k < length; k++)
                p += sprintf(p, "%s", c);
        *p++ = ';';
        s = (Slice) { text, (size_t) (p - text) };
        *ret_size = s.size;
        r = instruction_read(&s, &i);
        if (r == 0)
                CHECK(s.size == 0 && i.argc == n - 1 && i.raw.size == *ret_size);
        free(text);
        return r;
}

TEST(limits) {
        size_t size;

        CHECK_INT(read_sized(2, INSTRUCTION_ELEMENT_MAX, "a", &size), 0);
        CHECK_INT(read_sized(2, INSTRUCTION_ELEMENT_MAX + 1, "a", &size), -EBADMSG);
        CHECK_INT(read_sized(INSTRUCTION_ELEMENTS_MAX, 1, "a", &size), 0);
        CHECK_INT(read_sized(INSTRUCTION_ELEMENTS_MAX + 1, 1, "a", &size), -EBADMSG);
        /* 3 + 4 k + 6 bytes around the last element of 8190 characters of 4 bytes */
        CHECK_INT(read_sized(2, 8189, "😀", &size), 0);
        CHECK_INT(size, INSTRUCTION_SIZE_MAX - 2);
        CHECK_INT(read_sized(2, 8190, "😀", &size), -EBADMSG);
        CHECK_INT(size, INSTRUCTION_SIZE_MAX + 2);
}

static unsigned random_below(unsigned n) {
        return (unsigned) random() % n;
}

static size_t random_text(char *ret) {
        size_t n = 0, count = random_below(20);

        for (size_t i = 0; i < count; i++) {
                static const uint32_t ranges[] = { 0x7e, 0x7ff, 0xd7ff, 0x10ffff };
                uint32_t c = 1 + random_below(ranges[random_below(4)]);

                n += utf8_encode(c, ret + n);
        }
        return n;
}

TEST(what_is_written_is_read) {
        _cleanup_(buffer_donep) Buffer out = {};

        srandom(1);
        for (int round = 0; round < 5000; round++) {
                char texts[8][128];
                size_t sizes[8], n = random_below(8);
                int64_t number = random_below(3) ? (int64_t) random() - (1 << 30) : INT64_MIN;
                char decimal[32];
                InstructionWriter w = { .out = &out };
                Instruction i;
                Slice s;

                buffer_clear(&out);
                instruction_begin(&w, "some");
                for (size_t k = 0; k < n; k++) {
                        sizes[k] = random_text(texts[k]);
                        instruction_text(&w, texts[k], sizes[k]);
                }
                instruction_integer(&w, number);
                instruction_end(&w);
                instruction_integers(&w, "ints", 0, -1, INT32_MIN, INT32_MAX);
                CHECK_INT(w.error, 0);

                s = (Slice) { (const char *) buffer_bytes(&out), buffer_size(&out) };
                CHECK_INT(instruction_read(&s, &i), 0);
                CHECK(slice_equal(i.opcode, "some") && i.argc == n + 1);
                for (size_t k = 0; k < n; k++)
                        CHECK(i.argv[k].size == sizes[k] && memcmp(i.argv[k].data, texts[k], sizes[k]) == 0);
                snprintf(decimal, sizeof decimal, "%lld", (long long) number);
                CHECK(slice_equal(i.argv[n], decimal));
                CHECK_INT(instruction_read(&s, &i), 0);
                CHECK(slice_equal(i.argv[2], "-2147483648") && slice_equal(i.argv[3], "2147483647"));
                CHECK_INT(instruction_read(&s, &i), -ENODATA);
        }
}

TEST(blobs) {
        _cleanup_(buffer_donep) Buffer out = {};
        static uint8_t bytes[INSTRUCTION_BLOB_MAX + 1];
        InstructionWriter w = { .out = &out };
        Instruction i;
        Slice s;

        instruction_begin(&w, "blob");
        instruction_integer(&w, 1);
        instruction_base64(&w, "foob", 4);
        instruction_end(&w);
        instruction_begin(&w, "blob");
        instruction_base64(&w, bytes, INSTRUCTION_BLOB_MAX);
        instruction_end(&w);
        CHECK_INT(w.error, 0);
        s = (Slice) { (const char *) buffer_bytes(&out), buffer_size(&out) };
        CHECK_INT(instruction_read(&s, &i), 0);
        CHECK(slice_equal(i.raw, "4.blob,1.1,8.Zm9vYg==;"));
        CHECK_INT(instruction_read(&s, &i), 0);
        CHECK_INT(i.argv[0].size, 8064);
        CHECK_INT(s.size, 0);

        instruction_begin(&w, "blob");
        instruction_base64(&w, bytes, INSTRUCTION_BLOB_MAX + 1);
        instruction_end(&w);
        CHECK_INT(w.error, -EMSGSIZE);
}

TEST(an_error_leaves_whole_instructions) {
        static char long_text[INSTRUCTION_ELEMENT_MAX + 1];

        for (size_t limit = 1; limit < 60; limit++) {
                _cleanup_(buffer_donep) Buffer out = { .limit = limit };
                InstructionWriter w = { .out = &out };

                for (int k = 0; k < 10; k++) {
                        instruction_integers(&w, "a", k);
                        instruction_begin(&w, "b");
                        instruction_base64(&w, "xyz", 3);
                        instruction_end(&w);
                }
                CHECK_INT(w.error, -ENOBUFS);
                CHECK(buffer_size(&out) == 0 || buffer_bytes(&out)[buffer_size(&out) - 1] == ';');
        }

        {
                _cleanup_(buffer_donep) Buffer out = {};
                InstructionWriter w = { .out = &out };

                memset(long_text, 'a', sizeof long_text);
                instruction_begin(&w, "x");
                instruction_text(&w, long_text, INSTRUCTION_ELEMENT_MAX);
                instruction_end(&w);
                CHECK_INT(w.error, 0);
                instruction_begin(&w, "x");
                instruction_text(&w, long_text, INSTRUCTION_ELEMENT_MAX + 1);
                instruction_end(&w);
                CHECK_INT(w.error, -EMSGSIZE);
                CHECK_INT(buffer_size(&out), 3 + 1 + 5 + INSTRUCTION_ELEMENT_MAX + 1);
        }
}
