/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../base/cleanup.h"
#include "config.h"
#include "lab.h"
#include "loader.h"

static void *loader_close(void *handle) {
        if (handle)
                dlclose(handle);
        return NULL;
}
DEFINE_CLEANUP(void *, loader_close);

static int refuse(char *reason, size_t size, const char *path, const char *why) {
        snprintf(reason, size, "%s: %s", path, why);
        return -ENOEXEC;
}

int loader_open(const char *directory, const char *protocol, const LabgatePlugin **ret_plugin, void **ret_handle,
                char *reason, size_t reason_size) {
        _cleanup_(loader_closep) void *handle = NULL;
        _cleanup_free_ char *path = NULL;
        const LabgatePlugin *plugin;

        if (!lab_protocol_is_valid(protocol)) {
                snprintf(reason, reason_size, "a protocol is 1 to %d of a-z and 0-9", LAB_PROTOCOL_SIZE_MAX);
                return -EINVAL;
        }
        if (asprintf(&path, "%s/%s.so", directory, protocol) < 0)
                return -ENOMEM;
        if (access(path, F_OK) < 0) {
                snprintf(reason, reason_size, "the plugin for protocol %s is not installed (%s)", protocol, path);
                return -ENOENT;
        }
        handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
        if (!handle)
                return refuse(reason, reason_size, path, dlerror());
        plugin = dlsym(handle, "labgate_plugin");
        if (!plugin)
                return refuse(reason, reason_size, path, "is no labgate plugin");
        /* Nothing behind the first member may be read before it is known to be ours. */
        if (plugin->abi != LABGATE_PLUGIN_ABI || strcmp(plugin->build, LABGATE_BUILD) != 0)
                return refuse(reason, reason_size, path, "was made for another version of labgate");
        if (strcmp(plugin->name, protocol) != 0)
                return refuse(reason, reason_size, path, "is the plugin of another protocol");
        *ret_plugin = plugin;
        *ret_handle = TAKE_PTR(handle);
        return 0;
}
