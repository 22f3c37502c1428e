/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* painter SCENE RATE FILE: shows a moving scene on all of $DISPLAY, RATE pictures a second. Each picture has its number
 * as black and white blocks in its upper left and lower right corner, above also where the pointer is; FILE says when
 * each number was painted, by CLOCK_MONOTONIC. painter watch 0 FILE shows nothing and notes each move of the pointer. */

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <time.h>
#include <unistd.h>
#include <xcb/shm.h>
#include <xcb/xcb.h>

#define BLOCK 16 /* as wide as what a JPEG codes at once */
#define NUMBERS 65536
#define PREPARED 16 /* pictures that are computed before they are shown */
#define LINE 16
#define DRAGGED_WIDTH 600
#define DRAGGED_HEIGHT 400

typedef struct Painter {
        xcb_connection_t *x;
        xcb_screen_t *screen;
        xcb_window_t window, dragged;
        xcb_gcontext_t gc;
        xcb_shm_seg_t segment;
        int32_t width, height;
        uint32_t *prepared;
        uint64_t *stamps;
} Painter;

typedef struct Scene {
        const char *name;
        uint32_t (*pixel)(const Painter *p, int32_t x, int32_t y, int32_t t);
        void (*begin)(Painter *p);
        void (*step)(Painter *p, unsigned round);
} Scene;

static void die(const char *what) {
        fprintf(stderr, "painter: %s\n", what);
        exit(1);
}

static uint64_t now(void) {
        struct timespec t;

        clock_gettime(CLOCK_MONOTONIC, &t);
        return (uint64_t) t.tv_sec * 1000000000u + (uint64_t) t.tv_nsec;
}

static uint32_t hash(uint32_t x) {
        x ^= x >> 16;
        x *= 0x7feb352du;
        x ^= x >> 15;
        x *= 0x846ca68bu;
        return x ^ x >> 16;
}

static uint32_t shade(int32_t r, int32_t g, int32_t b) {
        r = r < 0 ? 0 : r > 255 ? 255 : r;
        g = g < 0 ? 0 : g > 255 ? 255 : g;
        b = b < 0 ? 0 : b > 255 ? 255 : b;
        return (uint32_t) (r << 16 | g << 8 | b);
}

/* ---- pictures that are all new ---- */

/* Shaded surfaces with a grain that turn: every pixel changes. */
static uint32_t turn_pixel(const Painter *p, int32_t x, int32_t y, int32_t t) {
        int32_t u = x + t * 5, v = y - t * 5 / 2, n = (int32_t) (hash((uint32_t) (u * 4099 + y)) & 7);
        int32_t wave = abs((u + v) % 256 - 128), other = abs((x - 2 * y - 10 * t) % 384 - 192);

        return shade(60 + wave + n, 40 + other / 2 + n, 90 + (wave + other) / 4 + n);
}

/* A ball with a pattern turns before a ground that stands: what an editor of 3D shows. */
static uint32_t ball_pixel(const Painter *p, int32_t x, int32_t y, int32_t t) {
        int32_t dx = x - p->width / 2, dy = y - p->height / 2, radius = p->height * 2 / 5, d = dx * dx + dy * dy;

        if (d >= radius * radius)
                return x % 64 == 0 || y % 64 == 0 ? 0x4a4a4a : 0x393939;
        return shade(220 - d * 160 / (radius * radius) + abs((dx + t * 8) % 64 - 32), 150 + dy / 4,
                     90 + abs((dy + t * 6) % 96 - 48));
}

/* Film: everything moves, with the noise of a camera. */
static uint32_t film_pixel(const Painter *p, int32_t x, int32_t y, int32_t t) {
        uint32_t n = hash((uint32_t) (y / 3 * 640 + x / 3) + (uint32_t) t * 77777u);

        return shade((int32_t) (n & 63) + x / 8, (int32_t) (n >> 8 & 63) + y / 5,
                     (int32_t) (n >> 16 & 63) + (x + y + t * 9) / 8 % 128);
}

