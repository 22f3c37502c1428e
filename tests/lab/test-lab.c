/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "../../src/base/descriptor.h"
#include "../../src/lab/configuration.h"
#include "../../src/lab/lab.h"
#include "check.h"

#define HASH "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08" /* of "test" */

static SettingsError error;

TEST(token_alphabet_and_length) {
        char text[TOKEN_SIZE_MAX + 2];

        memset(text, 'a', sizeof text);
        CHECK(token_is_valid(text, 1));
        CHECK(token_is_valid(text, TOKEN_SIZE_MAX));
        CHECK(!token_is_valid(text, 0));
        CHECK(!token_is_valid(text, TOKEN_SIZE_MAX + 1));
        for (int c = 0; c < 256; c++) {
                char one = (char) c;

                CHECK_INT(token_is_valid(&one, 1), c && strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                                              "0123456789_-", c) != NULL);
        }
}

TEST(token_hash_is_sha256) {
        char hash[TOKEN_HASH_SIZE + 1];

        token_hash("test", 4, hash);
        CHECK_TEXT(hash, HASH);
}

TEST(token_generate_is_random) {
        char a[TOKEN_SIZE_MAX + 1], b[TOKEN_SIZE_MAX + 1];

        for (int i = 0; i < 1000; i++) {
                CHECK_INT(token_generate(a), 0);
                CHECK_INT(token_generate(b), 0);
                CHECK_INT(strlen(a), 43);
                CHECK(token_is_valid(a, strlen(a)));
                CHECK(strcmp(a, b) != 0);
        }
}

/* ---- lab_open() ---- */

static char directory[] = "/tmp/test-lab-XXXXXX";
static char path[200];

static void remove_all(void) {
        if (unlink(path) < 0)
                rmdir(path);
        unlink("/tmp/test-lab-target");
        rmdir(directory);
}

static void make_directory(void) {
        if (*path)
                return;
        CHECK(mkdtemp(directory));
        snprintf(path, sizeof path, "%s/" HASH ".conf", directory);
        atexit(remove_all);
}

