/* SPDX-License-Identifier: MIT */
/*
 * procfile: Procfiles as Foreman reads them (facts/supervisors.md 1.1). Name [A-Za-z0-9_-]+, a
 * colon, any white space, a command of at least one character to the line's end. Other lines are
 * no entries. Duplicates are kept in order. Caller owns the struct: procfile_done.
 */
#ifndef FE_LIB_PROCFILE_H
#define FE_LIB_PROCFILE_H

#include <stddef.h>

#include "err.h"
#include "textline.h"

struct procfile_entry {
	char *name;
	char *command;
	int line; /* from 1 */
};

struct procfile {
	struct procfile_entry *v;
	size_t n;
};

/* A line that looks like it was meant as an entry but is none; `why` says what was expected. */
typedef void (*procfile_odd_fn)(void *arg, const char *path, int line, const char *why);

void procfile_parse(const struct text *text, struct procfile *out, procfile_odd_fn odd, void *arg);
/* FE_ENOENT where it is no regular file, FE_EIO, FE_ELIMIT. */
int procfile_read(const char *path, struct procfile *out, procfile_odd_fn odd, void *arg,
    struct err *err) FE_MUST_CHECK;
const struct procfile_entry *procfile_find(const struct procfile *p, const char *name); /* last */
void procfile_done(struct procfile *p);

#endif