static void prepare(Painter *p, const Scene *scene) {
        size_t pixels = (size_t) p->width * (size_t) p->height;
        int id = shmget(IPC_PRIVATE, PREPARED * pixels * sizeof(uint32_t), IPC_CREAT | 0666);

        p->prepared = id < 0 ? NULL : shmat(id, NULL, 0);
        if (!p->prepared || p->prepared == (void *) -1)
                die("no shared memory");
        p->segment = xcb_generate_id(p->x);
        free(xcb_request_check(p->x, xcb_shm_attach_checked(p->x, p->segment, (uint32_t) id, 1)));
        shmctl(id, IPC_RMID, NULL);
        for (int32_t t = 0; t < PREPARED; t++)
                for (int32_t y = 0; y < p->height; y++)
                        for (int32_t x = 0; x < p->width; x++)
                                p->prepared[(size_t) t * pixels + (size_t) y * (size_t) p->width + (size_t) x] =
                                        scene->pixel(p, x, y, t);
}

static void write_bits(const Painter *p, uint32_t *picture, int32_t x, int32_t y, unsigned n, uint32_t bits) {
        for (unsigned i = 0; i < n; i++)
                for (int32_t row = 0; row < BLOCK; row++)
                        for (int32_t column = 0; column < BLOCK; column++)
                                picture[(y + row) * p->width + x + (int32_t) i * BLOCK + column] =
                                        bits >> (n - 1 - i) & 1 ? 0xffffff : 0;
}

static void show_prepared(Painter *p, unsigned number, uint32_t pointer) {
        size_t pixels = (size_t) p->width * (size_t) p->height, at = number % PREPARED * pixels;
        uint32_t *picture = p->prepared + at;

        write_bits(p, picture, 0, 0, 32, (uint32_t) number << 16 | pointer);
        write_bits(p, picture, p->width - 16 * BLOCK, p->height - BLOCK, 16, number);
        xcb_shm_put_image(p->x, p->window, p->gc, (uint16_t) p->width, (uint16_t) p->height, 0, 0, (uint16_t) p->width,
                          (uint16_t) p->height, 0, 0, p->screen->root_depth, XCB_IMAGE_FORMAT_Z_PIXMAP, 0, p->segment,
                          (uint32_t) (at * sizeof(uint32_t)));
}

/* ---- pictures that change in part ---- */

static void set_colour(Painter *p, uint32_t colour) {
        xcb_change_gc(p->x, p->gc, XCB_GC_FOREGROUND, &colour);
}

static void fill(Painter *p, xcb_drawable_t where, int32_t x, int32_t y, int32_t width, int32_t height) {
        xcb_rectangle_t r = { (int16_t) x, (int16_t) y, (uint16_t) width, (uint16_t) height };

        xcb_poly_fill_rectangle(p->x, where, p->gc, 1, &r);
}

static void draw_text(Painter *p, xcb_drawable_t where, int32_t x, int32_t y, unsigned number) {
        static const char *words[] = { "make:", "entering", "directory", "gcc", "-O2", "-Wall", "warning:", "done", "0x7f3a",
                                       "error", "[ok]", "kernel:", "eth0", "link", "up", "/usr/share/doc", "total", "drwxr-xr-x" };
        char line[160] = "";
        size_t used = (size_t) snprintf(line, sizeof line, "%06u ", number);

        for (unsigned i = 0; i < 4 + hash(number) % 12; i++)
                used += (size_t) snprintf(line + used, sizeof line - used, "%s ", words[hash(number * 31 + i) % 18]);
        set_colour(p, hash(number) % 5 == 0 ? 0xffd040 : 0xd0d0d0);
        xcb_image_text_8(p->x, (uint8_t) used, where, p->gc, (int16_t) x, (int16_t) (y + 12), line);
}

static void scroll_begin(Painter *p) {
        set_colour(p, 0x101010);
        fill(p, p->window, 0, 0, p->width, p->height);
        for (int32_t y = BLOCK; y + LINE <= p->height - BLOCK; y += LINE)
                draw_text(p, p->window, 4, y, (unsigned) y);
}

static void scroll_step(Painter *p, unsigned round) {
        int32_t last = (p->height - 2 * BLOCK) / LINE * LINE;

        xcb_copy_area(p->x, p->window, p->window, p->gc, 0, BLOCK + LINE, 0, BLOCK, (uint16_t) p->width, (uint16_t) (last - LINE));
        set_colour(p, 0x101010);
        fill(p, p->window, 0, BLOCK + last - LINE, p->width, LINE);
        draw_text(p, p->window, 4, BLOCK + last - LINE, round);
}

