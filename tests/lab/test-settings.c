/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "../../src/base/cleanup.h"
#include "../../src/lab/settings.h"
#include "check.h"

typedef struct Values {
        bool flag;
        int64_t port, large, when;
        char *text, *with_default, *short_text;
        LabgateSecret password, private_key;
        int choice;
        char **keys;
        int64_t *ports;
} Values;

static const char *const choices[] = { "red", "green", "blue", NULL };

#define AT(field) .offset = offsetof(Values, field)

static const LabgateSetting table[] = {
        { "flag", LABGATE_SETTING_BOOL, AT(flag), .fallback = 1, .help = "a flag" },
        { "port", LABGATE_SETTING_INT, LABGATE_SETTING_LIVE, AT(port), 22, NULL, 1, 65535, NULL, "a port" },
        { "large", LABGATE_SETTING_INT, AT(large), .min = -8000000000, .max = 8000000000, .help = "more than 32 bits" },
        { "when", LABGATE_SETTING_TIME, AT(when), .help = "a time" },
        { "text", LABGATE_SETTING_STRING, LABGATE_SETTING_REQUIRED, AT(text), .help = "a text" },
        { "with_default", LABGATE_SETTING_STRING, AT(with_default), .fallback_text = "\"default\"" },
        { "font_size", LABGATE_SETTING_STRING, AT(short_text), .max = 5, .help = "short" },
        { "password", LABGATE_SETTING_SECRET, AT(password), .max = 64 },
        { "private_key", LABGATE_SETTING_SECRET, AT(private_key) },
        { "choice", LABGATE_SETTING_CHOICE, AT(choice), .fallback = 1, .choices = choices },
        { "keys", LABGATE_SETTING_STRINGS, AT(keys) },
        { "ports", LABGATE_SETTING_INTS, AT(ports), .min = 1, .max = 65535 },
        {},
};

static const LabgateSetting second_table[] = {
        { "other", LABGATE_SETTING_INT, .max = 10 },
        {},
};

static SettingsError error;
static Values values;

static int parse_bytes(const char *text, size_t size) {
        settings_free(table, &values);
        settings_error_done(&error);
        return settings_parse("a.conf", text, size, &(SettingsTarget) { table, &values }, 1, false, &error);
}

static int parse(const char *text) {
        return parse_bytes(text, strlen(text));
}

static unsigned random_number(void) {
        static uint64_t state = 88172645463325252u;

        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        return (unsigned) (state >> 20);
}

TEST(settings_of_every_type) {
        CHECK_INT(parse("text = \"a\\tb\" \"c\"; # comment\n flag = false; port : 8022, large = -7000000000L\n"
                        "when = \"1970-01-01T00:01:00Z\"; password = \"p\\x41\\\\\\\"\" /* x */ \"q\";\n"
                        "choice = \"blue\"; keys = [ \"k1\", \"k2\" ]; ports = ( 1, 65535 ); // no newline"), 0);
        CHECK(!values.flag);
        CHECK_INT(values.port, 8022);
        CHECK_INT(values.large, -7000000000);
        CHECK_INT(values.when, 60);
        CHECK_TEXT(values.text, "a\tbc");
        CHECK_TEXT(values.with_default, "\"default\"");
        CHECK(!values.short_text && !values.private_key.data);
        CHECK_TEXT(values.password.data, "pA\\\"q");
        CHECK_INT(values.password.size, 5);
        CHECK_INT(values.choice, 2);
        CHECK_TEXT(values.keys[0], "k1");
        CHECK_TEXT(values.keys[1], "k2");
        CHECK(!values.keys[2]);
        CHECK(values.ports[0] == 1 && values.ports[1] == 65535 && values.ports[2] == -1);
}

TEST(settings_have_defaults) {
        CHECK_INT(parse("text=\"\" keys = \"one\" ports = 7"), 0);
        CHECK(values.flag);
        CHECK_INT(values.port, 22);
        CHECK_INT(values.choice, 1);
        CHECK_TEXT(values.text, "");
        CHECK_TEXT(values.keys[0], "one");
        CHECK(values.ports[0] == 7 && values.ports[1] == -1);
}

