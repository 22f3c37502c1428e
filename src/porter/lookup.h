/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Tokens to labs: reads lab files (only what all protocols have in common, so no secret stays here), says who may
 * come in by the clock and by use. Knows nothing of sessions. */

#include <stdint.h>
#include <sys/stat.h>

#include "../lab/lab.h"

/* Where labs and the marks of used tokens are. */
typedef struct Shelf {
        char **directories; /* NULL-terminated, looked into in turn */
        int used_fd;        /* directory of empty files named by the hashes of used tokens; -1: no single_use */
} Shelf;

int shelf_init(Shelf *ret, const char *directories, const char *state); /* directories separated by colons */
void shelf_done(Shelf *s);

typedef struct FoundLab {
        char hash[TOKEN_HASH_SIZE + 1];
        LabSettings settings;
        uint16_t port;    /* never 0 */
        char *path;
        int fd;           /* read-only, offset 0 */
        struct stat stat; /* to notice that the file changed */
} FoundLab;

typedef enum LookupVerdict {
        LOOKUP_OK,
        LOOKUP_NOTHING, /* this and the next three are one to those outside; only the journal tells them apart */
        LOOKUP_EARLY,
        LOOKUP_EXPIRED,
        LOOKUP_USED,
        LOOKUP_BROKEN,  /* logged */
} LookupVerdict;

/* By token, whatever the bytes are; by hash, for one that was accepted before. A verdict or -ENOMEM. */
int lookup_token(const Shelf *s, const char *token, FoundLab *ret);
int lookup_hash(const Shelf *s, const char *hash, FoundLab *ret);
void found_lab_done(FoundLab *found);

/* LOOKUP_OK, _EARLY, _EXPIRED or _USED. */
LookupVerdict lookup_may_enter(const Shelf *s, const FoundLab *found, int64_t now);

/* Marks the token of a single_use lab. Not synced to disk: that would block, and only a power cut in the seconds after
 * it could forget the mark. 0: it is the caller's; -EEXIST: somebody was here before; other errno. */
int lookup_mark_used(const Shelf *s, const FoundLab *found);

/* The file of a lab, if any: 0, -ENOENT, other errno where nobody can tell. */
int lookup_stat(const Shelf *s, const char *hash, struct stat *ret);

/* What has happened to the file: 0 nothing, 1 changed, -ENOENT, other errno where nobody can tell. */
int lookup_compare(const Shelf *s, const char *hash, const struct stat *before);

/* Drops marks whose labs are gone. */
void lookup_sweep_used(const Shelf *s);