static void drag_begin(Painter *p) {
        xcb_pixmap_t wall = xcb_generate_id(p->x), content = xcb_generate_id(p->x);
        uint32_t values[2] = { 0, 1 };

        xcb_create_pixmap(p->x, p->screen->root_depth, wall, p->window, (uint16_t) p->width, (uint16_t) p->height);
        for (int32_t y = 0; y < p->height; y += 4) {
                set_colour(p, shade(30 + y / 8, 60 + y / 6, 110 + y / 16));
                fill(p, wall, 0, y, p->width, 4);
        }
        values[0] = wall;
        xcb_change_window_attributes(p->x, p->window, XCB_CW_BACK_PIXMAP, values);
        xcb_clear_area(p->x, 0, p->window, 0, 0, 0, 0);
        xcb_create_pixmap(p->x, p->screen->root_depth, content, p->window, DRAGGED_WIDTH, DRAGGED_HEIGHT);
        set_colour(p, 0x101010);
        fill(p, content, 0, 0, DRAGGED_WIDTH, DRAGGED_HEIGHT);
        for (int32_t y = 24; y + LINE <= DRAGGED_HEIGHT; y += LINE)
                draw_text(p, content, 4, y, (unsigned) y);
        set_colour(p, 0x3060a0);
        fill(p, content, 0, 0, DRAGGED_WIDTH, 24);
        p->dragged = xcb_generate_id(p->x);
        values[0] = content;
        xcb_create_window(p->x, XCB_COPY_FROM_PARENT, p->dragged, p->window, 40, 40, DRAGGED_WIDTH, DRAGGED_HEIGHT, 0,
                          XCB_WINDOW_CLASS_INPUT_OUTPUT, p->screen->root_visual, XCB_CW_BACK_PIXMAP | XCB_CW_OVERRIDE_REDIRECT,
                          values);
        xcb_map_window(p->x, p->dragged);
}

static void drag_step(Painter *p, unsigned round) {
        uint32_t at[2] = { 40 + (uint32_t) abs((int32_t) (round * 9) % 1000 - 500),
                           40 + (uint32_t) abs((int32_t) (round * 7) % 600 - 300) };

        xcb_configure_window(p->x, p->dragged, XCB_CONFIG_WINDOW_X | XCB_CONFIG_WINDOW_Y, at);
}

static void draw_bits(Painter *p, int32_t x, int32_t y, unsigned n, uint32_t bits) {
        xcb_rectangle_t ones[32];
        unsigned n_ones = 0;

        set_colour(p, 0);
        fill(p, p->window, x, y, (int32_t) n * BLOCK, BLOCK);
        for (unsigned i = 0; i < n; i++)
                if (bits >> (n - 1 - i) & 1)
                        ones[n_ones++] = (xcb_rectangle_t) { (int16_t) (x + (int32_t) i * BLOCK), (int16_t) y, BLOCK, BLOCK };
        set_colour(p, 0xffffff);
        xcb_poly_fill_rectangle(p->x, p->window, p->gc, n_ones, ones);
}

/* ---- */

static const Scene scenes[] = {
        { "turn",   turn_pixel, NULL,         NULL        },
        { "ball",   ball_pixel, NULL,         NULL        },
        { "film",   film_pixel, NULL,         NULL        },
        { "scroll", NULL,       scroll_begin, scroll_step },
        { "drag",   NULL,       drag_begin,   drag_step   },
};

static uint32_t pointer_x(Painter *p) {
        xcb_query_pointer_reply_t *reply = xcb_query_pointer_reply(p->x, xcb_query_pointer(p->x, p->screen->root), NULL);
        uint32_t x = reply ? (uint16_t) reply->root_x : 0;

        free(reply);
        return x;
}

static void sleep_until(uint64_t due) {
        struct timespec t = { (time_t) (due / 1000000000u), (long) (due % 1000000000u) };

        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
}