TEST(settings_refuse_each_mistake_by_line_and_key) {
        static const struct {
                const char *text, *error;
        } cases[] = {
                { "fontsize = \"a\";", "a.conf:1: fontsize: no such setting, did you mean font_size?" },
                { "\n\nfont-size = \"a\";", "a.conf:3: font-size: no such setting, did you mean font_size?" },
                { "colour = 1;", "a.conf:1: colour: no such setting" },
                { "text = \"\";\n\n\nport = 99999999999;", "a.conf:4: port: 99999999999 is out of range, 1 to 65535" },
                { "port = 99999999999L;", "a.conf:1: port: 99999999999L is out of range, 1 to 65535" },
                { "port = 99999999999999999999999LL;",
                  "a.conf:1: port: 99999999999999999999999LL is out of range, 1 to 65535" },
                { "port = 0;", "a.conf:1: port: 0 is out of range, 1 to 65535" },
                { "port = -1;", "a.conf:1: port: -1 is out of range, 1 to 65535" },
                { "port = 65536;", "a.conf:1: port: 65536 is out of range, 1 to 65535" },
                { "port = 4294967318;", "a.conf:1: port: 4294967318 is out of range, 1 to 65535" },
                { "port = 0x16;", "a.conf:1: port: 0x16 is not a whole decimal number" },
                { "port = 1.5;", "a.conf:1: port: 1.5 is not a whole decimal number" },
                { "port = 1e3;", "a.conf:1: port: 1e3 is not a whole decimal number" },
                { "port = 1LLL;", "a.conf:1: port: 1LLL is not a whole decimal number" },
                { "port = +-1;", "a.conf:1: port: +-1 is not a whole decimal number" },
                { "large = 7000000000;", "a.conf:1: large: a number this large needs an L at its end" },
                { "port = \"22\";", "a.conf:1: port: expected a whole number, got a text" },
                { "port = true;", "a.conf:1: port: expected a whole number, got true or false without quotes" },
                { "port = [ 22 ];", "a.conf:1: port: expected a whole number, got a list" },
                { "port = { a = 1; };", "a.conf:1: port: expected a whole number, got a group" },
                { "ports = [ 1,\n 2,\n 70000 ];", "a.conf:3: ports: 70000 is out of range, 1 to 65535" },
                { "ports = ( 1,\n \"x\" );", "a.conf:2: ports: expected a whole number or a list of them, got a text" },
                { "flag = 1;", "a.conf:1: flag: expected true or false, got a number or a word without quotes" },
                { "flag = \"true\";", "a.conf:1: flag: expected true or false, got a text" },
                { "text = 10.0.0.5;",
                  "a.conf:1: text: expected a text in quotes, got a number or a word without quotes" },
                { "text = false;", "a.conf:1: text: expected a text in quotes, got true or false without quotes" },
                { "text = ( \"a\" );", "a.conf:1: text: expected a text in quotes, got a list" },
                { "text = \"\\x00\";", "a.conf:1: text: a text with a NUL byte" },
                { "text = \"\\xff\";", "a.conf:1: text: not UTF-8" },
                { "font_size = \"123456\";", "a.conf:1: font_size: longer than 5 bytes" },
                { "keys = ( \"a\", ( \"b\" ) );",
                  "a.conf:1: keys: expected a text in quotes or a list of them, got a list" },
                { "choice = \"pink\";", "a.conf:1: choice: \"pink\" is none of red, green, blue" },
                { "choice = \"pi\nnk\";", "a.conf:1: choice: \"pi?nk\" is none of red, green, blue" },
                { "when = \"tomorrow\";", "a.conf:1: when: \"tomorrow\" is no time such as 2026-12-01T12:00:00Z" },
                { "port = 1;\nport = 2;", "a.conf:2: port: given twice, first in line 1" },
                { "flag = true;", "a.conf:1: text: missing, every such file needs it" },
                { "\n@include \"/etc/passwd\"", "a.conf:2: @include is not taken" },
                { "text = \"\";\n \t@include \"b\"", "a.conf:2: @include is not taken" },
                { "text = @include \"b\"", "a.conf:1: text: @include is not taken" },
                { "text = /* x\n */@include \"b\"", "a.conf:2: text: @include is not taken" },
                { "text = \"a\"\n/* x", "a.conf:2: a comment without its end" },
                { "flag = true;\ntext = \"a\n\n", "a.conf:2: text: a text without its closing quote" },
                { "text = 'a';", "a.conf:1: text: a character that belongs nowhere" },
                { "text \"a\";", "a.conf:1: syntax error" },
                { "text = \"a\";\nflag = ;", "a.conf:2: flag: syntax error" },
                { "text = \"a\";\n}", "a.conf:2: text: syntax error" },
                { "keys = ((((((\"a\"))))));", "a.conf:1: keys: more than 4 brackets within each other" },
                { "text = \"\xff\";", "a.conf:1: not UTF-8" },
                { "text = \"a\";\n\x01", "a.conf:2: a character that belongs nowhere" },
        };

        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                CHECK_INT(parse(cases[i].text), -EINVAL);
                CHECK_TEXT(error.text, cases[i].error);
                CHECK(!values.text && !values.with_default && !values.keys && values.port == 0);
        }
        for (size_t i = 0; i < 20; i++) {
                char text[] = "text=\"a\";\n# x\n/* */\n";

                text[i] = 0;
                CHECK_INT(parse_bytes(text, sizeof text - 1), -EINVAL);
                CHECK(strstr(error.text, ": a NUL byte") && error.text[7] == (i > 13 ? '3' : i > 9 ? '2' : '1'));
        }
}

