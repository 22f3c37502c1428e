/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <errno.h>
#include <string.h>

#include "../../plugins/rdp/layouts.h"
#include "../../plugins/rdp/rdp-settings.h"
#include "check.h"

#define FINGERPRINT "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

static char *good[] = { (char[]) { FINGERPRINT }, NULL };
static char *bad[] = { (char[]) { "0011" }, NULL };

static void refused(const RdpSettings *s, const char *name) {
        char reason[256] = "";

        CHECK_INT(rdp_settings_check(s, reason, sizeof reason), -EINVAL);
        if (strncmp(reason, name, strlen(name)) != 0)
                CHECK_TEXT(reason, name);
}

static void taken(const RdpSettings *s) {
        char reason[256] = "";

        CHECK_INT(rdp_settings_check(s, reason, sizeof reason), 0);
        CHECK_TEXT(reason, "");
}

TEST(an_identity_or_a_word_that_none_is_wanted) {
        taken(&(RdpSettings) { .color_depth = 32, .cert_fingerprints = good });
        taken(&(RdpSettings) { .color_depth = 32, .cert_policy = RDP_POLICY_INSECURE });
        taken(&(RdpSettings) { .color_depth = 32, .ignore_cert = true });
        refused(&(RdpSettings) { .color_depth = 32 }, "cert_fingerprints: is missing");
        refused(&(RdpSettings) { .color_depth = 32, .cert_fingerprints = bad }, "cert_fingerprints: not");
        refused(&(RdpSettings) { .color_depth = 32, .cert_fingerprints = good, .ignore_cert = true }, "cert_policy:");
        refused(&(RdpSettings) { .color_depth = 32, .ca = (char[]) { "no certificate" } }, "ca:");
}

TEST(rdp_security_proves_nothing) {
        refused(&(RdpSettings) { .color_depth = 32, .cert_fingerprints = good, .security = RDP_SECURITY_RDP },
                "security:");
        taken(&(RdpSettings) { .color_depth = 32, .ignore_cert = true, .security = RDP_SECURITY_RDP });
}

TEST(nla_needs_a_login) {
        RdpSettings s = { .color_depth = 32, .cert_fingerprints = good, .security = RDP_SECURITY_NLA };

        refused(&s, "security: nla");
        s.username = (char[]) { "u" };
        refused(&s, "security: nla");
        s.password = (LabgateSecret) { (char[]) { "p" }, 1 };
        taken(&s);
}

TEST(depths_are_few) {
        for (int64_t depth = 0; depth < 40; depth++) {
                const RdpSettings s = { .color_depth = depth, .cert_fingerprints = good };

                if (depth == 8 || depth == 15 || depth == 16 || depth == 24 || depth == 32)
                        taken(&s);
                else
                        refused(&s, "color_depth:");
        }
}

TEST(texts_have_no_control_characters) {
        refused(&(RdpSettings) { .color_depth = 32, .ignore_cert = true, .username = (char[]) { "a\nb" } },
                "username:");
        refused(&(RdpSettings) { .color_depth = 32, .ignore_cert = true, .load_balance_info = (char[]) { "a\r\nb" } },
                "load_balance_info:");
        refused(&(RdpSettings) { .color_depth = 32, .ignore_cert = true, .remote_app_dir = (char[]) { "x" } },
                "remote_app:");
}

TEST(layouts_have_the_names_of_the_table) {
        for (const LabgateSetting *row = rdp_settings_table; row->name; row++)
                for (int i = 0; strcmp(row->name, "server_layout") == 0 && row->choices[i]; i++)
                        CHECK_TEXT(row->choices[i], layouts[i].name);
}
