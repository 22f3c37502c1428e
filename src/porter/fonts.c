/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <fontconfig/fontconfig.h>

#include "../base/log.h"
#include "fonts.h"
#include "workers.h"

/* Families come from labs; a hundred different ones on one machine is a mistake somewhere. */
#define FAMILIES_MAX 100
#define FONT_INDEX_MASK 0xffff /* the rest names an instance of a variable font */

/* One character of each script or kind of symbol that terminals meet. A fallback is taken for showing one that the
 * faces before it lack. */
static const FcChar32 probes[] = {
        0x00e9,  /* Latin with accents */
        0x0416,  /* Cyrillic */
        0x03a9,  /* Greek */
        0x2500,  /* box drawing */
        0x2588,  /* blocks */
        0x28ff,  /* Braille, which programs draw with */
        0x2192,  /* arrows */
        0x2211,  /* mathematics */
        0x2713,  /* dingbats */
        0x23f5,  /* technical symbols */
        0xe0b0,  /* Powerline, where installed */
        0x4e2d,  /* Han */
        0x3042,  /* Hiragana */
        0xd55c,  /* Hangul */
        0x1f600, /* emoji */
        0x1f680,
        0x1f914,
        0x05d0,  /* Hebrew */
        0x0627,  /* Arabic */
        0x0e01,  /* Thai */
        0x0915,  /* Devanagari */
        0x10d0,  /* Georgian */
        0x0531,  /* Armenian */
        0x1fb00, /* legacy computing */
};

typedef struct Family {
        struct Family *next;
        char *name;
        bool ready;
        FontSet set;
} Family;

struct Fonts {
        Workers *workers;
        Family *families;
        size_t n_families;
        unsigned generation;
        FontsReady ready;
        void *userdata;
};

typedef struct FontsJob {
        Job job;
        Fonts *fonts;
        char *family;
        unsigned generation;
        bool reread;
        FontSet set;
} FontsJob;

static void font_set_done(FontSet *set) {
        for (size_t i = 0; i < set->n; i++)
                free(set->faces[i].path);
        set->n = 0;
}

/* ---- in the thread ---- */

static bool is_usable(FcPattern *font) {
        FcBool outline = FcFalse, color = FcFalse;

        return FcPatternGetBool(font, FC_OUTLINE, 0, &outline) == FcResultMatch && outline &&
               (FcPatternGetBool(font, FC_COLOR, 0, &color) != FcResultMatch || !color);
}

static bool set_contains(const FontSet *set, const char *path, int index) {
        for (size_t i = 0; i < set->n; i++)
                if (set->faces[i].index == index && strcmp(set->faces[i].path, path) == 0)
                        return true;
        return false;
}

static bool set_add(FontSet *set, LabgateFontRole role, FcPattern *font) {
        FcChar8 *file;
        int index = 0;
        char *path;

        if (set->n >= LABGATE_FONTS_MAX || FcPatternGetString(font, FC_FILE, 0, &file) != FcResultMatch)
                return false;
        (void) FcPatternGetInteger(font, FC_INDEX, 0, &index);
        index &= FONT_INDEX_MASK;
        if (set_contains(set, (const char *) file, index))
                return false;
        path = strdup((const char *) file);
        if (!path)
                return false;
        set->faces[set->n++] = (FontFace) { .role = role, .index = index, .path = path };
        return true;
}

static FcPattern *family_pattern(const char *family, int weight, int slant) {
        FcPattern *p = FcPatternCreate();

        if (!p)
                return NULL;
        FcPatternAddString(p, FC_FAMILY, (const FcChar8 *) family);
        FcPatternAddInteger(p, FC_WEIGHT, weight);
        FcPatternAddInteger(p, FC_SLANT, slant);
        FcPatternAddBool(p, FC_OUTLINE, FcTrue);
        FcPatternAddBool(p, FC_COLOR, FcFalse);
        FcConfigSubstitute(NULL, p, FcMatchPattern);
        FcDefaultSubstitute(p);
        return p;
}

static bool same_family(FcPattern *a, FcPattern *b) {
        FcChar8 *name_a, *name_b;

        return FcPatternGetString(a, FC_FAMILY, 0, &name_a) == FcResultMatch &&
               FcPatternGetString(b, FC_FAMILY, 0, &name_b) == FcResultMatch && FcStrCmpIgnoreCase(name_a, name_b) == 0;
}

/* A style counts only if the family really has it: a regular face sold as bold is worse than none. */
static void add_style(FontSet *set, const char *family, FcPattern *regular, LabgateFontRole role) {
        bool bold = role != LABGATE_FONT_ITALIC, italic = role != LABGATE_FONT_BOLD;
        FcPattern *pattern, *font = NULL;
        FcResult result;
        int weight = 0, slant = 0;

        pattern = family_pattern(family, bold ? FC_WEIGHT_BOLD : FC_WEIGHT_REGULAR,
                                 italic ? FC_SLANT_ITALIC : FC_SLANT_ROMAN);
        if (pattern)
                font = FcFontMatch(NULL, pattern, &result);
        if (font && is_usable(font) && same_family(font, regular)) {
                (void) FcPatternGetInteger(font, FC_WEIGHT, 0, &weight);
                (void) FcPatternGetInteger(font, FC_SLANT, 0, &slant);
                if ((weight >= FC_WEIGHT_DEMIBOLD) == bold && (slant >= FC_SLANT_ITALIC) == italic)
                        set_add(set, role, font);
        }
        if (font)
                FcPatternDestroy(font);
        if (pattern)
                FcPatternDestroy(pattern);
}