static int parse_every(const char *text) {
        settings_free(table, &values);
        settings_error_done(&error);
        error.every = true;
        return settings_parse("a", text, strlen(text), &(SettingsTarget) { table, &values }, 1, false, &error);
}

TEST(settings_tell_every_mistake) {
        static const struct {
                const char *text, *first, *others;
        } cases[] = {
                { "prt = 1;\nport = 0;\nflag = \"x\";\nchoice = \"pink\";\nwhen = \"x\";\nports = ( 1, \"a\", \"b\" );",
                  "a:1: prt: no such setting, did you mean port?",
                  "a:2: port: 0 is out of range, 1 to 65535\n"
                  "a:3: flag: expected true or false, got a text\n"
                  "a:4: choice: \"pink\" is none of red, green, blue\n"
                  "a:5: when: \"x\" is no time such as 2026-12-01T12:00:00Z\n"
                  "a:6: ports: expected a whole number or a list of them, got a text\n"
                  "a:1: text: missing, every such file needs it\n" },
                { "text = \"\";\nfont_size = \"123456\";", "a:2: font_size: longer than 5 bytes", "" },
                /* The rest of a line, and what follows without a semicolon, is not taken for keys. */
                { "port = 0 a = 1; b = 2;\nprt = 2;\nlarge = 1.5\nx = 1\ny = 2;\nflg = true;",
                  "a:1: port: 0 is out of range, 1 to 65535",
                  "a:2: prt: no such setting, did you mean port?\n"
                  "a:3: large: 1.5 is not a whole decimal number\n"
                  "a:6: flg: no such setting, did you mean flag?\n" },
                { "port = 0;\nport = 0;\ntext = 1;", "a:1: port: 0 is out of range, 1 to 65535",
                  "a:2: port: given twice, first in line 1\n"
                  "a:3: text: expected a text in quotes, got a number or a word without quotes\n" },
                { "x = ( 1;\n y = 2; );\nprt = 2;\nkeys = ((((((\"a\"))))));\nprt = 3;", "a:1: x: no such setting",
                  "a:3: prt: no such setting, did you mean port?\n"
                  "a:4: keys: more than 4 brackets within each other\n" },
                { "prt = 1;\n@include \"x\"\nport = 0;", "a:1: prt: no such setting, did you mean port?",
                  "a:2: @include is not taken\n" },
                { "port 1;\nflag = 1;", "a:1: syntax error",
                  "a:2: flag: expected true or false, got a number or a word without quotes\n" },
        };

        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                CHECK_INT(parse_every(cases[i].text), -EINVAL);
                CHECK_TEXT(error.text, cases[i].first);
                CHECK_TEXT(error.others ? error.others : "", cases[i].others);
                CHECK(!values.text && !values.with_default && !values.keys && values.port == 0);
        }
        settings_error_done(&error);
}

TEST(settings_tell_so_many_mistakes) {
        char text[4096] = "text = \"\";\n";
        size_t n = strlen(text), count = 1;

        for (int i = 0; i < SETTINGS_MISTAKES_MAX + 1; i++)
                n += (size_t) snprintf(text + n, sizeof text - n, "wrong_%d = 1;\n", i);
        CHECK_INT(parse_every(text), -EINVAL);
        for (const char *at = error.others; at && (at = strchr(at, '\n')); at++)
                count++;
        CHECK_INT(count, SETTINGS_MISTAKES_MAX);
        settings_error_done(&error);
        CHECK(!error.others && !error.every);
}

