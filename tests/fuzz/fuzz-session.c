/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A whole session on its own loop: a browser, a porter and a lab machine that say anything, in any order and in any
 * portions. The first byte says in which portions the browser's bytes come and whether there is a porter; then each
 * step is one byte of kind, one of size, and its bytes. Whatever comes: what the browser reads is one answer to its
 * request and then whole frames of whole instructions with nothing behind a close, no more waits for it than there may,
 * the session ends when the browser does, and nothing is left open. */

#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "../../src/base/log.h"
#include "../../src/base/utf8.h"
#include "../../src/session/seal.h"
#include "../../src/session/session.h"
#include "../../src/wire/instruction.h"

#define REQUIRE(x)                      \
        do {                            \
                if (!(x))               \
                        abort();        \
        } while (0)

#define TURNS_MAX 20000
#define WITHOUT_PORTER 0x80u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The process is needed for more than one session, and a journal is none of its business. */
int __wrap_seal(bool threads);
void __wrap_record_open(const Record *r);
void __wrap_record_connected(const Record *r);
void __wrap_record_end(const Record *r);

int __wrap_seal(bool threads) {
        return 0;
}

void __wrap_record_open(const Record *r) {
}

void __wrap_record_connected(const Record *r) {
}

void __wrap_record_end(const Record *r) {
}

static char folder[] = "/tmp/labgate-fuzz-XXXXXX", porter_path[sizeof folder + 16];
static int porters = -1;

static void remove_folder(void) {
        (void) unlink(porter_path);
        (void) rmdir(folder);
}

static void begin(void) {
        struct sockaddr_un address = { .sun_family = AF_UNIX };

        log_open("fuzz", LOG_EMERG);
        REQUIRE(mkdtemp(folder));
        snprintf(porter_path, sizeof porter_path, "%s/porter", folder);
        REQUIRE(atexit(remove_folder) == 0);
        memcpy(address.sun_path, porter_path, sizeof porter_path);
        porters = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        REQUIRE(bind(porters, (struct sockaddr *) &address, sizeof address) == 0 && listen(porters, 8) == 0);
        /* For good: libFuzzer remembers where its counters are. */
        REQUIRE(dlopen(TESTCARD_FOLDER "/testcard.so", RTLD_NOW | RTLD_LOCAL));
        REQUIRE(setenv("LABGATE_PLUGINS", TESTCARD_FOLDER, 1) == 0 && unsetenv("NOTIFY_SOCKET") == 0);
}

typedef struct World {
        sd_event *event;
        Session *session;
        int browser, porter, machine;
        size_t portion;
        bool stalls;   /* the browser reads nothing */
        Buffer heard;
} World;

static void read_browser(World *w) {
        uint8_t bytes[65536];
        ssize_t n;

        while ((n = recv(w->browser, bytes, sizeof bytes, MSG_DONTWAIT)) > 0)
                REQUIRE(buffer_append(&w->heard, bytes, (size_t) n) == 0);
}

/* Until nothing is left to do but to wait. */
static void settle(World *w) {
        for (int i = 0; i < TURNS_MAX; i++) {
                REQUIRE(buffer_size(&w->session->output) <= SESSION_OUTPUT_LIMIT + SESSION_LAST_WORDS);
                if (sd_event_get_state(w->event) == SD_EVENT_FINISHED || sd_event_run(w->event, 0) <= 0)
                        return;
                if (!w->stalls)
                        read_browser(w);
        }
        abort();
}

