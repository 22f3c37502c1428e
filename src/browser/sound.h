/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Sound towards the page: one stream of audio/L16 at a time, written as it comes. What a page that is behind would hear
 * late is dropped; nothing is kept. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../wire/websocket.h"

#define SOUND_INDEX 63             /* its stream's; streams.h has those below, image.h those above */
#define SOUND_OUTPUT_MARK (64u * 1024u) /* bytes that wait to be written above which sound is dropped */
#define SOUND_RATE_MIN 8000u
#define SOUND_RATE_MAX 48000u
#define SOUND_CHANNELS_MAX 2u

typedef struct Sound {
        WebSocket *ws;
        unsigned rate, channels; /* of the stream that is open; rate 0: none is */
        bool is_refused;         /* the page said that it plays none */
} Sound;

void sound_init(Sound *s, WebSocket *ws);

/* n frames of interleaved samples in host order. outgoing: bytes that wait to be written. 0, also for what is dropped;
 * -ERANGE for a rate or channels beyond the limits, other negative errno. */
int sound_play(Sound *s, unsigned rate, unsigned channels, const int16_t *samples, size_t n, size_t outgoing);
int sound_silence(Sound *s);

/* The page's answer to a stream of this index. */
void sound_acknowledged(Sound *s, uint32_t index, int64_t status);