TEST(settings_say_no_secret_in_errors) {
        static const char *const cases[] = {
                "password = CANARY;",      "password = 1CANARY;",          "password = (\"CANARY\");",
                "passwd = \"CANARY\";",    "passwords = 1CANARY;",         "password = \"CANARY\" CANARY;",
                "password = \"CANARY\" x", "password = { p = \"CANARY\" }", "password = \"CANARY\n;",
                "password = [\"CANARY\", 1];", "x = y = \"CANARY\"", "password = \"CANARY\\x00\";",
                "password = 12 CANARY = \"x\";\nprt = 1;",  "passwd = x y CANARY = 1\nCANARY = 2;\nflag = 1;",
                "prt = 1; password = \"x\"y; z\nCANARY = \"z\";",
                "password = \"CANARY123456789012345678901234567890123456789012345678901234567890\"",
        };

        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                CHECK_INT(parse(cases[i]), -EINVAL);
                CHECK(!strstr(error.text, "CANARY"));
                CHECK(!values.password.data);
                CHECK_INT(parse_every(cases[i]), -EINVAL);
                CHECK(!strstr(error.text, "CANARY") && !(error.others && strstr(error.others, "CANARY")));
                CHECK(!values.password.data);
        }
        settings_error_done(&error);
}

/* Every byte of the heap, of what is in use and of what was given back. */
static int count_in_heap(const char *needle, size_t size) {
        FILE *maps = fopen("/proc/self/maps", "re");
        char line[300];
        int count = 0;

        CHECK(maps);
        while (fgets(line, sizeof line, maps)) {
                char *begin, *end;

                if (!strstr(line, "[heap]") || sscanf(line, "%p-%p", (void **) &begin, (void **) &end) != 2)
                        continue;
                for (char *at = begin; (at = memmem(at, (size_t) (end - at), needle, size)); at++)
                        count++;
        }
        fclose(maps);
        return count;
}

TEST(settings_leave_no_secret_behind) {
        static const char before[] = "text = \"a\"; password = \"", after[] = "\"; private_key = \"x\" \"";
        char needle[24], text[200]; /* on the stack, which is not searched */
        size_t n;

#if defined(__SANITIZE_ADDRESS__)
        test_skip("another heap");
#endif
        for (size_t i = 0; i < sizeof needle; i++)
                needle[i] = (char) ('a' + random_number() % 26);
        for (int ignore = 0; ignore < 2; ignore++) {
                n = (size_t) snprintf(text, sizeof text, "%s%.*s%s%.*s\";", before, (int) sizeof needle, needle, after,
                                      (int) sizeof needle, needle);
                settings_free(table, &values);
                CHECK_INT(settings_parse("a.conf", text, n, &(SettingsTarget) { table, &values }, 1, ignore, &error),
                          0);
                CHECK_INT(count_in_heap(needle, sizeof needle), 2);
                settings_free(table, &values);
                CHECK_INT(count_in_heap(needle, sizeof needle), 0);
                /* What no table knows: the porter's view of a lab. */
                memcpy(text, "ab_t", 4);
                memcpy(strstr(text, "password"), "pissward", 8);
                memcpy(strstr(text, "private"), "privaty", 7);
                settings_parse("a.conf", text, n, &(SettingsTarget) { second_table, &(int64_t) { 0 } }, 1, true,
                               &error);
                CHECK_INT(count_in_heap(needle, sizeof needle), 0);
                /* And of a file with a mistake behind the secrets. */
                text[n - 1] = '=';
                parse_bytes(text, n);
                CHECK_INT(count_in_heap(needle, sizeof needle), 0);
        }
}

