/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "descriptor.h"

int fd_close(int fd) {
        int saved = errno;

        if (fd >= 0)
                close(fd);
        errno = saved;
        return -1;
}

int fd_nonblock(int fd) {
        int flags = fcntl(fd, F_GETFL);

        if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
                return -errno;
        return 0;
}

typedef union Control {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof(int) * DESCRIPTORS_MAX)];
} Control;

int seqpacket_send(int fd, const void *bytes, size_t size, const int *fds, size_t n_fds) {
        Control control = {};
        struct iovec iov = { .iov_base = (void *) (uintptr_t) bytes, .iov_len = size };
        struct msghdr mh = { .msg_iov = &iov, .msg_iovlen = 1 };

        if (n_fds > DESCRIPTORS_MAX)
                return -E2BIG;
        if (n_fds > 0) {
                mh.msg_control = control.bytes;
                mh.msg_controllen = CMSG_SPACE(sizeof(int) * n_fds);
                control.header.cmsg_level = SOL_SOCKET;
                control.header.cmsg_type = SCM_RIGHTS;
                control.header.cmsg_len = CMSG_LEN(sizeof(int) * n_fds);
                memcpy(CMSG_DATA(&control.header), fds, sizeof(int) * n_fds);
        }
        for (;;) {
                if (sendmsg(fd, &mh, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
                        return 0;
                if (errno != EINTR)
                        return -errno;
        }
}

static size_t take_descriptors(struct msghdr *mh, int ret_fds[static DESCRIPTORS_MAX]) {
        size_t n = 0;

        for (struct cmsghdr *c = CMSG_FIRSTHDR(mh); c; c = CMSG_NXTHDR(mh, c)) {
                size_t size;

                if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
                        continue;
                size = c->cmsg_len - CMSG_LEN(0);
                size = MIN(size, (DESCRIPTORS_MAX - n) * sizeof(int));
                memcpy(ret_fds + n, CMSG_DATA(c), size);
                n += size / sizeof(int);
        }
        return n;
}

ssize_t seqpacket_receive(int fd, void *bytes, size_t capacity, int ret_fds[static DESCRIPTORS_MAX], size_t *ret_n_fds) {
        Control control;
        struct iovec iov = { .iov_base = bytes, .iov_len = capacity };
        struct msghdr mh = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control.bytes,
                             .msg_controllen = sizeof control.bytes };
        ssize_t n;
        size_t n_fds;

        /* A peer that hangs up with something unread resets the connection. That is told first and once, then come its
         * last words. */
        do
                n = recvmsg(fd, &mh, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
        while (n < 0 && (errno == EINTR || errno == ECONNRESET));
        if (n < 0)
                return -errno;

        n_fds = take_descriptors(&mh, ret_fds);
        if (mh.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) {
                while (n_fds > 0)
                        fd_close(ret_fds[--n_fds]);
                return -EMSGSIZE;
        }
        *ret_n_fds = n_fds;
        return n;
}
