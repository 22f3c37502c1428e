/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The words of a libconfig text, for what has to be known before libconfig may see it: @include, numbers that it would
 * wrap, secrets. Splits exactly where libconfig does or refuses; understands nothing. */

#include <stdbool.h>
#include <stddef.h>

typedef enum ScannerToken {
        SCANNER_END,
        SCANNER_NAME,   /* also true and false */
        SCANNER_NUMBER, /* begins like one; whether it is one is for the caller to see */
        SCANNER_STRING, /* text and size are what is between the quotes, escapes as written */
        SCANNER_MARK,   /* one of = : ; , ( ) [ ] { } */
        SCANNER_BAD,    /* reason says why; nothing can follow */
} ScannerToken;

typedef struct Scanner {
        const char *at, *end;
        unsigned line;       /* where at stands */
        /* The last token: */
        const char *text;
        size_t size;
        unsigned token_line; /* where it begins */
        const char *reason;
} Scanner;

void scanner_init(Scanner *s, const char *text, size_t size);
ScannerToken scanner_next(Scanner *s);

/* Whether libconfig takes the whole of a SCANNER_NUMBER as one number, be it whole, hexadecimal or with a fraction. */
bool scanner_is_number(const Scanner *s);

/* Undoes libconfig's escapes. Answers the number of bytes written, at most size. */
size_t scanner_unescape(const char *text, size_t size, char *ret);