TEST(settings_take_at_most_so_much) {
        static char text[SETTINGS_FILE_MAX + 2];
        size_t n;

        memset(text, ' ', sizeof text);
        memcpy(text, "text = \"\";", 10);
        CHECK_INT(parse_bytes(text, SETTINGS_FILE_MAX), 0);
        CHECK_INT(parse_bytes(text, SETTINGS_FILE_MAX + 1), -EINVAL);
        CHECK_TEXT(error.text, "a.conf:1: larger than 65536 bytes");

        memset(text, 'x', sizeof text);
        memcpy(text, "text = \"", 8);
        memcpy(text + 8 + SETTINGS_STRING_MAX, "\";", 2);
        CHECK_INT(parse_bytes(text, 10 + SETTINGS_STRING_MAX), 0);
        memcpy(text + 8 + SETTINGS_STRING_MAX, "x\";", 3);
        CHECK_INT(parse_bytes(text, 11 + SETTINGS_STRING_MAX), -EINVAL);
        CHECK_TEXT(error.text, "a.conf:1: text: longer than 4096 bytes");

        for (int extra = 0; extra < 2; extra++) {
                n = (size_t) sprintf(text, "text = \"\"; ports = [ 1");
                for (int i = 1; i < SETTINGS_LIST_MAX + extra; i++)
                        n += (size_t) sprintf(text + n, ", 2");
                n += (size_t) sprintf(text + n, "];");
                CHECK_INT(parse_bytes(text, n), extra ? -EINVAL : 0);
        }
        CHECK_TEXT(error.text, "a.conf:1: ports: more than 128 values");
}

static int parse_password(size_t size) {
        char text[200];

        snprintf(text, sizeof text, "text=\"\";password=\"%.*s\" \"%.*s\";", 10, "0123456789", (int) size - 10,
                 "0123456789012345678901234567890123456789012345678901234567890123456789");
        return parse(text);
}

static int parse_keys(int count) {
        char text[4000] = "";
        size_t n = 0;

        for (int i = 0; i < count; i++)
                n += (size_t) sprintf(text + n, "key%d = 1;\n", i);
        return settings_parse("a.conf", text, n, &(SettingsTarget) { second_table, &(int64_t) { 0 } }, 1, true, &error);
}

TEST(settings_limits_at_their_edges) {
        CHECK_INT(parse_password(64), 0);
        CHECK_INT(values.password.size, 64);
        CHECK_INT(parse_password(65), -EINVAL);
        CHECK_TEXT(error.text, "a.conf:1: password: longer than 64 bytes");
        CHECK_INT(parse_keys(SETTINGS_KEYS_MAX), 0);
        CHECK_INT(parse_keys(SETTINGS_KEYS_MAX + 1), -EINVAL);
        CHECK_TEXT(error.text, "a.conf:129: key128: more than 128 settings");
        CHECK_INT(parse("text=\"\";large=9223372036854775807L;"), -EINVAL);
        CHECK_INT(parse("text=\"\";large=2147483647;"), 0);
        CHECK_INT(parse("text=\"\";large=2147483648L;"), 0);
        CHECK_INT(parse("text=\"\";large=2147483648;"), -EINVAL);
        CHECK_INT(parse("text=\"\";large=-2147483648;"), 0);
        CHECK_INT(parse("text=\"\";large=-2147483649;"), -EINVAL);
        CHECK_INT(parse("text=\"\";large=8000000000L;"), 0);
        CHECK_INT(parse("text=\"\";large=8000000001L;"), -EINVAL);
}

/* libconfig alone takes 0.4 s for the first of these. */
TEST(settings_take_no_time) {
#if defined(__SANITIZE_ADDRESS__)
        const long limit = 5000;
#else
        const long limit = 100;
#endif
        static const struct {
                const char *before, *again, *after;
        } shapes[] = {
                { "", "number", "" }, { "text=\"", "x", "\";" }, { "text=", "\"\"", ";" }, { "text=", "\"x\"", ";" },
                { "private_key=", "\"x\"", ";" }, { "keys=", "(", "" }, { "ports=[", "1,", "1];" }, { "/*", "*", "" },
                { "keys=(", "\"\",", "1);" }, { "port=", "9", ";" }, { "", "x", "=1" }, { "\"", "\\\\", "\"" },
        };
        static char text[SETTINGS_FILE_MAX + 100];

        for (size_t i = 0; i < ELEMENTS(shapes); i++) {
                size_t n = (size_t) sprintf(text, "%s", shapes[i].before);
                clock_t begin;

                for (unsigned k = 0; n < SETTINGS_FILE_MAX - 20; k++)
                        n += (size_t) (i == 0 ? sprintf(text + n, "a%x=1;", k) :
                                                sprintf(text + n, "%s", shapes[i].again));
                n += (size_t) sprintf(text + n, "%s", shapes[i].after);
                begin = clock();
                for (int ignore = 0; ignore < 2; ignore++) {
                        settings_free(table, &values);
                        settings_parse("a.conf", text, n, &(SettingsTarget) { table, &values }, 1, ignore, &error);
                }
                CHECK((clock() - begin) * 1000 / CLOCKS_PER_SEC < limit);
        }
}

