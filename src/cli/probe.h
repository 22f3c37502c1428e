/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* labgate check --connect: goes to a lab machine as a session would, up to where it shows who it is. Logs in nowhere. */

#include "catalogue.h"

#define PROBE_IDENTITIES_MAX 8
#define PROBE_IDENTITY_SIZE 128

typedef struct ProbeIdentity {
        char type[32];                    /* "ssh-ed25519", "certificate" */
        char text[PROBE_IDENTITY_SIZE];   /* as the lab file wants it */
        bool is_pinned;
} ProbeIdentity;

typedef struct Probe {
        char address[80];
        const char *setting;              /* where identities are pinned; NULL: this protocol has none */
        bool has_pins;
        ProbeIdentity identities[PROBE_IDENTITIES_MAX];
        size_t n_identities;
        char reason[256];                 /* why it failed */
} Probe;

/* 0, or -EINVAL with a reason. A machine that is not the pinned one is a failure. */
int probe_lab(const Entry *e, Probe *ret);
