/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The contract between a session and the one protocol plugin it loads. Types only: a plugin links nothing of the
 * session and never sees WebSocket or Guacamole. A plugin is one shared module that exports one symbol,
 *
 *         const LabgatePlugin labgate_plugin = { .abi = LABGATE_PLUGIN_ABI, ... };
 *
 * Everything runs on the session's sd-event loop, in its only thread. A library that blocks lives in one worker thread
 * inside its plugin. No function here may block or sleep.
 *
 * Coordinates are pixels from the top left corner. Colours are 0x00RRGGBB in host byte order. Text is UTF-8, without a
 * terminating NUL where a length is given. Times are microseconds of CLOCK_MONOTONIC unless said otherwise. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bumped with every change of a type in this file; a session refuses a plugin of another number. */
#define LABGATE_PLUGIN_ABI 2u

/* Largest desktop a session shows: 8192 on a side and 33 megapixels, the limits of browsers' canvases. */
#define LABGATE_SIDE_MAX 8192
#define LABGATE_PIXELS_MAX (33u * 1024u * 1024u)

typedef struct LabgateHost LabgateHost;
typedef struct LabgatePlugin LabgatePlugin;
typedef struct sd_event sd_event;

/* Guacamole status codes (guacamole-common-js, Guacamole.Status.Code) that a session ends with. */
typedef enum LabgateStatus {
        LABGATE_STATUS_SUCCESS              = 0x0000,
        LABGATE_STATUS_UNSUPPORTED          = 0x0100,
        LABGATE_STATUS_SERVER_ERROR         = 0x0200,
        LABGATE_STATUS_SERVER_BUSY          = 0x0201,
        LABGATE_STATUS_UPSTREAM_TIMEOUT     = 0x0202,
        LABGATE_STATUS_UPSTREAM_ERROR       = 0x0203,
        LABGATE_STATUS_RESOURCE_NOT_FOUND   = 0x0204,
        LABGATE_STATUS_RESOURCE_CLOSED      = 0x0206,
        LABGATE_STATUS_UPSTREAM_NOT_FOUND   = 0x0207,
        LABGATE_STATUS_UPSTREAM_UNAVAILABLE = 0x0208,
        LABGATE_STATUS_SESSION_TIMEOUT      = 0x020A,
        LABGATE_STATUS_SESSION_CLOSED       = 0x020B,
        LABGATE_STATUS_BROWSER_BAD_REQUEST  = 0x0300,
        LABGATE_STATUS_BROWSER_UNAUTHORIZED = 0x0301,
        LABGATE_STATUS_BROWSER_FORBIDDEN    = 0x0303,
        LABGATE_STATUS_BROWSER_TIMEOUT      = 0x0308,
        LABGATE_STATUS_BROWSER_OVERRUN      = 0x030D,
        LABGATE_STATUS_BROWSER_BAD_TYPE     = 0x030F,
} LabgateStatus;

/* ---- settings ---- */

/* A secret setting's value. data is NUL-terminated at data[size]; NULL if the lab file leaves it out. The session
 * wipes it when the session ends; a plugin that is done earlier wipes it earlier (explicit_bzero). */
typedef struct LabgateSecret {
        char *data;
        size_t size;
} LabgateSecret;

typedef enum LabgateSettingType {
        LABGATE_SETTING_BOOL,    /* bool */
        LABGATE_SETTING_INT,     /* int64_t, within min and max */
        LABGATE_SETTING_STRING,  /* char *, NULL if absent and without default; at most max bytes (0: 4096) */
        LABGATE_SETTING_SECRET,  /* LabgateSecret; at most max bytes (0: 32768) */
        LABGATE_SETTING_CHOICE,  /* int: index into choices */
        LABGATE_SETTING_STRINGS, /* char **, NULL-terminated, NULL if absent; the file has one string or a list */
        LABGATE_SETTING_INTS,    /* int64_t *, terminated by -1, NULL if absent; one integer or a list, each in range */
        LABGATE_SETTING_TIME,    /* int64_t, seconds since the epoch, 0 if absent; the file has RFC 3339 text */
} LabgateSettingType;

typedef enum LabgateSettingFlags {
        LABGATE_SETTING_REQUIRED = 1 << 0, /* a lab file without it is refused */
        LABGATE_SETTING_LIVE     = 1 << 1, /* the page may change it by argv while the session runs */
} LabgateSettingFlags;

