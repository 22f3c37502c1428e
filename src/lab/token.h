/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Tokens: what opens a lab. Files are named by their SHA-256, so that no listing gives one away. */

#include <stdbool.h>
#include <stddef.h>

#define TOKEN_SIZE_MAX 128
#define TOKEN_HASH_SIZE 64 /* hexadecimal digits */

bool token_is_valid(const char *token, size_t size);                   /* 1..128 of A-Z a-z 0-9 _ - */
void token_hash(const char *token, size_t size, char ret[static TOKEN_HASH_SIZE + 1]);
int token_generate(char ret[static TOKEN_SIZE_MAX + 1]);               /* 256 random bits, base64url: 43 characters */
