/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Host names to addresses, in the order in which they are to be tried: as getaddrinfo sorts them, families taking
 * turns (RFC 8305, section 4). */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "workers.h"

#define ADDRESSES_MAX 16 /* of one host; the rest is not tried */

typedef struct Address {
        socklen_t size;
        struct sockaddr_storage storage;
} Address;

typedef struct Addresses {
        size_t n;
        Address list[ADDRESSES_MAX];
} Addresses;

/* gai_error as getaddrinfo answers it; 0 with at least one address. */
typedef void (*ResolverDone)(void *userdata, int gai_error, const Addresses *addresses);

/* True if hostname is an address already; never blocks. */
bool resolver_is_address(const char *hostname, uint16_t port, Addresses *ret);

/* done() comes from the loop, later. The job may be cancelled until then. */
int resolver_start(Workers *workers, const char *hostname, uint16_t port, ResolverDone done, void *userdata, Job **ret);

/* "10.0.0.5:22", "[fe80::1]:22" */
#define ADDRESS_TEXT_MAX 80
void address_format(const Address *address, char ret[static ADDRESS_TEXT_MAX]);