static void browser_says(World *w, const uint8_t *bytes, size_t size) {
        while (size > 0) {
                size_t n = MIN(size, w->portion);

                if (send(w->browser, bytes, n, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
                        return;
                settle(w);
                bytes += n;
                size -= n;
        }
}

static void browser_asks(World *w, const uint8_t *bytes, size_t size) {
        char head[1024];
        int n = snprintf(head, sizeof head,
                         "GET /?token=t%.*s HTTP/1.1\r\nHost: l\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                         "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                         "Sec-WebSocket-Protocol: guacamole\r\n\r\n", (int) size, (const char *) bytes);

        browser_says(w, (uint8_t *) head, (size_t) n);
}

/* A frame whose mask changes nothing. */
static void browser_frame(World *w, uint8_t opcode, const uint8_t *bytes, size_t size) {
        uint8_t frame[8 + 255] = { (uint8_t) (0x80 | opcode) };
        size_t n_head = size < 126 ? 2 : 4;

        frame[1] = (uint8_t) (0x80 | (size < 126 ? size : 126));
        if (n_head == 4)
                frame[3] = (uint8_t) size;
        memset(frame + n_head, 0, 4);
        memcpy(frame + n_head + 4, bytes, size);
        browser_says(w, frame, n_head + 4 + size);
}

static int file_with(const char *front, const uint8_t *bytes, size_t size) {
        int fd = memfd_create("fuzz", MFD_CLOEXEC);

        REQUIRE(fd >= 0 && write(fd, front, strlen(front)) >= 0 && write(fd, bytes, size) >= 0);
        return fd;
}

static void porter_sends(World *w, Message *m) {
        if (w->porter >= 0)
                (void) message_send(w->porter, m);
        for (size_t i = 0; i < m->n_fds; i++)
                fd_close(m->fds[i]);
}

static void new_machine(World *w, Message *m) {
        int pair[2];

        fd_close(w->machine);
        REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) == 0);
        w->machine = pair[0];
        message_add_fd(m, pair[1]);
}

static void porter_says(World *w, const uint8_t *bytes, size_t size) {
        static const MessageType types[] = {
                MESSAGE_HELLO, MESSAGE_LAB, MESSAGE_UPSTREAM, MESSAGE_WAITING, MESSAGE_REFUSED, MESSAGE_END,
                MESSAGE_RESTARTED, MESSAGE_LISTED,
        };
        static const char lab[] = "name = \"card\"; protocol = \"testcard\"; hostname = \"h\"; width = 80; height = 50;\n";
        char text[256] = "";
        Message m;

        if (size == 0)
                return;
        memcpy(text, bytes + 1, size - 1);
        message_begin(&m, types[bytes[0] % ELEMENTS(types)]);
        (void) message_add(&m, m.type == MESSAGE_LAB ? "fonts" : "text", text);
        (void) message_add(&m, "status", "519");
        if (m.type == MESSAGE_HELLO && size > 1)
                message_add_fd(&m, file_with("", bytes + 1, size - 1));
        if (m.type == MESSAGE_LAB && !(bytes[0] & 0x80))
                message_add_fd(&m, file_with(lab, bytes + 1, size - 1));
        if (m.type == MESSAGE_UPSTREAM && !(bytes[0] & 0x80))
                new_machine(w, &m);
        porter_sends(w, &m);
}

static void hang_up(World *w, uint8_t whose) {
        if (whose % 3 == 0)
                w->porter = fd_close(w->porter);
        else if (whose % 3 == 1)
                w->machine = fd_close(w->machine);
        else
                (void) shutdown(w->browser, SHUT_WR);
}

static void step(World *w, uint8_t kind, const uint8_t *bytes, size_t size) {
        switch (kind % 8) {
        case 0:
                browser_says(w, bytes, size);
                break;
        case 1:
                browser_asks(w, bytes, size);
                break;
        case 2:
                browser_frame(w, 1, bytes, size);
                break;
        case 3:
                if (w->porter >= 0)
                        (void) send(w->porter, bytes, size, MSG_DONTWAIT | MSG_NOSIGNAL);
                break;
        case 4:
                porter_says(w, bytes, size);
                break;
        case 5:
                if (w->machine >= 0)
                        (void) send(w->machine, bytes, size, MSG_DONTWAIT | MSG_NOSIGNAL);
                break;
        case 6:
                w->stalls = size > 0 && bytes[0] & 1;
                break;
        case 7:
                hang_up(w, size > 0 ? bytes[0] : 2);
        }
        settle(w);
}

