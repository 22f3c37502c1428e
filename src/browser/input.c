/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <errno.h>

#include "../../plugins/plugin.h"
#include "../base/parse.h"
#include "input.h"

#define KEYSYM_UNICODE 0x01000000 /* X11: a code point beyond Latin-1 */
#define KEYSYM_MAX 0x0110ffff
#define MOUSE_BUTTONS 0x1f

void input_init(Input *i, WebSocket *ws, Streams *streams, const InputEvents *events, void *userdata) {
        *i = (Input) { .ws = ws, .streams = streams, .events = events, .userdata = userdata, .state = INPUT_OPENING };
}

void input_set_state(Input *i, InputState state) {
        i->state = state;
}

void input_set_desktop(Input *i, int32_t width, int32_t height) {
        i->width = width;
        i->height = height;
}

/* Pages have bugs: an argument that is no number makes its instruction one to ignore, no more. */
static bool number(const Instruction *in, size_t n, int64_t min, int64_t max, int64_t *ret) {
        return parse_lenient(in->argv[n].data, in->argv[n].size, min, max, ret) >= 0;
}

static bool stream_index(const Instruction *in, size_t n, uint32_t *ret) {
        int64_t index;

        if (!number(in, n, -1, STREAMS_INDEX_MAX + 1, &index) || index < 0 || index > STREAMS_INDEX_MAX)
                return false;
        *ret = (uint32_t) index;
        return true;
}

/* ---- keys and mouse ---- */

static bool is_keysym(int64_t keysym) {
        int64_t c = keysym - KEYSYM_UNICODE;

        if (keysym < 1 || keysym > KEYSYM_MAX)
                return false;
        return c < 0xd800 || c > 0xdfff;
}

/* 1 pressed, 0 released, -1 neither. Some pages send booleans. */
static int pressed_or_not(Slice s) {
        int64_t n;

        if (slice_equal(s, "true"))
                return 1;
        if (slice_equal(s, "false"))
                return 0;
        if (parse_lenient(s.data, s.size, 0, 1, &n) < 0)
                return -1;
        return (int) n;
}

static void forget_key(Input *i, unsigned n) {
        i->n_keys--;
        memmove(i->keys + n, i->keys + n + 1, (i->n_keys - n) * sizeof i->keys[0]);
}

static unsigned find_key(const Input *i, uint32_t keysym) {
        unsigned n = 0;

        while (n < i->n_keys && i->keys[n] != keysym)
                n++;
        return n;
}

/* Nobody holds that many keys: what was pressed longest ago was left behind by a page that lost the focus. */
static void release_oldest(Input *i) {
        uint32_t keysym = i->keys[0];

        forget_key(i, 0);
        i->events->key(i->userdata, keysym, false);
}

static int handle_key(Input *i, const Instruction *in) {
        int pressed = pressed_or_not(in->argv[1]);
        int64_t keysym;
        unsigned n;

        if (pressed < 0 || !number(in, 0, 0, INT32_MAX, &keysym) || !is_keysym(keysym))
                return 0;
        n = find_key(i, (uint32_t) keysym);
        if (!pressed && n < i->n_keys)
                forget_key(i, n);
        if (pressed && n == i->n_keys) {
                if (i->n_keys == INPUT_KEYS_MAX)
                        release_oldest(i);
                i->keys[i->n_keys++] = (uint32_t) keysym;
        }
        i->events->key(i->userdata, (uint32_t) keysym, pressed);
        return 0;
}

static int handle_mouse(Input *i, const Instruction *in) {
        int64_t x, y, mask;

        if (i->width < 1 || i->height < 1 || !number(in, 0, 0, i->width - 1, &x) ||
            !number(in, 1, 0, i->height - 1, &y) || !number(in, 2, 0, INT32_MAX, &mask))
                return 0;
        i->mouse_x = (int32_t) x;
        i->mouse_y = (int32_t) y;
        i->mouse_mask = (unsigned) mask & MOUSE_BUTTONS;
        i->events->mouse(i->userdata, i->mouse_x, i->mouse_y, i->mouse_mask);
        return 0;
}

void input_release_all(Input *i) {
        while (i->n_keys > 0)
                release_oldest(i);
        if (i->mouse_mask != 0)
                i->events->mouse(i->userdata, i->mouse_x, i->mouse_y, 0);
        i->mouse_mask = 0;
}

/* ---- the rest ---- */

static int handle_sync(Input *i, const Instruction *in) {
        int64_t timestamp;

        if (!number(in, 0, 0, INT64_MAX, &timestamp))
                return 0;
        return i->events->sync(i->userdata, (uint64_t) timestamp);
}

static int handle_size(Input *i, const Instruction *in) {
        int64_t width, height;

        if (!number(in, 0, 1, LABGATE_SIDE_MAX, &width) || !number(in, 1, 1, LABGATE_SIDE_MAX, &height))
                return 0;
        height = MIN(height, (int64_t) LABGATE_PIXELS_MAX / width);
        i->events->size(i->userdata, (int32_t) width, (int32_t) height);
        return 0;
}

