/* SPDX-License-Identifier: MIT */
/*
 * strv: a growable vector of owned strings, always NULL-terminated (usable as argv or envp once
 * anything was added; strv_argv never gives NULL). Zeroed is valid and empty; strv_done frees.
 */
#ifndef FE_LIB_STRV_H
#define FE_LIB_STRV_H

#include <stddef.h>

struct strv {
	char **v;
	size_t n;
	size_t cap;
};

void strv_add(struct strv *s, const char *text); /* copies */
void strv_take(struct strv *s, char *text);      /* takes ownership */
void strv_addn(struct strv *s, const char *text, size_t len);
/* Remove element i (freed), keeping order. */
void strv_remove(struct strv *s, size_t i);
/* NULL-terminated array, borrowed until the next change. */
char **strv_argv(struct strv *s);
/* Split text at any byte of set, skipping empty parts; appends. */
void strv_split(struct strv *s, const char *text, const char *set);
/* Environment style: replace or add KEY=VALUE; get returns the value or NULL (borrowed). */
void strv_setenv(struct strv *s, const char *key, const char *value);
const char *strv_getenv(const struct strv *s, const char *key);
void strv_done(struct strv *s);

#define AUTO_STRV __attribute__((cleanup(strv_done)))

#endif
