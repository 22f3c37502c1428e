/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What session and porter say to each other: one SOCK_SEQPACKET connection for a session's life, whose end tells the
 * porter that the session is gone, even by SIGKILL. A porter may be newer than a session it talks to (upgrades keep
 * sessions), so types are numbered for ever and fields are text with names.
 *
 *   porter -> session  HELLO      version=1                      + labgate.conf (if there is one)
 *   session -> porter  LOOKUP     token= session= address= [port=]
 *   porter -> session  LAB        name= file= [limit hints]      + lab file, read-only, then fonts
 *                                 fonts="R:0 B:0 I:0 Z:0 F:0 F:2" roles and face indexes of the descriptors in order
 *   session -> porter  OPENED     the session has logged its opening; the loss of one that has not is no end
 *   porter -> session  WAITING    text=                          host is still booting, said every few seconds
 *   porter -> session  UPSTREAM   address=                       + connected, nonblocking TCP socket
 *   porter -> session  REFUSED    status= text=                  instead of LAB or UPSTREAM; the connection stays
 *   session -> porter  AGAIN      another connection to the same lab, answered as LOOKUP is after LAB
 *   porter -> session  END        status= text=                  lab removed or expired, killed by an administrator
 *   session -> porter  BYE        the session has logged its own end; a close without it the porter logs
 *   command -> porter  LIST       after=SERIAL                   root only, instead of LOOKUP, as is KILL
 *   porter -> command  LISTED     serial= session= lab= protocol= upstream= address= since= pid=   or nothing more
 *   command -> porter  KILL       session=
 *   porter -> command  KILLED     sessions=NUMBER
 *   porter -> session  RESTARTED  a new porter has taken over; whoever still waits for UPSTREAM says AGAIN
 *
 * A message is one byte of type, then for each field: name, '=', value, NUL. At most MESSAGE_SIZE_MAX bytes. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../base/descriptor.h"

#define MESSAGE_SIZE_MAX 4096
#define MESSAGE_FIELDS_MAX 16
#define PORTER_PROTOCOL_VERSION 1

typedef enum MessageType {
        MESSAGE_HELLO     = 'h',
        MESSAGE_LOOKUP    = 'l',
        MESSAGE_LAB       = 'L',
        MESSAGE_OPENED    = 'o',
        MESSAGE_WAITING   = 'w',
        MESSAGE_UPSTREAM  = 'u',
        MESSAGE_REFUSED   = 'r',
        MESSAGE_AGAIN     = 'a',
        MESSAGE_END       = 'e',
        MESSAGE_BYE       = 'b',
        MESSAGE_RESTARTED = 'R',
        MESSAGE_LIST      = 'i',
        MESSAGE_LISTED    = 'I',
        MESSAGE_KILL      = 'k',
        MESSAGE_KILLED    = 'K',
} MessageType;

typedef struct Message {
        MessageType type;
        size_t size;
        char bytes[MESSAGE_SIZE_MAX]; /* as on the wire, from the type on */
        int fds[DESCRIPTORS_MAX];
        size_t n_fds;
} Message;

#define MESSAGE_NULL ((Message) {})

void message_begin(Message *m, MessageType type);
int message_add(Message *m, const char *name, const char *value); /* -EMSGSIZE */
int message_add_number(Message *m, const char *name, int64_t value);
void message_add_fd(Message *m, int fd); /* borrowed until sent; asserts n_fds < DESCRIPTORS_MAX */
int message_send(int fd, const Message *m);

/* 1: a message, whose descriptors the caller owns (message_done()); 0: end of connection; -EAGAIN; -EBADMSG for bytes
 * that are no message (descriptors are closed). */
int message_receive(int fd, Message *ret);
const char *message_get(const Message *m, const char *name); /* NULL if absent */
int message_get_number(const Message *m, const char *name, int64_t min, int64_t max, int64_t *ret);
int message_take_fd(Message *m, size_t i); /* -1 if there is none; the caller's now */
void message_done(Message *m); /* closes what was received and not taken; wipes */
