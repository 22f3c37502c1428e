/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Instructions from outside. What is read stays within the limits; written again and read again it is the same. */

#include <errno.h>
#include <stdlib.h>

#include "../../src/base/utf8.h"
#include "../../src/wire/instruction.h"

#define REQUIRE(x)                      \
        do {                            \
                if (!(x))               \
                        abort();        \
        } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_element(Slice s) {
        REQUIRE(utf8_is_valid(s.data, s.size) && utf8_count(s.data, s.size) <= INSTRUCTION_ELEMENT_MAX);
        REQUIRE(!memchr(s.data, 0, s.size));
}

static bool same(Slice a, Slice b) {
        return a.size == b.size && memcmp(a.data, b.data, a.size) == 0;
}

static void check(const Instruction *i) {
        char opcode[INSTRUCTION_SIZE_MAX + 1] = "";
        Buffer out = {};
        InstructionWriter w = { .out = &out };
        Instruction back;
        Slice rest;

        check_element(i->opcode);
        memcpy(opcode, i->opcode.data, i->opcode.size);
        REQUIRE(i->raw.size <= INSTRUCTION_SIZE_MAX && i->argc < INSTRUCTION_ELEMENTS_MAX);
        instruction_begin(&w, opcode);
        for (size_t n = 0; n < i->argc; n++) {
                check_element(i->argv[n]);
                instruction_text(&w, i->argv[n].data, i->argv[n].size);
        }
        instruction_end(&w);
        REQUIRE(w.error == 0 && buffer_size(&out) <= i->raw.size);
        rest = (Slice) { (const char *) buffer_bytes(&out), buffer_size(&out) };
        REQUIRE(instruction_read(&rest, &back) == 0 && rest.size == 0);
        REQUIRE(same(i->opcode, back.opcode) && i->argc == back.argc);
        for (size_t n = 0; n < i->argc; n++)
                REQUIRE(same(i->argv[n], back.argv[n]));
        buffer_done(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        char *copy = malloc(size > 0 ? size : 1);
        Slice rest = { copy, size };
        Instruction i;
        int r;

        if (size > 0)
                memcpy(copy, data, size);
        while ((r = instruction_read(&rest, &i)) == 0)
                check(&i);
        REQUIRE(r == -EBADMSG || (r == -ENODATA && rest.size == 0));
        free(copy);
        return 0;
}