static bool shows_more(FcPattern *font, const FcCharSet *shown) {
        FcCharSet *charset;

        if (FcPatternGetCharSet(font, FC_CHARSET, 0, &charset) != FcResultMatch)
                return false;
        for (size_t i = 0; i < ELEMENTS(probes); i++)
                if (FcCharSetHasChar(charset, probes[i]) && !FcCharSetHasChar(shown, probes[i]))
                        return true;
        return false;
}

static void show(FcCharSet *shown, FcPattern *font) {
        FcCharSet *charset;

        if (FcPatternGetCharSet(font, FC_CHARSET, 0, &charset) == FcResultMatch)
                FcCharSetMerge(shown, charset, NULL);
}

static void add_fallbacks(FontSet *set, FcFontSet *sorted, FcCharSet *shown) {
        for (int i = 0; i < sorted->nfont; i++)
                if (is_usable(sorted->fonts[i]) && shows_more(sorted->fonts[i], shown) &&
                    set_add(set, LABGATE_FONT_FALLBACK, sorted->fonts[i]))
                        show(shown, sorted->fonts[i]);
}

static FcPattern *first_usable(FcFontSet *sorted) {
        for (int i = 0; i < sorted->nfont; i++)
                if (is_usable(sorted->fonts[i]))
                        return sorted->fonts[i];
        return NULL;
}

static void resolve_family(const char *family, FontSet *set) {
        FcPattern *pattern = family_pattern(family, FC_WEIGHT_REGULAR, FC_SLANT_ROMAN), *regular;
        FcCharSet *shown = FcCharSetCreate();
        FcFontSet *sorted = NULL;
        FcResult result;

        if (pattern && shown)
                sorted = FcFontSort(NULL, pattern, FcFalse, NULL, &result);
        regular = sorted ? first_usable(sorted) : NULL;
        if (regular && set_add(set, LABGATE_FONT_REGULAR, regular)) {
                add_style(set, family, regular, LABGATE_FONT_BOLD);
                add_style(set, family, regular, LABGATE_FONT_ITALIC);
                add_style(set, family, regular, LABGATE_FONT_BOLD_ITALIC);
                show(shown, regular);
                add_fallbacks(set, sorted, shown);
        }
        if (sorted)
                FcFontSetDestroy(sorted);
        if (shown)
                FcCharSetDestroy(shown);
        if (pattern)
                FcPatternDestroy(pattern);
}

static void fonts_run(Job *job) {
        FontsJob *j = (FontsJob *) job;

        if (j->reread ? FcInitReinitialize() : FcInit())
                resolve_family(j->family, &j->set);
}

/* ---- on the loop ---- */

static Family *find_family(Fonts *f, const char *name) {
        for (Family *family = f->families; family; family = family->next)
                if (strcmp(family->name, name) == 0)
                        return family;
        return NULL;
}

static void fonts_done(Job *job) {
        FontsJob *j = (FontsJob *) job;
        Fonts *f = j->fonts;
        Family *family = find_family(f, j->family);

        if (!family || family->ready || j->generation != f->generation)
                return;
        family->set = j->set;
        j->set.n = 0;
        family->ready = true;
        if (family->set.n == 0)
                log_warning("No usable font for \"%s\"", family->name);
        else
                log_debug("Font \"%s\": %zu faces, first %s", family->name, family->set.n, family->set.faces[0].path);
        f->ready(f->userdata);
}

static void fonts_job_free(Job *job) {
        FontsJob *j = (FontsJob *) job;

        font_set_done(&j->set);
        free(j->family);
        free(j);
}

static int submit(Fonts *f, const char *name, bool reread) {
        FontsJob *j = calloc(1, sizeof *j);
        int r;

        if (!j)
                return -ENOMEM;
        j->job.run = fonts_run;
        j->job.done = fonts_done;
        j->job.free = fonts_job_free;
        j->fonts = f;
        j->family = strdup(name);
        j->generation = f->generation;
        j->reread = reread;
        r = j->family ? workers_submit(f->workers, &j->job) : -ENOMEM;
        if (r < 0)
                fonts_job_free(&j->job);
        return r;
}

static Family *family_free(Family *family) {
        font_set_done(&family->set);
        free(family->name);
        free(family);
        return NULL;
}

static Family *family_new(Fonts *f, const char *name) {
        Family *family = calloc(1, sizeof *family);

        if (!family)
                return NULL;
        family->name = strdup(name);
        if (!family->name || submit(f, name, f->n_families == 0 && f->generation > 0) < 0)
                return family_free(family);
        family->next = f->families;
        f->families = family;
        f->n_families++;
        return family;
}

const FontSet *fonts_find(Fonts *f, const char *family) {
        static const FontSet none = {};
        Family *found = find_family(f, family);

        if (!found && f->n_families >= FAMILIES_MAX)
                fonts_forget(f);
        if (!found)
                found = family_new(f, family);
        if (!found)
                return &none;
        return found->ready ? &found->set : NULL;
}

void fonts_forget(Fonts *f) {
        Family *next;

        for (Family *family = f->families; family; family = next) {
                next = family->next;
                family_free(family);
        }
        f->families = NULL;
        f->n_families = 0;
        f->generation++;
}

int fonts_new(Fonts **ret, sd_event *event, FontsReady ready, void *userdata) {
        _cleanup_(fonts_freep) Fonts *f = calloc(1, sizeof *f);
        int r;

        if (!f)
                return -ENOMEM;
        f->ready = ready;
        f->userdata = userdata;
        /* One thread: fontconfig has one state for all. */
        r = workers_new(&f->workers, event, 1, 2 * FAMILIES_MAX);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(f);
        return 0;
}

Fonts *fonts_free(Fonts *f) {
        if (!f)
                return NULL;
        workers_free(f->workers);
        fonts_forget(f);
        free(f);
        return NULL;
}
