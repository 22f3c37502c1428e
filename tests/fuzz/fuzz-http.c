/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A request head as it comes from outside. What is said of a prefix must be said of the whole; what passes is answered;
 * slices stay within; wishes stay within their ranges. */

#include <errno.h>
#include <stdlib.h>

#include "../../plugins/plugin.h"
#include "../../src/browser/wishes.h"
#include "../../src/wire/http.h"

#define REQUIRE(x)                      \
        do {                            \
                if (!(x))               \
                        abort();        \
        } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int parse_copy(const uint8_t *data, size_t size, HttpRequest *ret) {
        uint8_t *copy = calloc(1, size > 0 ? size : 1);
        int r;

        if (size > 0)
                memcpy(copy, data, size);
        r = http_parse(copy, size, ret);
        free(copy);
        REQUIRE(r == 0 || r == -EAGAIN || (r >= 400 && r < 600));
        REQUIRE(r != -EAGAIN || size < HTTP_HEAD_MAX);
        return r;
}

static void check_query(Slice query) {
        Wishes w;

        wishes_parse(&w, query, NULL);
        REQUIRE(strlen(w.token) <= WISHES_TOKEN_MAX && strlen(w.timezone) <= WISHES_TIMEZONE_MAX);
        REQUIRE(!strstr(w.timezone, ".") && w.timezone[0] != '/');
        REQUIRE(w.width >= 0 && w.width <= LABGATE_SIDE_MAX && w.height >= 0 && w.height <= LABGATE_SIDE_MAX);
        REQUIRE((uint64_t) w.width * (uint64_t) w.height <= LABGATE_PIXELS_MAX);
        REQUIRE(w.dpi == 0 || (w.dpi >= WISHES_DPI_MIN && w.dpi <= WISHES_DPI_MAX));
}

static void answer(const HttpRequest *request) {
        char address[HTTP_ADDRESS_SIZE];
        Buffer out = {};
        int r = http_check_upgrade(request);

        REQUIRE((r == 0 ? http_respond_upgrade(request, &out) : http_respond(r, &out)) == 0);
        buffer_done(&out);
        http_remote_address(request, address);
        REQUIRE(strlen(address) > 0 && strspn(address, "0123456789abcdefABCDEF:.-") == strlen(address));
        check_query(request->query);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        HttpRequest request, part;
        int r = parse_copy(data, size, &part), k;

        k = parse_copy(data, size / 2, &part);
        REQUIRE(k == -EAGAIN || k == r);
        check_query((Slice) { (const char *) data, size });
        if (r != 0)
                return 0;
        REQUIRE(http_parse(data, size, &request) == 0 && request.size <= size);
        REQUIRE(parse_copy(data, request.size, &part) == 0);
        REQUIRE(parse_copy(data, request.size - 1, &part) == -EAGAIN);
        answer(&request);
        return 0;
}
