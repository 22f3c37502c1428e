/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <endian.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../../plugins/plugin.h"
#include "../wire/instruction.h"
#include "sound.h"

/* Whole frames only: the page joins no samples over blobs. */
#define BLOB_SAMPLES (INSTRUCTION_BLOB_MAX / sizeof(int16_t) / SOUND_CHANNELS_MAX * SOUND_CHANNELS_MAX)

_Static_assert(__BYTE_ORDER == __LITTLE_ENDIAN, "audio/L16 as guacamole-common-js has it is little endian");

void sound_init(Sound *s, WebSocket *ws) {
        *s = (Sound) { .ws = ws };
}

static int message_begin(const Sound *s, InstructionWriter *ret) {
        *ret = (InstructionWriter) { .out = websocket_begin(s->ws) };
        if (!ret->out)
                return websocket_is_closing(s->ws) ? -EPIPE : -ENOBUFS;
        return 0;
}

static int message_end(const Sound *s, InstructionWriter *w) {
        if (w->error < 0) {
                websocket_cancel(s->ws);
                return w->error;
        }
        return websocket_end(s->ws);
}

static void write_open(InstructionWriter *w, unsigned rate, unsigned channels) {
        char type[64];
        int n = snprintf(type, sizeof type, "audio/L16;rate=%u,channels=%u", rate, channels);

        instruction_begin(w, "audio");
        instruction_integer(w, SOUND_INDEX);
        instruction_text(w, type, (size_t) n);
        instruction_end(w);
}

static void write_samples(InstructionWriter *w, const int16_t *samples, size_t n) {
        for (size_t part; n > 0; samples += part, n -= part) {
                part = MIN(n, BLOB_SAMPLES);
                instruction_begin(w, "blob");
                instruction_integer(w, SOUND_INDEX);
                instruction_base64(w, samples, part * sizeof *samples);
                instruction_end(w);
        }
}

int sound_play(Sound *s, unsigned rate, unsigned channels, const int16_t *samples, size_t n, size_t outgoing) {
        InstructionWriter w;
        int r;

        if (rate < SOUND_RATE_MIN || rate > SOUND_RATE_MAX || channels < 1 || channels > SOUND_CHANNELS_MAX)
                return -ERANGE;
        if (s->is_refused || n == 0 || outgoing > SOUND_OUTPUT_MARK)
                return 0;
        r = message_begin(s, &w);
        if (r < 0)
                return r;
        if (s->rate != 0 && (s->rate != rate || s->channels != channels))
                instruction_integers(&w, "end", SOUND_INDEX);
        if (s->rate != rate || s->channels != channels)
                write_open(&w, rate, channels);
        write_samples(&w, samples, n * channels);
        r = message_end(s, &w);
        if (r < 0)
                return r;
        s->rate = rate;
        s->channels = channels;
        return 0;
}

int sound_silence(Sound *s) {
        InstructionWriter w;
        int r;

        if (s->rate == 0)
                return 0;
        s->rate = 0;
        r = message_begin(s, &w);
        if (r < 0)
                return r;
        instruction_integers(&w, "end", SOUND_INDEX);
        return message_end(s, &w);
}

void sound_acknowledged(Sound *s, uint32_t index, int64_t status) {
        if (index == SOUND_INDEX && status >= LABGATE_STATUS_UNSUPPORTED) {
                s->is_refused = true;
                s->rate = 0;
        }
}