static void write_file(const char *at, size_t size, mode_t mode) {
        _cleanup_close_ int fd = open(at, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

        CHECK(fd >= 0);
        CHECK(ftruncate(fd, (off_t) size) == 0);
        CHECK(fchmod(fd, mode) == 0);
}

static int try_open(void) {
        const char *const directories[] = { "/nonexistent/labs", directory, NULL };
        _cleanup_free_ char *found = NULL;
        _cleanup_close_ int fd = -1;
        int r;

        error = (SettingsError) {};
        r = lab_open(directories, HASH, &fd, &found, &error);
        if (r == 0) {
                CHECK_TEXT(found, path);
                CHECK(fcntl(fd, F_GETFD) == FD_CLOEXEC);
        } else {
                CHECK(fd == -1 && !found);
        }
        unlink(path);
        return r;
}

static void check_refused(const char *reason) {
        char text[300];

        CHECK_INT(try_open(), -EINVAL);
        snprintf(text, sizeof text, "%s:1: %s", path, reason);
        CHECK_TEXT(error.text, text);
}

TEST(lab_open_takes_a_sound_file) {
        make_directory();
        CHECK_INT(try_open(), -ENOENT);
        write_file(path, 0, 0640);
        CHECK_INT(try_open(), 0);
        write_file(path, SETTINGS_FILE_MAX, 0444);
        CHECK_INT(try_open(), 0);
}

TEST(lab_open_refuses_everything_else) {
        _cleanup_close_ int fd = -1;
        struct sockaddr_un address = { .sun_family = AF_UNIX };

        make_directory();
        write_file(path, SETTINGS_FILE_MAX + 1, 0640);
        check_refused("larger than 65536 bytes");
        write_file(path, 10, 0660);
        check_refused("writable by group or others (mode 0660)");
        write_file(path, 10, 0642);
        check_refused("writable by group or others (mode 0642)");
        write_file("/tmp/test-lab-target", 10, 0600);
        CHECK(symlink("/tmp/test-lab-target", path) == 0);
        check_refused("a symbolic link");
        CHECK(symlink("nowhere", path) == 0);
        check_refused("a symbolic link");
        CHECK(mkfifo(path, 0600) == 0);
        check_refused("not a regular file");
        strcpy(address.sun_path, path);
        fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        CHECK(bind(fd, (struct sockaddr *) &address, sizeof address) == 0);
        check_refused("not a regular file");
        CHECK(mkdir(path, 0755) == 0);
        check_refused("not a regular file");
        rmdir(path);
        if (geteuid() == 0) {
                write_file(path, 10, 0600);
                CHECK(chown(path, 12345, 0) == 0);
                check_refused("belongs to uid 12345, not to root");
        }
}

TEST(lab_open_takes_only_hashes) {
        static const char *const bad[] = { "", "..", "../../etc/passwd", HASH "0", "/" HASH,
                                           "9F86D081884C7D659A2FEAA0C55AD015A3BF4F1B2B0B822CD15D6C15B0F00A08",
                                           "../x/081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08" };
        const char *const directories[] = { directory, NULL };
        char *found;
        int fd;

        make_directory();
        for (size_t i = 0; i < ELEMENTS(bad); i++)
                CHECK_INT(lab_open(directories, bad[i], &fd, &found, &error), -ENOENT);
}

TEST(lab_read_reads_from_the_beginning) {
        _cleanup_free_ char *text = NULL;
        _cleanup_close_ int fd = -1;
        size_t size;

        make_directory();
        write_file(path, SETTINGS_FILE_MAX, 0600);
        fd = open(path, O_RDWR | O_CLOEXEC);
        unlink(path);
        CHECK(pwrite(fd, "ab", 2, 0) == 2 && lseek(fd, 1000, SEEK_SET) == 1000);
        CHECK_INT(lab_read(fd, &text, &size), 0);
        CHECK_INT(size, SETTINGS_FILE_MAX);
        CHECK_TEXT(text, "ab");
        CHECK(ftruncate(fd, SETTINGS_FILE_MAX + 1) == 0);
        CHECK_INT(lab_read(fd, &text, &size), -EFBIG);
        CHECK_INT(lab_read(-1, &text, &size), -EBADF);
}

/* ---- the tables ---- */

static int parse_lab(const char *text) {
        LabSettings lab = {};
        int r;

        error = (SettingsError) {};
        r = settings_parse("a.conf", text, strlen(text), &(SettingsTarget) { lab_settings, &lab }, 1, true, &error);
        if (r == 0)
                r = lab_check(&lab, "a.conf", &error);
        settings_free(lab_settings, &lab);
        return r;
}

#define LAB "name=\"a\";protocol=\"ssh\";hostname=\"h\";"

TEST(lab_check_beyond_the_table) {
        static const struct {
                const char *text, *error;
        } cases[] = {
                { "name=\"\";protocol=\"ssh\";hostname=\"h\"", "a.conf:1: name: empty or with control characters" },
                { "name=\"a\\nb\";protocol=\"ssh\";hostname=\"h\"",
                  "a.conf:1: name: empty or with control characters" },
                { "name=\"a\";protocol=\"../x\";hostname=\"h\"", "a.conf:1: protocol: not a word of a-z and 0-9" },
                { "name=\"a\";protocol=\"\";hostname=\"h\"", "a.conf:1: protocol: not a word of a-z and 0-9" },
                { "name=\"a\";protocol=\"ssh\";hostname=\"a b\"", "a.conf:1: hostname: no host name or address" },
                { "name=\"a\";protocol=\"ssh\";hostname=\"-oX\"", "a.conf:1: hostname: no host name or address" },
                { LAB "not_before=\"2026-01-01T00:00:00Z\";not_after=\"2026-01-01T00:00:00Z\";",
                  "a.conf:1: not_after: not later than not_before" },
                { LAB "timeout=0;", "a.conf:1: timeout: 0 is out of range, 1 to 120" },
                { "protocol=\"ssh\";", "a.conf:1: name: missing, every such file needs it" },
        };

        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                CHECK_INT(parse_lab(cases[i].text), -EINVAL);
                CHECK_TEXT(error.text, cases[i].error);
        }
        CHECK_INT(parse_lab(LAB), 0);
        CHECK_INT(parse_lab("name=\"Größe 😀\";protocol=\"vnc\";hostname=\"fe80::1%eth0\";"), 0);
}

static int load(Configuration *c, const char *text) {
        FILE *file = tmpfile();
        int r;

        CHECK(file);
        fputs(text, file);
        fflush(file);
        r = configuration_load(c, fileno(file), "l.conf", &error);
        fclose(file);
        return r;
}

TEST(configuration_defaults_and_checks) {
        Configuration c = {};

        CHECK_INT(configuration_load(&c, -1, "l.conf", &error), 0);
        CHECK_TEXT(c.token_parameters[0], "token");
        CHECK(!c.token_parameters[1] && !c.allowed_origins && !c.public_url && c.max_sessions == 0);
        CHECK_TEXT(c.font_name, "monospace");
        configuration_done(&c);
        CHECK_INT(load(&c, "token_parameters = [\"token\", \"stack\"]; allowed_origins = \"https://a.example:8443\";"
                           "public_url = \"https://a.example/labs/\"; max_sessions = 5;"), 0);
        CHECK_TEXT(c.token_parameters[1], "stack");
        CHECK_INT(c.max_sessions, 5);
        configuration_done(&c);
        CHECK_INT(load(&c, "allowed_origins = \"https://a.example/\";"), -EINVAL);
        CHECK_INT(load(&c, "allowed_origins = \"a.example\";"), -EINVAL);
        CHECK_INT(load(&c, "token_parameters = \"a b\";"), -EINVAL);
        CHECK_INT(load(&c, "public_url = \"ftp://x\";"), -EINVAL);
        CHECK_INT(load(&c, "token_parameter = \"a\";"), -EINVAL);
        CHECK_TEXT(error.text, "l.conf:1: token_parameter: no such setting, did you mean token_parameters?");
}
