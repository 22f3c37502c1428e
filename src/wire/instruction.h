/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Guacamole instructions as text: 4.sync,8.12345678,1.1; where lengths count code points. Knows no opcode. */

#include <stdint.h>

#include "../base/buffer.h"
#include "slice.h"

#define INSTRUCTION_SIZE_MAX 32768u  /* bytes, all of it */
#define INSTRUCTION_ELEMENTS_MAX 128 /* with the opcode */
#define INSTRUCTION_ELEMENT_MAX 8192 /* code points */
#define INSTRUCTION_DIGITS_MAX 5

/* Raw bytes that fit in one blob in front of every Guacamole program known; a multiple of 3, as all blobs of a picture
 * but the last must be. */
#define INSTRUCTION_BLOB_MAX 6048u

typedef struct Instruction {
        Slice opcode; /* empty: the tunnel's own */
        Slice argv[INSTRUCTION_ELEMENTS_MAX - 1];
        size_t argc;
        Slice raw;    /* the instruction as it came, with its ';' */
} Instruction;

/* Takes the next instruction off the front of *text; the slices point into it. 0; -ENODATA at the end of the text;
 * -EBADMSG for anything that is not one whole instruction within the limits, in valid UTF-8, without NUL. */
int instruction_read(Slice *text, Instruction *ret);

/* Writes instructions behind each other into a Buffer. An error sticks, drops what was written of that instruction and
 * all that follows: look at it once at the end. */
typedef struct InstructionWriter {
        Buffer *out;
        size_t begin; /* buffer_size() when the open instruction began */
        int error;    /* 0, -ENOMEM, -ENOBUFS, -EMSGSIZE for an element over its limit */
} InstructionWriter;

void instruction_begin(InstructionWriter *w, const char *opcode);
void instruction_text(InstructionWriter *w, const char *text, size_t size); /* valid UTF-8 */
void instruction_integer(InstructionWriter *w, int64_t n);
void instruction_base64(InstructionWriter *w, const void *bytes, size_t size); /* at most INSTRUCTION_BLOB_MAX */
void instruction_end(InstructionWriter *w);

/* A whole instruction of integers: instruction_integers(w, "copy", 0, 0, 16, 640, 384, 14, 0, 0, 0). */
void instruction_write_integers(InstructionWriter *w, const char *opcode, const int32_t *values, size_t n);
#define instruction_integers(w, opcode, ...)                                                    \
        instruction_write_integers((w), (opcode), (const int32_t[]) { __VA_ARGS__ },            \
                                   sizeof((const int32_t[]) { __VA_ARGS__ }) / sizeof(int32_t))
