/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "check.h"
#include "openssh.h"

static char directory[64], account[32];
static char service[32]; /* sshd's PAM service is the name it is started by; runs may overlap, so each has its own */
static pid_t running; /* a failed test leaves without its cleanups */

static void stop(pid_t pid);

static int shell(const char *format, ...) __attribute__((format(printf, 1, 2)));

static int shell(const char *format, ...) {
        char command[4096];
        va_list ap;

        va_start(ap, format);
        vsnprintf(command, sizeof command, format, ap);
        va_end(ap);
        return system(command);
}

static void clean_up(void) {
        stop(running);
        shell("userdel -rf %s >/dev/null 2>&1; rm -rf %s; rm -f /etc/pam.d/%s", account, directory, service);
}

static void on_signal(int number) {
        exit(128 + number);
}

void openssh_need(void) {
        if (directory[0])
                return;
        if (geteuid() != 0 || access("/usr/sbin/sshd", X_OK) < 0)
                test_skip("needs root and openssh-server");
        snprintf(directory, sizeof directory, "/tmp/labgate-test-ssh-XXXXXX");
        CHECK(mkdtemp(directory));
        CHECK_INT(chmod(directory, 0755), 0);
        snprintf(account, sizeof account, "labtest%d", (int) getpid());
        snprintf(service, sizeof service, "labgate-test-%d", (int) getpid());
        atexit(clean_up);
        signal(SIGTERM, on_signal);
        signal(SIGINT, on_signal);
        (void) mkdir("/run/sshd", 0755);
        CHECK_INT(shell("useradd -m -k %s -s /bin/bash %s && echo '%s:%s' | chpasswd", directory, account, account,
                        OPENSSH_PASSWORD), 0);
        CHECK_INT(shell("cd %s && for t in ed25519 ecdsa rsa; do ssh-keygen -q -N '' -t $t -f host_$t; done && "
                        "touch authorized_keys && ln -s /usr/sbin/sshd %s", directory, service), 0);
}

void openssh_need_pam(const char *argument) {
        const char *module = getenv("LABGATE_TEST_QUESTIONS");
        char path[64];
        FILE *f;

        openssh_need();
        if (!module || access(module, R_OK) < 0)
                test_skip("needs libpam0g-dev");
        snprintf(path, sizeof path, "/etc/pam.d/%s", service);
        f = fopen(path, "we");
        CHECK(f);
        fprintf(f, "auth required %s %s\naccount required pam_permit.so\nsession required pam_permit.so\n", module,
                argument);
        fclose(f);
}

const char *openssh_account(void) {
        return account;
}

const char *openssh_path(const char *name) {
        static char paths[8][256];
        static unsigned turn;
        char *path = paths[turn++ % 8];

        snprintf(path, sizeof paths[0], "%s/%s", directory, name);
        return path;
}

static unsigned free_port(void) {
        struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
        socklen_t n = sizeof a;
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

        CHECK(fd >= 0 && bind(fd, (struct sockaddr *) &a, sizeof a) == 0);
        CHECK(getsockname(fd, (struct sockaddr *) &a, &n) == 0);
        close(fd);
        return ntohs(a.sin_port);
}

static bool listens(unsigned port) {
        struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((uint16_t) port),
                                 .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        bool ok = connect(fd, (struct sockaddr *) &a, sizeof a) == 0;

        close(fd);
        return ok;
}

static void write_config(const char *path, unsigned port, const char *host_keys, const char *config) {
        FILE *f = fopen(path, "we");
        char type[16];
        int n;

        CHECK(f);
        /* The first value of a setting counts, so what the test wants comes first. */
        fprintf(f, "%s\nPort %u\nListenAddress 127.0.0.1\nPidFile none\nStrictModes no\nUsePAM no\nUseDNS no\n"
                   "PasswordAuthentication yes\nKbdInteractiveAuthentication no\n"
                   "AuthorizedKeysFile %s/authorized_keys\n"
                   "AcceptEnv LANG TZ\nPrintMotd no\nPrintLastLog no\nMaxStartups 100\n",
                config ? config : "", port, directory);
        for (; sscanf(host_keys, "%15s%n", type, &n) == 1; host_keys += n)
                fprintf(f, "HostKey %s/host_%s\n", directory, type);
        fclose(f);
}

void openssh_start(Openssh *o, const char *host_keys, const char *config) {
        const char *daemon_path, *config_path, *log_path;

        openssh_need();
        stop(running);
        daemon_path = openssh_path(service);
        config_path = openssh_path("sshd_config");
        log_path = openssh_path("sshd.log");
        *o = (Openssh) { .port = free_port() };
        write_config(config_path, o->port, host_keys, config);
        o->pid = fork();
        CHECK(o->pid >= 0);
        running = o->pid;
        if (o->pid == 0) {
                prctl(PR_SET_PDEATHSIG, SIGKILL);
                execl(daemon_path, daemon_path, "-D", "-f", config_path, "-E", log_path, NULL);
                _exit(127);
        }
        for (int i = 0; i < 500; i++) {
                if (listens(o->port))
                        return;
                usleep(10000);
        }
        test_fail(__FILE__, __LINE__, "sshd does not listen");
}

/* sshd's children have sessions of their own: their parent is what they have in common. */
static void kill_children(pid_t parent) {
        char command[64];

        snprintf(command, sizeof command, "ps -o pid= --ppid %d", (int) parent);
        FILE *p = popen(command, "re");
        int pid;

        while (p && fscanf(p, "%d", &pid) == 1) {
                kill_children(pid);
                kill(pid, SIGKILL);
        }
        if (p)
                pclose(p);
}

static void stop(pid_t pid) {
        if (pid <= 0)
                return;
        kill_children(pid);
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
        if (pid == running)
                running = 0;
}

void openssh_stop(Openssh *o) {
        stop(o->pid);
        o->pid = 0;
}

static const char *first_line_of(const char *command) {
        static char lines[4][2048];
        static unsigned turn;
        char *line = lines[turn++ % 4];
        FILE *p = popen(command, "re");

        CHECK(p && fgets(line, sizeof lines[0], p));
        pclose(p);
        line[strcspn(line, "\n")] = 0;
        return line;
}

const char *openssh_fingerprint(const char *type) {
        char command[512];

        snprintf(command, sizeof command, "ssh-keygen -lf %s/host_%s.pub | cut -d' ' -f2", directory, type);
        return first_line_of(command);
}

const char *openssh_line(const char *type) {
        char command[512];

        snprintf(command, sizeof command, "cat %s/host_%s.pub", directory, type);
        return first_line_of(command);
}

const char *openssh_user_key(const char *options, const char *passphrase) {
        static unsigned number;
        char name[32];

        snprintf(name, sizeof name, "key%u", number++);
        CHECK_INT(shell("cd %s && ssh-keygen -q -N '%s' -f %s %s && cat %s.pub >> authorized_keys", directory,
                        passphrase, name, options, name), 0);
        return openssh_path(name);
}
