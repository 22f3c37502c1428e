/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* File descriptors: ownership, and passing them over SOCK_SEQPACKET. */

#include <stddef.h>
#include <sys/types.h>

#include "cleanup.h"

#define DESCRIPTORS_MAX 16 /* in one message */

/* Closes if fd >= 0, keeps errno, answers -1. */
int fd_close(int fd);

static inline void fd_closep(int *fd) {
        *fd = fd_close(*fd);
}

#define _cleanup_close_ _cleanup_(fd_closep)
#define TAKE_FD(fd) ({ int take_fd = (fd); (fd) = -1; take_fd; })

int fd_nonblock(int fd);

/* One message with up to DESCRIPTORS_MAX descriptors (copied by the kernel; the caller keeps its own). Never blocks.
 * 0, -EAGAIN, other negative errno; no SIGPIPE. */
int seqpacket_send(int fd, const void *bytes, size_t size, const int *fds, size_t n_fds);

/* One message: answers its size, 0 at the end of the connection, -EAGAIN, -EMSGSIZE if it did not fit (message and
 * descriptors are dropped), other negative errno. Descriptors arrive close-on-exec and are the caller's. */
ssize_t seqpacket_receive(int fd, void *bytes, size_t capacity, int ret_fds[static DESCRIPTORS_MAX], size_t *ret_n_fds);