/* One row per setting serves loading, checking, wiping, `labgate settings` and the manual page. */
typedef struct LabgateSetting {
        const char *name;           /* as in the lab file */
        LabgateSettingType type;
        unsigned flags;             /* LabgateSettingFlags */
        size_t offset;              /* of the value in the settings struct, offsetof() */
        int64_t fallback;           /* BOOL, INT: default; CHOICE: default index */
        const char *fallback_text;  /* STRING: default or NULL */
        int64_t min, max;           /* INT, INTS: range; STRING, SECRET: max is the longest value in bytes */
        const char *const *choices; /* CHOICE: NULL-terminated */
        const char *help;           /* one line, plain English, without a full stop */
} LabgateSetting;

/* ---- pictures ---- */

typedef struct LabgateRect {
        int32_t x, y, width, height; /* width and height never negative; empty if either is 0 */
} LabgateRect;

typedef enum LabgatePixelFormat {
        LABGATE_PIXELS_XRGB32,   /* uint32_t 0x??RRGGBB in host order; the top byte is ignored */
        LABGATE_PIXELS_INDEXED8, /* uint8_t index into palette */
} LabgatePixelFormat;

/* What paint() answers: the pixels of just the rectangle asked for, owned by the plugin, valid until the next call of
 * paint() or frame_end(). */
typedef struct LabgateTile {
        LabgatePixelFormat format;
        const void *pixels; /* of the top left corner */
        size_t stride;      /* bytes from one row to the next */
        const uint32_t *palette; /* INDEXED8 only */
        unsigned n_palette;      /* INDEXED8 only, 1..256 */
} LabgateTile;

/* A mouse pointer. pixels are width*height 0xAARRGGBB, not premultiplied; NULL with 0x0 hides the pointer. */
typedef struct LabgateCursor {
        int32_t width, height; /* 0..256 */
        int32_t hot_x, hot_y;
        const uint32_t *pixels;
} LabgateCursor;

/* ---- what the session gives ---- */

typedef enum LabgateFontRole {
        LABGATE_FONT_REGULAR,
        LABGATE_FONT_BOLD,
        LABGATE_FONT_ITALIC,
        LABGATE_FONT_BOLD_ITALIC,
        LABGATE_FONT_FALLBACK, /* any number, in order of preference */
} LabgateFontRole;

typedef struct LabgateFont {
        LabgateFontRole role;
        int fd;    /* read-only, owned by the session, open until close() has returned */
        int index; /* of the face within the file */
} LabgateFont;

#define LABGATE_FONTS_MAX 12

/* Mouse buttons, as in Guacamole's mouse instruction. A wheel click is a press and a release. */
enum {
        LABGATE_MOUSE_LEFT       = 1,
        LABGATE_MOUSE_MIDDLE     = 2,
        LABGATE_MOUSE_RIGHT      = 4,
        LABGATE_MOUSE_WHEEL_UP   = 8,
        LABGATE_MOUSE_WHEEL_DOWN = 16,
};

/* The session as a plugin sees it. Lives until the plugin's close() has returned. */
struct LabgateHost {
        sd_event *event;
        const char *lab_name;     /* never secret */
        const char *hostname;     /* the lab file's, for texts and certificate names */
        const char *timezone;     /* IANA name from the page, checked; NULL if it gave none */
        int32_t width, height;    /* what the page wants, in pixels; kept up to date */
        int32_t dpi;
        bool read_only;           /* input that reaches the plugin is already filtered; for titles and the like */
        bool disable_copy;        /* clipboard() does nothing; for a plugin that can spare the work */
        bool disable_paste;
        bool plays_sound;         /* the page takes play() */
        size_t clipboard_size;    /* bytes; longer texts are cut at a character */
        const LabgateFont *fonts; /* only for plugins with wants_fonts */
        size_t n_fonts;

        /* The desktop has this size from now on, and all of it is damaged. -ERANGE beyond LABGATE_SIDE_MAX or
         * LABGATE_PIXELS_MAX or below 1x1. Not from within frame_begin() .. frame_end(). */
        int (*set_size)(LabgateHost *host, int32_t width, int32_t height);

        /* These pixels changed. Clipped. Asks for a frame. Allowed in frame_begin(), not in paint() or frame_end(). */
        void (*damage)(LabgateHost *host, LabgateRect area);

        /* The pixels of source now stand dx, dy further (what they leave behind is damaged by its own damage()). In
         * order with damage(). Clipped. */
        void (*move)(LabgateHost *host, LabgateRect source, int32_t dx, int32_t dy);

        /* Something changed: call frame_begin() when a frame may go out. Cheap, may be called often. */
        void (*want_frame)(LabgateHost *host);

