/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Runs a fuzz target over files and folders of inputs, so that the corpus is an ordinary test. Prints TAP. */

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "../../src/base/buffer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned done;

static void run_file(const char *path) {
        Buffer b = {};
        FILE *f = fopen(path, "re");
        char bytes[4096];
        size_t n;

        if (!f) {
                perror(path);
                exit(EXIT_FAILURE);
        }

        while ((n = fread(bytes, 1, sizeof bytes, f)) > 0)
                if (buffer_append(&b, bytes, n) < 0)
                        exit(EXIT_FAILURE);
        fclose(f);
        LLVMFuzzerTestOneInput(buffer_size(&b) > 0 ? buffer_bytes(&b) : (const uint8_t *) "", buffer_size(&b));
        buffer_done(&b);
        printf("ok %u - %s\n", ++done, strrchr(path, '/') ? strrchr(path, '/') + 1 : path);
}

static void run_folder(const char *path) {
        struct dirent **names;
        int n = scandir(path, &names, NULL, alphasort);
        char file[4096];

        for (int i = 0; i < n; i++) {
                snprintf(file, sizeof file, "%s/%s", path, names[i]->d_name);
                if (names[i]->d_name[0] != '.')
                        run_file(file);
                free(names[i]);
        }
        if (n >= 0)
                free(names);
}

int main(int argc, char **argv) {
        for (int i = 1; i < argc; i++) {
                struct stat st;

                if (stat(argv[i], &st) == 0 && S_ISDIR(st.st_mode))
                        run_folder(argv[i]);
                else
                        run_file(argv[i]);
        }
        printf("1..%u\n", done);
        return EXIT_SUCCESS;
}
