/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The beginning of what a host says, kept until the keys are agreed on, to be able to say why they were not. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HELLO_MAX 8192 /* bytes kept; as many may come before the line that begins with SSH- */

typedef struct Hello {
        uint8_t *bytes;
        size_t size;
} Hello;

int hello_init(Hello *h); /* 0, -ENOMEM */
void hello_done(Hello *h);

/* False: too much for a host that speaks ssh has come. */
bool hello_feed(Hello *h, const void *bytes, size_t size);

bool hello_is_ssh(const Hello *h);

/* The first line, cut to size, without control characters. */
void hello_first_line(const Hello *h, char *ret, size_t size);

/* The host's key algorithms from its KEXINIT (RFC 4253, 7.1). False if that did not come. */
bool hello_host_keys(const Hello *h, char *ret, size_t size);
