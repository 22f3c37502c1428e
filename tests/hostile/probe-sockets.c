/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Sockets: every family, every peer worth having, and descriptors that may lie about. */

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/vm_sockets.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "probe.h"

static int family(int domain, int type) {
        int fd = socket(domain, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

        if (fd < 0)
                return -errno;
        close(fd);
        return 0;
}

static int reach(const char *address, int port) {
        struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((uint16_t) port) };
        int r, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

        if (fd < 0)
                return -errno;
        inet_pton(AF_INET, address, &a.sin_addr);
        r = connect(fd, (struct sockaddr *) &a, sizeof a) < 0 && errno != EINPROGRESS ? -errno : 0;
        close(fd);
        return r;
}

static int talk(const char *path, int type) {
        struct sockaddr_un a = { .sun_family = AF_UNIX };
        int r, fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

        if (fd < 0)
                return -errno;
        strncpy(a.sun_path, path, sizeof a.sun_path - 1);
        r = refused(connect(fd, (struct sockaddr *) &a, sizeof a));
        close(fd);
        return r;
}

static int internet(void) { return family(AF_INET, SOCK_STREAM); }
static int datagrams(void) { return family(AF_INET, SOCK_DGRAM); }
static int internet6(void) { return family(AF_INET6, SOCK_STREAM); }
static int netlink(void) { return family(AF_NETLINK, SOCK_RAW); }
static int packets(void) { return family(AF_PACKET, SOCK_RAW); }
static int vsock(void) { return family(AF_VSOCK, SOCK_STREAM); }
static int crypto(void) { return family(AF_ALG, SOCK_SEQPACKET); }
static int bluetooth(void) { return family(AF_BLUETOOTH, SOCK_RAW); }
static int loopback(void) { return reach("127.0.0.1", 22); }
static int metadata(void) { return reach("169.254.169.254", 80); }
static int system_bus(void) { return talk("/run/dbus/system_bus_socket", SOCK_STREAM); }
static int manager(void) { return talk("/run/systemd/private", SOCK_STREAM); }
static int front_door(void) { return talk("/run/labgate/session.sock", SOCK_STREAM); }

/* Only the browser's, the lab machine's, the porter's, the journal's and the manager's sockets, fonts, and what waits. */
static int stray_descriptors(void) {
        for (int fd = 0; fd < 256; fd++) {
                struct sockaddr_storage peer = {};
                socklen_t size = sizeof peer;
                struct stat st;

                if (fstat(fd, &st) < 0)
                        continue;
                if (S_ISDIR(st.st_mode) || S_ISBLK(st.st_mode))
                        return 0;
                if (S_ISREG(st.st_mode) && (fcntl(fd, F_GETFL) & O_ACCMODE) != O_RDONLY)
                        return 0;
                if (S_ISSOCK(st.st_mode) && getsockname(fd, (struct sockaddr *) &peer, &size) == 0 &&
                    peer.ss_family != AF_UNIX && peer.ss_family != AF_INET && peer.ss_family != AF_INET6)
                        return 0;
        }
        return -ENOENT;
}

const Attempt attempts_sockets[] = {
        { "make a TCP socket", internet },
        { "make a UDP socket", datagrams },
        { "make a TCP socket for IPv6", internet6 },
        { "make a netlink socket", netlink },
        { "make a packet socket", packets },
        { "make a vsock", vsock },
        { "make a crypto socket", crypto },
        { "make a bluetooth socket", bluetooth },
        { "reach 127.0.0.1", loopback },
        { "reach link-local metadata", metadata },
        { "talk to D-Bus", system_bus },
        { "talk to PID 1", manager },
        { "come in by the front door", front_door },
        { "find stray descriptors", stray_descriptors },
        {},
};
