/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "json.h"

void json_string(const char *text, FILE *out) {
        fputc('"', out);
        for (; *text; text++)
                if (*text == '"' || *text == '\\')
                        fprintf(out, "\\%c", *text);
                else if ((unsigned char) *text < 0x20)
                        fprintf(out, "\\u%04x", (unsigned) *text);
                else
                        fputc(*text, out);
        fputc('"', out);
}
