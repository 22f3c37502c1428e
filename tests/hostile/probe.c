/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A plugin for tests that turns on its own session. It tries everything twice, in open(), where only the unit holds it,
 * and in start(), behind the seal, and tells the page by its clipboard, a line for each attempt:
 *
 *         before|after GROUP NAME: allowed | errno N
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../src/base/buffer.h"
#include "../../src/base/descriptor.h"
#include "config.h"
#include "probe.h"

#include "../../plugins/plugin.h"

typedef struct Settings {
        int64_t target;
} Settings;

typedef struct Probe {
        LabgateHost *host;
        int fd;
        Buffer report;
} Probe;

static const LabgateSetting settings[] = {
        { "target", LABGATE_SETTING_INT, .offset = offsetof(Settings, target), .max = 1 << 22,
          .help = "process of another session to attack" },
        {},
};

static void try_group(Probe *p, const char *phase, const char *group, const Attempt *attempts) {
        for (const Attempt *a = attempts; a->name; a++) {
                int r = a->run();

                (void) buffer_append_format(&p->report, "%s %s %s: ", phase, group, a->name);
                (void) (r == 0 ? buffer_append_text(&p->report, "allowed\n")
                               : buffer_append_format(&p->report, "errno %d\n", -r));
        }
}

static void try_all(Probe *p, const char *phase) {
        try_group(p, phase, "files", attempts_files);
        try_group(p, phase, "kernel", attempts_kernel);
        try_group(p, phase, "processes", attempts_processes);
        try_group(p, phase, "sockets", attempts_sockets);
        if (probe_target > 0)
                try_group(p, phase, "target", attempts_target);
}

static int probe_open(LabgateHost *host, const void *values, void **ret) {
        const Settings *s = values;
        Probe *p = calloc(1, sizeof *p);

        if (!p)
                return -ENOMEM;
        *p = (Probe) { .host = host, .fd = -1 };
        probe_target = (pid_t) s->target;
        try_all(p, "before");
        *ret = p;
        return 0;
}

static int probe_start(void *state, int upstream_fd) {
        Probe *p = state;

        p->fd = upstream_fd;
        try_all(p, "after");
        p->host->connected(p->host);
        p->host->set_clipboard(p->host, (const char *) buffer_bytes(&p->report), buffer_size(&p->report));
        return 0;
}

static int probe_paint(void *state, LabgateRect area, LabgateTile *ret) {
        return -ENOSYS;
}

static void probe_close(void *state) {
        Probe *p = state;

        if (!p)
                return;
        fd_close(p->fd);
        buffer_done(&p->report);
        free(p);
}

LABGATE_EXPORT const LabgatePlugin labgate_plugin = {
        .abi = LABGATE_PLUGIN_ABI,
        .build = LABGATE_BUILD,
        .name = PROBE_NAME,
        .starts_threads = PROBE_THREADS,
        .settings = settings,
        .settings_size = sizeof(Settings),
        .open = probe_open,
        .start = probe_start,
        .paint = probe_paint,
        .close = probe_close,
};