static void paint(Painter *p, const Scene *scene, unsigned rate) {
        uint64_t due = now();

        for (unsigned round = 1;; round++) {
                unsigned number = round % NUMBERS;
                uint32_t pointer = pointer_x(p);

                p->stamps[number] = now();
                if (scene->pixel)
                        show_prepared(p, number, pointer);
                else {
                        draw_bits(p, 0, 0, 32, (uint32_t) number << 16 | pointer);
                        scene->step(p, round);
                        draw_bits(p, p->width - 16 * BLOCK, p->height - BLOCK, 16, number);
                }
                xcb_flush(p->x);
                if (xcb_connection_has_error(p->x))
                        return;
                due += 1000000000u / rate;
                if (due > now())
                        sleep_until(due);
                else
                        due = now();
        }
}

static void watch(Painter *p, int fd) {
        xcb_generic_event_t *event;

        while ((event = xcb_wait_for_event(p->x))) {
                if ((event->response_type & 0x7f) == XCB_MOTION_NOTIFY) {
                        const xcb_motion_notify_event_t *m = (const xcb_motion_notify_event_t *) event;

                        dprintf(fd, "%llu %d %d\n", (unsigned long long) now(), m->root_x, m->root_y);
                }
                free(event);
        }
}

static void open_window(Painter *p, bool is_watch) {
        const uint32_t values[] = { 1, XCB_EVENT_MASK_POINTER_MOTION };
        const uint32_t painted[] = { 0, 1 };

        p->screen = xcb_setup_roots_iterator(xcb_get_setup(p->x)).data;
        p->width = p->screen->width_in_pixels;
        p->height = p->screen->height_in_pixels;
        p->window = xcb_generate_id(p->x);
        xcb_create_window(p->x, XCB_COPY_FROM_PARENT, p->window, p->screen->root, 0, 0, (uint16_t) p->width, (uint16_t) p->height, 0,
                          is_watch ? XCB_WINDOW_CLASS_INPUT_ONLY : XCB_WINDOW_CLASS_INPUT_OUTPUT, XCB_COPY_FROM_PARENT,
                          is_watch ? XCB_CW_OVERRIDE_REDIRECT | XCB_CW_EVENT_MASK : XCB_CW_BACK_PIXEL | XCB_CW_OVERRIDE_REDIRECT,
                          is_watch ? values : painted);
        xcb_map_window(p->x, p->window);
        xcb_flush(p->x);
}

static void open_pen(Painter *p) {
        xcb_font_t font = xcb_generate_id(p->x);
        uint32_t values[] = { 0xd0d0d0, 0x101010, font, 0 };

        xcb_open_font(p->x, font, 5, "fixed");
        p->gc = xcb_generate_id(p->x);
        xcb_create_gc(p->x, p->gc, p->window,
                      XCB_GC_FOREGROUND | XCB_GC_BACKGROUND | XCB_GC_FONT | XCB_GC_GRAPHICS_EXPOSURES, values);
}

static void show(Painter *p, const char *name, unsigned rate, int fd) {
        const Scene *scene = NULL;

        for (size_t i = 0; i < sizeof scenes / sizeof scenes[0]; i++)
                if (strcmp(scenes[i].name, name) == 0)
                        scene = &scenes[i];
        if (!scene || rate < 1 || rate > 1000)
                die("which scene, at what rate?");
        p->stamps = mmap(NULL, NUMBERS * sizeof *p->stamps, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        if (ftruncate(fd, NUMBERS * sizeof *p->stamps) < 0 || p->stamps == MAP_FAILED)
                die("no room for the times");
        open_pen(p);
        if (scene->pixel)
                prepare(p, scene);
        else
                scene->begin(p);
        paint(p, scene, rate);
}

int main(int argc, char **argv) {
        Painter p = {};
        bool is_watch = argc == 4 && strcmp(argv[1], "watch") == 0;
        int fd = argc == 4 ? open(argv[3], O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644) : -1;

        if (fd < 0)
                die("SCENE RATE FILE");
        p.x = xcb_connect(NULL, NULL);
        if (xcb_connection_has_error(p.x))
                die("no display");
        open_window(&p, is_watch);
        if (is_watch)
                watch(&p, fd);
        else
                show(&p, argv[1], (unsigned) strtoul(argv[2], NULL, 10), fd);
        return 1;
}
