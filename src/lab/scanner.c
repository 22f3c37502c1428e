/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <string.h>

#include "../base/parse.h"
#include "scanner.h"

void scanner_init(Scanner *s, const char *text, size_t size) {
        *s = (Scanner) { .at = text, .end = text + size, .line = 1 };
}

static bool is_letter(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c) {
        return c >= '0' && c <= '9';
}

static bool is_in(char c, const char *set) {
        return c && strchr(set, c);
}

static bool is_name_part(char c) {
        return is_letter(c) || is_digit(c) || is_in(c, "-_*");
}

static bool is_number_part(char c) {
        return is_letter(c) || is_digit(c) || is_in(c, "-+_.");
}

static bool starts_with(const Scanner *s, const char *prefix) {
        size_t n = strlen(prefix);

        return (size_t) (s->end - s->at) >= n && memcmp(s->at, prefix, n) == 0;
}

static ScannerToken bad(Scanner *s, unsigned line, const char *reason) {
        s->at = s->end;
        s->token_line = line;
        s->reason = reason;
        return SCANNER_BAD;
}

static void step(Scanner *s, size_t n) {
        for (; n > 0; n--)
                if (*s->at++ == '\n')
                        s->line++;
}

static bool skip_comment(Scanner *s) {
        const char *close;

        if (*s->at == '#' || starts_with(s, "//")) {
                close = memchr(s->at, '\n', (size_t) (s->end - s->at));
                s->at = close ? close : s->end;
                return true;
        }
        close = memmem(s->at + 2, (size_t) (s->end - s->at) - 2, "*/", 2);
        if (!close)
                return false;
        step(s, (size_t) (close + 2 - s->at));
        return true;
}

/* 0 at a word, -1 at a comment without an end. */
static int skip_blank(Scanner *s) {
        while (s->at < s->end) {
                if (is_in(*s->at, " \t\r\n\f"))
                        step(s, 1);
                else if (*s->at != '#' && !starts_with(s, "//") && !starts_with(s, "/*"))
                        return 0;
                else if (!skip_comment(s))
                        return -1;
        }
        return 0;
}

static ScannerToken run(Scanner *s, ScannerToken token, bool (*part)(char)) {
        s->text = s->at++;
        while (s->at < s->end && part(*s->at))
                s->at++;
        s->size = (size_t) (s->at - s->text);
        return token;
}

static ScannerToken string(Scanner *s) {
        step(s, 1);
        s->text = s->at;
        while (s->at < s->end && *s->at != '"') {
                if (starts_with(s, "\\x00") || starts_with(s, "\\X00"))
                        return bad(s, s->line, "a text with a NUL byte");
                step(s, starts_with(s, "\\\"") || starts_with(s, "\\\\") ? 2 : 1);
        }
        if (s->at == s->end)
                return bad(s, s->token_line, "a text without its closing quote");
        s->size = (size_t) (s->at - s->text);
        step(s, 1);
        return SCANNER_STRING;
}

ScannerToken scanner_next(Scanner *s) {
        if (skip_blank(s) < 0)
                return bad(s, s->line, "a comment without its end");
        s->token_line = s->line;
        if (s->at == s->end)
                return SCANNER_END;
        if (*s->at == '"')
                return string(s);
        if (is_letter(*s->at) || *s->at == '*')
                return run(s, SCANNER_NAME, is_name_part);
        if (is_digit(*s->at) || is_in(*s->at, "+-."))
                return run(s, SCANNER_NUMBER, is_number_part);
        if (*s->at == '@')
                return bad(s, s->line, "@include is not taken");
        if (!is_in(*s->at, "=:;,()[]{}"))
                return bad(s, s->line, "a character that belongs nowhere");
        s->text = s->at++;
        s->size = 1;
        return SCANNER_MARK;
}

static size_t skip_all(const char *text, size_t at, size_t size, const char *set) {
        while (at < size && is_in(text[at], set))
                at++;
        return at;
}

static size_t skip_one(const char *text, size_t at, size_t size, const char *set) {
        return at < size && is_in(text[at], set) ? at + 1 : at;
}

/* Where digits and what may follow them end; digits is set to where they end. */
static size_t skip_whole(const char *text, size_t at, size_t size, const char *set, size_t *ret_digits) {
        *ret_digits = skip_all(text, at, size, set);
        return skip_one(text, skip_one(text, *ret_digits, size, "L"), size, "L");
}

bool scanner_is_number(const Scanner *s) {
        static const char decimal[] = "0123456789";
        const char *text = s->text;
        size_t size = s->size, begin, digits, at;

        if (size > 2 && *text == '0' && is_in(text[1], "xX"))
                return skip_whole(text, 2, size, "0123456789abcdefABCDEF", &digits) == size && digits > 2;
        begin = skip_one(text, 0, size, "+-");
        if (skip_whole(text, begin, size, decimal, &digits) == size && digits > begin)
                return true;
        at = skip_one(text, digits, size, ".");
        if (at == digits && digits == begin)
                return false;
        at = skip_all(text, at, size, decimal);
        if (at == size)
                return true;
        begin = skip_one(text, skip_one(text, at, size, "eE"), size, "+-");
        return is_in(text[at], "eE") && skip_all(text, begin, size, decimal) == size && begin < size;
}

size_t scanner_unescape(const char *text, size_t size, char *ret) {
        static const char codes[] = "nrtf\\\"", bytes[] = "\n\r\t\f\\\"";
        char *out = ret;

        for (size_t i = 0; i < size; i++) {
                uint8_t byte;

                if (text[i] != '\\' || i + 1 == size) {
                        *out++ = text[i];
                } else if (is_in(text[i + 1], codes)) {
                        *out++ = bytes[strchr(codes, text[i + 1]) - codes];
                        i++;
                } else if (is_in(text[i + 1], "xX") && size - i >= 4 && parse_hex(text + i + 2, 2, &byte, 1) == 0) {
                        *out++ = (char) byte;
                        i += 3;
                } else {
                        *out++ = text[i];
                }
        }
        return (size_t) (out - ret);
}