/* ---- what the browser may have heard ---- */

static void check_text(const uint8_t *bytes, size_t size) {
        Slice rest = { (const char *) bytes, size };
        Instruction in;
        int r;

        REQUIRE(utf8_is_valid(bytes, size));
        while ((r = instruction_read(&rest, &in)) == 0)
                ;
        REQUIRE(r == -ENODATA);
}

/* Answers the size of the frame; 0 if it is cut off. */
static size_t check_frame(const uint8_t *bytes, size_t size, bool *ret_closed) {
        size_t n = 2, payload;

        if (size < 2)
                return 0;
        payload = bytes[1];
        REQUIRE(payload < 128 && bytes[0] & 0x80);
        if (payload >= 126)
                n = payload == 126 ? 4 : 10;
        if (size < n)
                return 0;
        for (size_t i = 2; i < n; i++)
                payload = i == 2 ? bytes[i] : payload << 8 | bytes[i];
        if (payload > size - n)
                return 0;
        *ret_closed = bytes[0] == 0x88;
        REQUIRE(bytes[0] == 0x81 || bytes[0] == 0x88 || bytes[0] == 0x89 || bytes[0] == 0x8a);
        if (bytes[0] == 0x81)
                check_text(bytes + n, payload);
        return n + payload;
}

static void check_heard(const Buffer *heard) {
        static const char upgraded[] = "HTTP/1.1 101 ";
        const uint8_t *bytes = buffer_bytes(heard), *end;
        size_t size = buffer_size(heard), n;
        bool closed = false;

        if (size == 0)
                return;
        end = memmem(bytes, size, "\r\n\r\n", 4);
        REQUIRE(end && size > sizeof upgraded);
        if (memcmp(bytes, upgraded, sizeof upgraded - 1) != 0)
                return;
        size -= (size_t) (end + 4 - bytes);
        for (bytes = end + 4; size > 0; bytes += n, size -= n) {
                REQUIRE(!closed);
                n = check_frame(bytes, size, &closed);
                if (n == 0)
                        return;
        }
}

/* ---- one life ---- */

static void open_world(World *w, uint8_t first) {
        int pair[2];

        *w = (World) { .porter = -1, .machine = -1, .portion = 1u + (first & 0x7fu) * 2u };
        REQUIRE(setenv("LABGATE_PORTER", first & WITHOUT_PORTER ? "/nowhere" : porter_path, 1) == 0);
        REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0 && sd_event_new(&w->event) == 0);
        w->browser = pair[0];
        REQUIRE(session_new(&w->session, w->event, pair[1]) == 0);
        if (!(first & WITHOUT_PORTER)) {
                w->porter = accept4(porters, NULL, NULL, SOCK_CLOEXEC);
                REQUIRE(w->porter >= 0);
        }
}

static void close_world(World *w) {
        read_browser(w);
        settle(w);
        read_browser(w);
        check_heard(&w->heard);
        w->browser = fd_close(w->browser);
        w->stalls = true;
        settle(w);
        REQUIRE(w->session->state == SESSION_ENDED);
        session_free(w->session);
        sd_event_unref(w->event);
        fd_close(w->porter);
        fd_close(w->machine);
        buffer_done(&w->heard);
}

static int lowest_free(void) {
        int fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);

        REQUIRE(fd >= 0);
        return fd;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        int before, after;
        World w;

        if (porters < 0)
                begin();
        if (size < 1)
                return 0;
        before = lowest_free();
        fd_close(before);
        open_world(&w, data[0]);
        data++;
        size--;
        while (size >= 2) {
                size_t n = MIN((size_t) data[1], size - 2);

                step(&w, data[0], data + 2, n);
                data += 2 + n;
                size -= 2 + n;
        }
        close_world(&w);
        after = lowest_free();
        fd_close(after);
        REQUIRE(before == after);
        return 0;
}
