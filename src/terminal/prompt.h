/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* One question that is put into the terminal and a line that answers it. The answer is wiped when it was given. */

#include "console.h"

#define PROMPT_ANSWER_MAX 4096 /* bytes */

typedef struct Prompt Prompt;

/* Shows text (its control characters but newlines are dropped). -ENOMEM. */
int prompt_new(Prompt **ret, Terminal *t, const char *text, bool secret, ConsoleAnswer answer, void *userdata);
Prompt *prompt_free(Prompt *p);

/* A key with held modifiers (KeyboardModifiers). True if the line is finished. */
bool prompt_key(Prompt *p, uint32_t keysym, unsigned modifiers);

/* Valid UTF-8, up to its first newline. True if the line is finished. */
bool prompt_paste(Prompt *p, const char *text, size_t size);

/* Gives the answer of a finished prompt, then frees it. */
void prompt_finish(Prompt *p);