/* The tunnel's own instructions have no opcode; the only one known is echoed byte for byte. */
static int handle_tunnel(Input *i, const Instruction *in) {
        if (!slice_equal(in->argv[0], "ping"))
                return 0;
        return websocket_send_text(i->ws, in->raw.data, in->raw.size);
}

static int handle_nop(Input *i, const Instruction *in) {
        return 0;
}

static int handle_disconnect(Input *i, const Instruction *in) {
        i->state = INPUT_ENDING;
        i->events->disconnect(i->userdata);
        return 0;
}

static int handle_clipboard(Input *i, const Instruction *in) {
        uint32_t index;

        if (!stream_index(in, 0, &index))
                return 0;
        if (i->read_only)
                return streams_refuse(i->streams, index, "This session is read-only", LABGATE_STATUS_BROWSER_FORBIDDEN);
        return streams_open_clipboard(i->streams, index, in->argv[1]);
}

static int handle_argv(Input *i, const Instruction *in) {
        uint32_t index;

        if (!stream_index(in, 0, &index))
                return 0;
        return streams_open_argv(i->streams, index, in->argv[1], in->argv[2]);
}

static int handle_blob(Input *i, const Instruction *in) {
        uint32_t index;

        return stream_index(in, 0, &index) ? streams_blob(i->streams, index, in->argv[1]) : 0;
}

static int handle_end(Input *i, const Instruction *in) {
        uint32_t index;

        return stream_index(in, 0, &index) ? streams_end(i->streams, index) : 0;
}

static int handle_ack(Input *i, const Instruction *in) {
        uint32_t index;
        int64_t status;

        if (stream_index(in, 0, &index) && number(in, 2, 0, INT32_MAX, &status))
                streams_acknowledged(i->streams, index, status);
        return 0;
}

static int refuse(Input *i, const Instruction *in, size_t n) {
        uint32_t index;

        if (!stream_index(in, n, &index))
                return 0;
        if (i->read_only)
                return streams_refuse(i->streams, index, "This session is read-only", LABGATE_STATUS_BROWSER_FORBIDDEN);
        return streams_refuse(i->streams, index, "Not supported here", LABGATE_STATUS_UNSUPPORTED);
}

static int handle_unsupported(Input *i, const Instruction *in) {
        return refuse(i, in, 0);
}

static int handle_put(Input *i, const Instruction *in) {
        return refuse(i, in, 1);
}

/* ---- the table ---- */

typedef struct InputRow {
        const char *opcode;
        size_t argc;        /* at least */
        unsigned states;    /* in others it is ignored */
        bool is_input;      /* a read-only session ignores it; openers of streams answer themselves */
        int (*handle)(Input *i, const Instruction *in);
} InputRow;

#define ALIVE (INPUT_OPENING | INPUT_ACTIVE)

static const InputRow rows[] = {
        { "",           1, ALIVE,        false, handle_tunnel },
        { "ack",        3, INPUT_ACTIVE, false, handle_ack },
        { "argv",       3, INPUT_ACTIVE, false, handle_argv },
        { "audio",      2, ALIVE,        false, handle_unsupported },
        { "blob",       2, INPUT_ACTIVE, false, handle_blob },
        { "clipboard",  2, INPUT_ACTIVE, false, handle_clipboard },
        { "disconnect", 0, ALIVE,        false, handle_disconnect },
        { "end",        1, INPUT_ACTIVE, false, handle_end },
        { "file",       1, ALIVE,        false, handle_unsupported },
        { "key",        2, INPUT_ACTIVE, true,  handle_key },
        { "mouse",      3, INPUT_ACTIVE, true,  handle_mouse },
        { "nop",        0, ALIVE,        false, handle_nop },
        { "pipe",       1, ALIVE,        false, handle_unsupported },
        { "put",        2, ALIVE,        false, handle_put },
        { "size",       2, ALIVE,        true,  handle_size },
        { "sync",       1, ALIVE,        false, handle_sync },
};

static int input_instruction(Input *i, const Instruction *in) {
        for (size_t n = 0; n < ELEMENTS(rows); n++) {
                const InputRow *row = &rows[n];

                if (!slice_equal(in->opcode, row->opcode))
                        continue;
                if (in->argc < row->argc || !(row->states & i->state) || (row->is_input && i->read_only))
                        return 0;
                return row->handle(i, in);
        }
        return 0;
}

int input_message(Input *i, const char *text, size_t size) {
        Slice rest = { text, size };
        Instruction in;
        int r;

        for (;;) {
                if (i->state == INPUT_ENDING)
                        return 0;
                r = instruction_read(&rest, &in);
                if (r == -ENODATA)
                        return 0;
                if (r >= 0)
                        r = input_instruction(i, &in);
                if (r == -EBADMSG)
                        return LABGATE_STATUS_BROWSER_BAD_REQUEST;
                if (r < 0)
                        return r;
        }
}
