/* SPDX-License-Identifier: MIT */
/* shellword: texts that a POSIX shell reads back as the very same words. */
#ifndef FE_RUNNER_SHELLWORD_H
#define FE_RUNNER_SHELLWORD_H

#include "strv.h"

/* One word as Ruby's Shellwords writes it (its exports must equal Foreman's byte for byte): '' for
 * nothing, a newline in single quotes, a backslash before every other character that is none of
 * A-Z a-z 0-9 _ - . , : + / @, once a UTF-8 character. Caller frees. */
char *shellword_escape(const char *word);
/* All of them with a blank between. Caller frees. */
char *shellword_join(const struct strv *words);

#endif
