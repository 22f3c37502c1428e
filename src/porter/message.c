/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Packs and unpacks the messages between session and porter. Knows their form, not their meaning: which fields a type
 * needs is checked by whoever reads it. */

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "../base/parse.h"
#include "message.h"

static bool name_is_valid(const char *name, size_t size) {
        if (size == 0)
                return false;
        for (size_t i = 0; i < size; i++)
                if (!(name[i] >= 'a' && name[i] <= 'z') && name[i] != '_')
                        return false;
        return true;
}

void message_begin(Message *m, MessageType type) {
        m->type = type;
        m->bytes[0] = (char) type;
        m->size = 1;
        m->n_fds = 0;
}

static size_t count_fields(const Message *m) {
        size_t n = 0;

        for (size_t i = 1; i < m->size; i++)
                n += m->bytes[i] == '\0';
        return n;
}

int message_add(Message *m, const char *name, const char *value) {
        size_t name_size = strlen(name), value_size = strlen(value);

        assert(name_is_valid(name, name_size));
        if (value_size > sizeof m->bytes || name_size + value_size + 2 > sizeof m->bytes - m->size)
                return -EMSGSIZE;
        if (count_fields(m) >= MESSAGE_FIELDS_MAX)
                return -EMSGSIZE;

        memcpy(m->bytes + m->size, name, name_size);
        m->size += name_size;
        m->bytes[m->size++] = '=';
        memcpy(m->bytes + m->size, value, value_size + 1);
        m->size += value_size + 1;
        return 0;
}

int message_add_number(Message *m, const char *name, int64_t value) {
        char text[24];

        snprintf(text, sizeof text, "%" PRId64, value);
        return message_add(m, name, text);
}

void message_add_fd(Message *m, int fd) {
        assert(fd >= 0);
        assert(m->n_fds < DESCRIPTORS_MAX);
        m->fds[m->n_fds++] = fd;
}

int message_send(int fd, const Message *m) {
        return seqpacket_send(fd, m->bytes, m->size, m->fds, m->n_fds);
}

/* Any letter: sessions live on while the porter is replaced by one that may have more to say. */
static bool type_is_letter(char type) {
        return (type >= 'a' && type <= 'z') || (type >= 'A' && type <= 'Z');
}

/* Every field is name '=' value NUL, every name is there once. */
static bool fields_are_valid(const Message *m) {
        size_t n = 0;

        if (m->size > 1 && m->bytes[m->size - 1] != '\0')
                return false;
        for (size_t at = 1; at < m->size; n++) {
                const char *field = m->bytes + at, *equals = strchr(field, '=');
                char name[32];

                if (n >= MESSAGE_FIELDS_MAX || !equals || (size_t) (equals - field) >= sizeof name)
                        return false;
                if (!name_is_valid(field, (size_t) (equals - field)))
                        return false;
                memcpy(name, field, (size_t) (equals - field));
                name[equals - field] = '\0';
                if (message_get(m, name) != equals + 1)
                        return false;
                at += strlen(field) + 1;
        }
        return true;
}

int message_receive(int fd, Message *ret) {
        ssize_t n;

        ret->n_fds = 0;
        n = seqpacket_receive(fd, ret->bytes, sizeof ret->bytes, ret->fds, &ret->n_fds);
        if (n == -EMSGSIZE)
                return -EBADMSG;
        if (n <= 0 && ret->n_fds == 0)
                return (int) n;

        ret->size = n > 0 ? (size_t) n : 0;
        if (n <= 0 || !type_is_letter(ret->bytes[0]) || !fields_are_valid(ret)) {
                message_done(ret);
                return -EBADMSG;
        }
        ret->type = (MessageType) ret->bytes[0];
        return 1;
}

const char *message_get(const Message *m, const char *name) {
        size_t size = strlen(name);

        for (size_t at = 1; at < m->size; at += strlen(m->bytes + at) + 1)
                if (strncmp(m->bytes + at, name, size) == 0 && m->bytes[at + size] == '=')
                        return m->bytes + at + size + 1;
        return NULL;
}

int message_get_number(const Message *m, const char *name, int64_t min, int64_t max, int64_t *ret) {
        const char *value = message_get(m, name);

        if (!value)
                return -ENOENT;
        return parse_signed(value, strlen(value), min, max, ret);
}

int message_take_fd(Message *m, size_t i) {
        if (i >= m->n_fds)
                return -1;
        return TAKE_FD(m->fds[i]);
}

void message_done(Message *m) {
        for (size_t i = 0; i < m->n_fds; i++)
                m->fds[i] = fd_close(m->fds[i]);
        explicit_bzero(m->bytes, sizeof m->bytes);
        m->n_fds = 0;
        m->size = 0;
}
