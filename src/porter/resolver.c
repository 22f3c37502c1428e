/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "resolver.h"

typedef struct ResolverJob {
        Job job;
        char *hostname;
        uint16_t port;
        ResolverDone done;
        void *userdata;
        int gai_error;
        Addresses addresses;
} ResolverJob;

/* The next address from a on that is, or is not, of the family. */
static const struct addrinfo *find_family(const struct addrinfo *a, int family, bool same) {
        while (a && (a->ai_family == family) != same)
                a = a->ai_next;
        return a;
}

static void collect(const struct addrinfo *found, Addresses *ret) {
        int family = found->ai_family;
        const struct addrinfo *turns[2] = { found, find_family(found, family, false) };
        size_t turn = 0;

        ret->n = 0;
        while ((turns[0] || turns[1]) && ret->n < ADDRESSES_MAX) {
                const struct addrinfo *a = turns[turn];

                if (a && a->ai_addrlen <= sizeof ret->list[0].storage) {
                        Address *to = &ret->list[ret->n++];

                        to->size = a->ai_addrlen;
                        memcpy(&to->storage, a->ai_addr, a->ai_addrlen);
                }
                if (a)
                        turns[turn] = find_family(a->ai_next, family, turn == 0);
                turn = !turn;
        }
}

static int resolve(const char *hostname, uint16_t port, int flags, Addresses *ret) {
        struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM,
                                  .ai_flags = flags | AI_NUMERICSERV };
        struct addrinfo *found = NULL;
        char service[8];
        int r;

        snprintf(service, sizeof service, "%u", port);
        r = getaddrinfo(hostname, service, &hints, &found);
        if (r != 0)
                return r;
        collect(found, ret);
        freeaddrinfo(found);
        return ret->n > 0 ? 0 : EAI_NONAME;
}

bool resolver_is_address(const char *hostname, uint16_t port, Addresses *ret) {
        return resolve(hostname, port, AI_NUMERICHOST, ret) == 0;
}

static void resolver_run(Job *job) {
        ResolverJob *j = (ResolverJob *) job;

        j->gai_error = resolve(j->hostname, j->port, 0, &j->addresses);
}

static void resolver_done(Job *job) {
        ResolverJob *j = (ResolverJob *) job;

        j->done(j->userdata, j->gai_error, &j->addresses);
}

static void resolver_free(Job *job) {
        ResolverJob *j = (ResolverJob *) job;

        free(j->hostname);
        free(j);
}

int resolver_start(Workers *workers, const char *hostname, uint16_t port, ResolverDone done, void *userdata,
                   Job **ret) {
        ResolverJob *j = calloc(1, sizeof *j);
        int r;

        if (!j)
                return -ENOMEM;
        *j = (ResolverJob) {
                .job = { .run = resolver_run, .done = resolver_done, .free = resolver_free },
                .hostname = strdup(hostname),
                .port = port,
                .done = done,
                .userdata = userdata,
        };
        r = j->hostname ? workers_submit(workers, &j->job) : -ENOMEM;
        if (r < 0) {
                resolver_free(&j->job);
                return r;
        }
        *ret = &j->job;
        return 0;
}

void address_format(const Address *address, char ret[static ADDRESS_TEXT_MAX]) {
        char host[64], service[8];
        bool six = address->storage.ss_family == AF_INET6;

        if (getnameinfo((const struct sockaddr *) &address->storage, address->size, host, sizeof host, service,
                        sizeof service, NI_NUMERICHOST | NI_NUMERICSERV) != 0)
                snprintf(ret, ADDRESS_TEXT_MAX, "unknown");
        else
                snprintf(ret, ADDRESS_TEXT_MAX, six ? "[%s]:%s" : "%s:%s", host, service);
}
