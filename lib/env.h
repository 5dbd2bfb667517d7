/* SPDX-License-Identifier: MIT */
/*
 * env: .env files as Foreman reads them (facts/supervisors.md 1.2), for all tools.
 *
 * CRLF becomes LF; a line is KEY=VALUE with KEY of [A-Za-z_0-9], nothing before it and no blank
 * around `=`; lines of another form are no entries (Foreman ignores them; env_parse counts and
 * can name them). Whole value in single quotes: the inside, literally. In double quotes: \n is a
 * newline, then backslash and any character is that character. Else verbatim, trailing blanks and
 * `# ...` included. No variables, no continuation; the last duplicate wins. The file wins over
 * the inherited environment.
 */
#ifndef FE_LIB_ENV_H
#define FE_LIB_ENV_H

#include <stddef.h>

#include "err.h"
#include "strv.h"
#include "textline.h"

/* A line that is neither entry, comment (#) nor blank, told by line number. `why` is static. */
typedef void (*env_odd_fn)(void *arg, const char *path, int line, const char *why);

/* Parse text, setting KEY=VALUE in out in file order. odd may be NULL. */
void env_parse(const struct text *text, struct strv *out, env_odd_fn odd, void *arg);
/* The same from a file. FE_ENOENT, FE_EIO, FE_ELIMIT. */
int env_read(
    const char *path, struct strv *out, env_odd_fn odd, void *arg, struct err *err) FE_MUST_CHECK;
/* Of pairs with one key keep the last value, at the place of the first. n log n. */
void env_last_wins(struct strv *out);
/* Put all pairs of file into this process's environment (bin/ tools and monitors' .env). */
void env_export(const struct strv *pairs);

#endif
