/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <errno.h>
#include <string.h>

#include "../../src/browser/sound.h"
#include "../../src/browser/streams.h"
#include "check.h"
#include "outbox.h"

typedef struct World {
        Outbox outbox;
        Sound sound;
} World;

static void world_init(World *w) {
        outbox_init(&w->outbox);
        sound_init(&w->sound, w->outbox.ws);
}

static const int16_t samples[] = { 0, -1, 256, 0x1234 };

TEST(a_stream_opens_once) {
        World w;

        world_init(&w);
        CHECK_INT(sound_play(&w.sound, 44100, 2, samples, 2, 0), 0);
        outbox_check(&w.outbox, "5.audio,2.63,31.audio/L16;rate=44100,channels=2;4.blob,2.63,12.AAD//wABNBI=;");
        CHECK_INT(sound_play(&w.sound, 44100, 2, samples, 1, 0), 0);
        outbox_check(&w.outbox, "4.blob,2.63,8.AAD//w==;");
        CHECK_INT(sound_silence(&w.sound), 0);
        CHECK_INT(sound_silence(&w.sound), 0);
        outbox_check(&w.outbox, "3.end,2.63;");
        outbox_done(&w.outbox);
}

TEST(another_rate_is_another_stream) {
        World w;

        world_init(&w);
        CHECK_INT(sound_play(&w.sound, 8000, 1, samples, 1, 0), 0);
        outbox_check(&w.outbox, "5.audio,2.63,30.audio/L16;rate=8000,channels=1;4.blob,2.63,4.AAA=;");
        CHECK_INT(sound_play(&w.sound, 48000, 1, samples, 1, 0), 0);
        outbox_check(&w.outbox, "3.end,2.63;5.audio,2.63,31.audio/L16;rate=48000,channels=1;4.blob,2.63,4.AAA=;");
        outbox_done(&w.outbox);
}

TEST(what_is_no_sound_is_refused) {
        World w;

        world_init(&w);
        CHECK_INT(sound_play(&w.sound, SOUND_RATE_MIN - 1, 1, samples, 1, 0), -ERANGE);
        CHECK_INT(sound_play(&w.sound, SOUND_RATE_MAX + 1, 1, samples, 1, 0), -ERANGE);
        CHECK_INT(sound_play(&w.sound, 8000, 0, samples, 1, 0), -ERANGE);
        CHECK_INT(sound_play(&w.sound, 8000, SOUND_CHANNELS_MAX + 1, samples, 1, 0), -ERANGE);
        CHECK_INT(sound_play(&w.sound, 8000, 1, samples, 0, 0), 0);
        outbox_check(&w.outbox, "");
        outbox_done(&w.outbox);
}

TEST(a_page_that_is_behind_hears_nothing) {
        World w;

        world_init(&w);
        CHECK_INT(sound_play(&w.sound, 8000, 1, samples, 1, SOUND_OUTPUT_MARK + 1), 0);
        outbox_check(&w.outbox, "");
        CHECK_INT(sound_play(&w.sound, 8000, 1, samples, 1, SOUND_OUTPUT_MARK), 0);
        outbox_check(&w.outbox, "5.audio,2.63,30.audio/L16;rate=8000,channels=1;4.blob,2.63,4.AAA=;");
        outbox_done(&w.outbox);
}

TEST(a_page_that_plays_none_gets_none) {
        World w;

        world_init(&w);
        sound_acknowledged(&w.sound, SOUND_INDEX, 0);
        sound_acknowledged(&w.sound, SOUND_INDEX - 1, 0x30f);
        CHECK_INT(sound_play(&w.sound, 8000, 1, samples, 1, 0), 0);
        outbox_check(&w.outbox, "5.audio,2.63,30.audio/L16;rate=8000,channels=1;4.blob,2.63,4.AAA=;");
        sound_acknowledged(&w.sound, SOUND_INDEX, 0x30f);
        CHECK_INT(sound_play(&w.sound, 8000, 1, samples, 1, 0), 0);
        CHECK_INT(sound_silence(&w.sound), 0);
        outbox_check(&w.outbox, "");
        outbox_done(&w.outbox);
}

/* A blob ends where a sample of the last channel ends. */
TEST(much_sound_is_cut_between_frames) {
        static const int16_t much[2 * 4000];
        _cleanup_(buffer_done) Buffer out = {};
        const char *p, *blob;
        World w;
        unsigned n = 0;

        world_init(&w);
        CHECK_INT(sound_play(&w.sound, 44100, 2, much, 4000, 0), 0);
        outbox_take(&w.outbox, &out);
        CHECK_INT(buffer_append(&out, "", 1), 0);
        for (p = (const char *) buffer_bytes(&out); (blob = strstr(p, "4.blob,2.63,")); p = blob + 1)
                n++;
        CHECK_INT(n, 3);
        outbox_done(&w.outbox);
}

