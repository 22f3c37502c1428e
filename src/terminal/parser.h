/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The parser of DEC's VT500 series as Paul Williams published it (vt100.net/emu/dec_ansi_parser), over UTF-8. Tells
 * what came, knows nothing of what it means. Holds at most one unfinished sequence. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../base/buffer.h"
#include "terminal.h"

#define PARSER_NUMBER_MAX 65535 /* larger parameters count as this */

/* Parameters and what stands behind them after colons. Absent parameters are 0, absent subparameters -1. */
typedef struct ParserParameters {
        int values[TERMINAL_PARAMETERS_MAX];
        int subs[TERMINAL_PARAMETERS_MAX];
        uint8_t sub_first[TERMINAL_PARAMETERS_MAX];
        uint8_t sub_count[TERMINAL_PARAMETERS_MAX];
        unsigned count, n_subs;
        bool in_sub, full, sub_full;
} ParserParameters;

/* key: prefix and intermediates, then the final byte, as in PARSER_KEY(). */
#define PARSER_KEY(collected, final) ((uint32_t) (collected) << 8 | (uint32_t) (final))
#define PARSER_KEY2(first, second, final) PARSER_KEY((first) << 8 | (second), final)

typedef struct ParserSink {
        void (*text)(void *userdata, const uint8_t *bytes, size_t size); /* a run of 0x20..0x7e */
        void (*character)(void *userdata, uint32_t code_point);          /* 0xa0 and above */
        void (*execute)(void *userdata, uint8_t code);                   /* C0 and C1 */
        void (*escape)(void *userdata, uint32_t key);
        void (*control)(void *userdata, uint32_t key, const ParserParameters *p);
        void (*string)(void *userdata, const char *text, size_t size);   /* OSC; NULL at the end of any other string */
} ParserSink;

typedef struct Parser {
        const ParserSink *sink;
        void *userdata;
        ParserParameters parameters;
        uint32_t collected;
        uint8_t state;
        uint8_t partial[4];
        uint8_t n_partial;
        bool clipboard;          /* let OSC 52 grow to TERMINAL_CLIPBOARD_MAX */
        bool overflow;           /* the OSC was too long, none of it counts */
        Buffer string;
} Parser;

void parser_init(Parser *p, const ParserSink *sink, void *userdata, bool clipboard);
void parser_done(Parser *p);
void parser_reset(Parser *p);
void parser_feed(Parser *p, const uint8_t *bytes, size_t size);

/* Parameter i, 1 if it is absent or 0. */
static inline int parser_count(const ParserParameters *p, unsigned i) {
        return i < p->count && p->values[i] > 0 ? p->values[i] : 1;
}

static inline int parser_value(const ParserParameters *p, unsigned i) {
        return i < p->count ? p->values[i] : 0;
}
