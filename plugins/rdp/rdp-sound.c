/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A sound card that plays into the page: takes PCM, which the library makes of whatever the lab machine sends. */

#include "rdp.h"

#include <stdlib.h>

#include <freerdp/codec/audio.h>

#define RATE_MIN 8000
#define RATE_MAX 48000
#define VOLUME_FULL UINT32_C(0xffffffff)

/* The library's entry point names no context; a process has one session. */
static Rdp *listener;

typedef struct Card {
        rdpsndDevicePlugin device;
        Rdp *rdp;
        unsigned rate, channels;
} Card;

static BOOL card_takes(rdpsndDevicePlugin *device, const AUDIO_FORMAT *f) {
        return f->wFormatTag == WAVE_FORMAT_PCM && f->wBitsPerSample == 16 && f->nChannels >= 1 && f->nChannels <= 2 &&
               f->nSamplesPerSec >= RATE_MIN && f->nSamplesPerSec <= RATE_MAX;
}

static BOOL card_open(rdpsndDevicePlugin *device, const AUDIO_FORMAT *f, UINT32 latency) {
        Card *c = (Card *) device;

        if (!card_takes(device, f))
                return FALSE;
        c->rate = f->nSamplesPerSec;
        c->channels = f->nChannels;
        return TRUE;
}

static void card_close(rdpsndDevicePlugin *device) {
        worker_silence(((Card *) device)->rdp->bridge);
}

static BOOL card_set_volume(rdpsndDevicePlugin *device, UINT32 value) {
        return TRUE;
}

static UINT32 card_volume(rdpsndDevicePlugin *device) {
        return VOLUME_FULL;
}

/* Answers how many milliseconds are still to be played: none, as far as we know. */
static UINT card_play(rdpsndDevicePlugin *device, const BYTE *data, size_t size) {
        const Card *c = (const Card *) device;

        if (c->channels > 0)
                worker_play(c->rdp->bridge, c->rate, c->channels, (const int16_t *) (const void *) data,
                            size / (c->channels * sizeof(int16_t)));
        return 0;
}

static void card_free(rdpsndDevicePlugin *device) {
        free(device);
}

void rdp_sound_listen(Rdp *r) {
        listener = r;
}

UINT rdp_sound_entry(PFREERDP_RDPSND_DEVICE_ENTRY_POINTS points) {
        Card *c = calloc(1, sizeof *c);

        if (!c)
                return CHANNEL_RC_NO_MEMORY;
        c->rdp = listener;
        c->device.FormatSupported = card_takes;
        c->device.Open = card_open;
        c->device.Close = card_close;
        c->device.GetVolume = card_volume;
        c->device.SetVolume = card_set_volume;
        c->device.Play = card_play;
        c->device.Free = card_free;
        points->pRegisterRdpsndDevice(points->rdpsnd, &c->device);
        return CHANNEL_RC_OK;
}