/* What stands behind a key that we do not know may be anything that libconfig takes, and nothing else. */
TEST(settings_let_through_only_what_libconfig_takes) {
        static const char *const taken[] = { "1", "-1", "+1", "1L", "1LL", "0x1f", "0XAbL", "0x1LL", "1.5", "-.5", "1.",
                                             ".", "1e5", "1.e-5", "1.5E+5", "true", "\"a\"", "(1, \"a\", {a=1})", "[]" };
        static const char *const refused[] = { "1LLL", "0x", "0xg", "0x1t = 2", "1a", "1e", "1.5e", "1e+", "--1", "1-1",
                                               "1_0", "+", "e5", "10.0.0.5", "1L.5", "0x1.5", "99a = 2" };
        SettingsTarget target = { second_table, &(int64_t) { 0 } };
        char text[100];

        for (size_t i = 0; i < ELEMENTS(taken) + ELEMENTS(refused); i++) {
                bool good = i < ELEMENTS(taken);

                snprintf(text, sizeof text, "x = %s;", good ? taken[i] : refused[i - ELEMENTS(taken)]);
                CHECK_INT(settings_parse("a.conf", text, strlen(text), &target, 1, true, &error), good ? 0 : -EINVAL);
                CHECK(good || !strstr(error.text, "two ways"));
        }
}

TEST(settings_of_two_tables_and_none) {
        int64_t other = 0;
        SettingsTarget targets[] = { { table, &values }, { second_table, &other } };
        const char *text = "text = \"a\"; other = 7; secret = \"CANARY\"; deep = ( { a = 99999999999; } );";

        settings_free(table, &values);
        CHECK_INT(settings_parse("a.conf", text, strlen(text), targets, 2, true, &error), 0);
        CHECK_INT(other, 7);
        CHECK_TEXT(values.text, "a");
        settings_free(table, &values);
        CHECK_INT(settings_parse("a.conf", text, strlen(text), targets, 2, false, &error), -EINVAL);
        CHECK_TEXT(error.text, "a.conf:1: secret: no such setting");
        CHECK_INT(other, 0);
}

static char *format(const LabgateSetting *row, const char *text) {
        char *line = NULL;
        size_t size;
        FILE *out = open_memstream(&line, &size);
        int r;

        CHECK(out);
        r = settings_format(row, text, out, &error);
        fclose(out);
        if (r < 0) {
                CHECK_INT(r, -EINVAL);
                free(line);
                return NULL;
        }
        return line;
}

/* Any text, many of them near what has to be escaped. */
static void random_text(char *text, size_t size) {
        static const char *const pieces[] = { "\\", "\"", "\n", "\\n", "\\x4", "#", "//", "/*", "@include \"x\"", "\r",
                                              "\x7f", "\x01", "x41", "ü", "€", "😀", "0", "\\\"", "\t", " ", ";" };
        size_t n = 0;

        for (unsigned count = random_number() % 20; count > 0; count--)
                n += (size_t) snprintf(text + n, size - n, "%s", pieces[random_number() % ELEMENTS(pieces)]);
        text[n] = 0;
}

TEST(settings_read_what_they_write) {
        const LabgateSetting *text_row = settings_find(table, "text"), *secret_row = settings_find(table, "password");
        const LabgateSetting *keys_row = settings_find(table, "keys");

        for (int i = 0; i < 20000; i++) {
                _cleanup_free_ char *line = NULL, *secret = NULL, *keys = NULL, *both = NULL;
                char text[400];
                size_t n = 0;

                random_text(text, sizeof text);
                text[64] = 0;
                line = format(text_row, text);
                secret = format(secret_row, text);
                keys = format(keys_row, text);
                if (!line) /* cut within a character */
                        continue;
                CHECK(secret && keys);
                CHECK(asprintf(&both, "%s%s%s", line, keys, secret) > 0);
                CHECK_INT(parse(both), 0);
                CHECK_TEXT(values.text, text);
                /* Our unescaping of secrets is libconfig's. */
                CHECK_TEXT(values.password.data, text);
                CHECK_INT(values.password.size, strlen(text));
                for (char **key = values.keys; *key; key++) {
                        CHECK(strncmp(text + n, *key, strlen(*key)) == 0);
                        n += strlen(*key) + 1;
                }
                CHECK_INT(n, strlen(text) + 1);
        }
}