        void (*set_cursor)(LabgateHost *host, const LabgateCursor *cursor);
        void (*set_clipboard)(LabgateHost *host, const char *text, size_t size); /* towards the page; invalid UTF-8 is mended */
        void (*set_title)(LabgateHost *host, const char *text, size_t size);     /* control characters are dropped */
        void (*set_argv)(LabgateHost *host, const char *name, const char *value); /* a live setting's present value */

        /* Sound: n interleaved frames of signed 16 bit samples in host order. Dropped while the page is behind, and
         * where plays_sound is false; silence() ends the stream, as after a change of rate or channels. rate is
         * 8000..48000, channels 1 or 2. */
        void (*play)(LabgateHost *host, unsigned rate, unsigned channels, const int16_t *samples, size_t n);
        void (*silence)(LabgateHost *host);

        /* What the session is doing, one short line for systemctl status; no secret. */
        void (*set_activity)(LabgateHost *host, const char *text);

        /* The login is done and the lab machine is in use: the journal's "connected" record. Once. */
        void (*connected)(LabgateHost *host);

        /* Ask for another connection to the same lab; it comes by start() again. -EALREADY while one is under way. */
        int (*reconnect)(LabgateHost *host);

        /* End the session: the person reads text (one plain English sentence, no secret), the page gets status.
         * The first call counts. Returns at once; close() follows from the loop. */
        void (*end)(LabgateHost *host, LabgateStatus status, const char *text);
};

/* ---- what a plugin gives ---- */

struct LabgatePlugin {
        uint32_t abi;              /* LABGATE_PLUGIN_ABI, first member for ever */
        const char *build;         /* LABGATE_BUILD, must equal the session's */
        const char *name;          /* "ssh" */
        uint16_t default_port;
        bool wants_fonts;
        bool starts_threads;       /* after start(); the seal lets threads begin, and nothing but threads */

        /* A desktop: paint() answers straight out of a framebuffer in XRGB32, and damage() names more than what really
         * changed. The session keeps a copy of what the page has, compares, finds out what moved, and may send pictures
         * with loss first and mend them later. frame_begin() .. frame_end() then spans no encoding, only the copying. */
        bool is_desktop;
        const LabgateSetting *settings; /* ended by a row without name; common settings are not among them */
        size_t settings_size;      /* of the struct they point into */

        /* Checks what the table cannot (pairs of settings, keys that do not parse). settings is this plugin's struct.
         * 0, or -EINVAL with a reason naming the setting in reason (NUL-terminated). Optional. */
        int (*check)(const void *settings, char *reason, size_t size);

        /* The lab is known, the upstream connection is not there yet: allocate, warm up. settings stays valid until
         * close(). 0 or negative errno. */
        int (*open)(LabgateHost *host, const void *settings, void **ret_state);

        /* The upstream connection is there: a connected, nonblocking stream socket that the plugin owns from now on.
         * Called again after reconnect(). 0, negative errno for our own trouble. */
        int (*start)(void *state, int upstream_fd);

        /* One line for the person while there is no upstream yet ("still starting, trying again"). Optional. */
        void (*notice)(void *state, const char *text);

        /* A frame is made: frame_begin() brings damage() and move() up to date and holds the picture still; paint()
         * gives pixels of rectangles within the desktop, any number of times; frame_end() lets go. paint() answers 0
         * or negative errno, which ends the session. frame_begin and frame_end are optional. */
        void (*frame_begin)(void *state);
        int (*paint)(void *state, LabgateRect area, LabgateTile *ret);
        void (*frame_end)(void *state);

        /* Input. keysym is an X11 keysym (0x01000000 + code point beyond Latin-1). mask is of LABGATE_MOUSE_*, x and y
         * are within the desktop. All optional. */
        void (*key)(void *state, uint32_t keysym, bool pressed);
        void (*mouse)(void *state, int32_t x, int32_t y, unsigned mask);
        void (*resize)(void *state, int32_t width, int32_t height); /* the page wants this size; debounced */
        void (*clipboard)(void *state, const char *text, size_t size); /* the page's clipboard, valid UTF-8 */

        /* A LIVE setting's new value from the page. 0, or -EINVAL if it is no value of that setting. */
        int (*argv)(void *state, const char *name, const char *value);

        /* True: the browser is behind, stop reading upstream. False: go on. Optional. */
        void (*pause)(void *state, bool paused);

        /* False if a worker stands still; asked once a second, the session ends after LABGATE_STALL_SECONDS. Optional. */
        bool (*alive)(void *state);

        /* Give everything back, wipe secrets; takes NULL. */
        void (*close)(void *state);
};

#define LABGATE_STALL_SECONDS 30

#define LABGATE_EXPORT __attribute__((visibility("default")))
