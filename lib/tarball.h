/* SPDX-License-Identifier: MIT */
/*
 * tarball: a directory as a gzip'd tar in a file, as the platform takes it as source or slug.
 * (Owner of the archive library.) The same tree gives the same bytes: sorted, no times, no owners.
 */
#ifndef FE_LIB_TARBALL_H
#define FE_LIB_TARBALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "strv.h"

#define TARBALL_MAX_FILES 100000UL

struct tarball_opts {
	const char *dir;
	const char *prefix;       /* before every name: "./app/" of a slug; NULL: none */
	const struct strv *paths; /* files below dir, relative; NULL: all but .git */
	/* One more file, instead of the tree's own of that name (a VERSION); NULL: none. */
	const char *extra_name, *extra_text;
};

struct tarball {
	int fd; /* an unlinked file, at its start; closed by tarball_done */
	uint64_t bytes, files;
	char sha256[65];
};

/* FE_EUSAGE names the path that cannot be taken (gone, no file, no permission). */
int tarball_make(
    const struct tarball_opts *opts, struct tarball *out, struct err *err) FE_MUST_CHECK;
void tarball_done(struct tarball *t);
/* The files of a working tree that belong to it: with git, those tracked and those untracked but not
 * ignored; else all but .git. */
int tarball_list(const char *dir, struct strv *paths, struct err *err) FE_MUST_CHECK;

#endif