/* The same bytes between quotes mean the same as text and as secret. */
TEST(settings_unescape_as_libconfig_does) {
        static const char *const pieces[] = { "\\", "\\\\", "\\\"", "\\x", "\\x4", "\\x41", "\\Xc3\\xa4", "\n", "\\n",
                                              "\\r", "\\t", "\\f", "\\q", "4", "g", "ä", "\\a", "\" \"", "\"/*\"*/\"" };
        int taken = 0;

        for (int i = 0; i < 20000; i++) {
                char inside[200] = "", text[500];

                for (unsigned count = random_number() % 9; count > 0; count--)
                        strcat(inside, pieces[random_number() % ELEMENTS(pieces)]);
                snprintf(text, sizeof text, "password = \"%s\";\ntext = \"%s\";\n", inside, inside);
                if (parse(text) < 0)
                        continue;
                taken++;
                CHECK_TEXT(values.password.data, values.text);
        }
        CHECK(taken > 5000);
}

TEST(settings_write_only_what_they_would_read) {
        static const struct {
                const char *key, *text, *line, *error;
        } cases[] = {
                { "port", "22", "port = 22;\n", NULL },
                { "port", "0", NULL, "port: 0 is out of range, 1 to 65535" },
                { "port", "99999999999", NULL, "port: 99999999999 is out of range, 1 to 65535" },
                { "port", "ssh", NULL, "port: expected a whole number" },
                { "port", "", NULL, "port: expected a whole number" },
                { "large", "-7000000000", "large = -7000000000L;\n", NULL },
                { "flag", "true", "flag = true;\n", NULL },
                { "flag", "yes", NULL, "flag: expected true or false" },
                { "choice", "green", "choice = \"green\";\n", NULL },
                { "choice", "pink", NULL, "choice: \"pink\" is none of red, green, blue" },
                { "when", "2026-12-01T12:00:00Z", "when = \"2026-12-01T12:00:00Z\";\n", NULL },
                { "when", "soon", NULL, "when: \"soon\" is no time such as 2026-12-01T12:00:00Z" },
                { "ports", "1,22", "ports = [ 1, 22 ];\n", NULL },
                { "ports", "1,", NULL, "ports: expected a whole number" },
                { "ports", "1,65536", NULL, "ports: 65536 is out of range, 1 to 65535" },
                { "keys", "a b\n\"c\"", "keys = [ \"a b\", \"\\\"c\\\"\" ];\n", NULL },
                { "font_size", "123456", NULL, "font_size: longer than 5 bytes" },
                { "text", "\xff", NULL, "text: not UTF-8" },
                { "private_key", "-----BEGIN\nx\n", "private_key = \"-----BEGIN\\nx\\n\";\n", NULL },
        };

        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                _cleanup_free_ char *line = format(settings_find(table, cases[i].key), cases[i].text);

                if (cases[i].line)
                        CHECK_TEXT(line, cases[i].line);
                else {
                        CHECK(!line);
                        CHECK_TEXT(error.text, cases[i].error);
                }
        }
}

static char *listing(void (*print)(const LabgateSetting *, FILE *)) {
        char *text = NULL;
        size_t size;
        FILE *out = open_memstream(&text, &size);

        CHECK(out);
        print(table, out);
        fclose(out);
        return text;
}

TEST(settings_list_themselves) {
        _cleanup_free_ char *text = listing(settings_print), *json = listing(settings_print_json);

        CHECK(strstr(text, "port          int     22          1 to 65535  "));
        CHECK(strstr(text, "  a port (the page may change it)\n"));
        CHECK(strstr(text, "text          text    (required)"));
        CHECK(strstr(json, "{\"name\":\"port\",\"type\":\"int\",\"required\":false,\"live\":true,\"min\":1,"
                           "\"max\":65535,\"default\":22,\"help\":\"a port\"}"));
        CHECK(strstr(json, "\"default\":\"green\",\"choices\":[\"red\",\"green\",\"blue\"]"));
        CHECK(strstr(json, "\"default\":\"\\\"default\\\"\""));
}
