/* SPDX-License-Identifier: MIT */
/*
 * tarball: a directory as a gzip'd tar in a file, as the platform takes it as source or slug.
 *
 * Owner of zlib. The archive is ustar (POSIX.1-1988) with pax records (POSIX.1-2001) for names and
 * link targets that do not fit: that is what every tar reads, and what a library for all archives
 * would bring along (XML, ICU, five compressors) is more than all of Ferret in a slug.
 *
 * The same tree gives the same bytes: names sorted, one date, no owners; of the modes only whether a
 * file may be run (755, 644). Symlinks stay symlinks, wherever they lead. Empty directories are not
 * kept (git does not keep them either). A file that changes while it is read is an error: half of
 * the old and half of the new is nobody's source.
 */
#ifndef FE_LIB_TARBALL_H
#define FE_LIB_TARBALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "strv.h"

#define TARBALL_MAX_FILES 100000UL
#define TARBALL_MAX_NAMES (16UL * 1024 * 1024) /* bytes of all names, as git lists them */

/* A file that is not in the tree, or another than there. */
struct tarball_extra {
	const char *name, *text;
};

struct tarball_opts {
	const char *dir;
	const char *prefix;       /* before every name: "./app/" of a slug; NULL: none */
	const struct strv *paths; /* files below dir, relative; NULL: what tarball_list says */
	const struct tarball_extra *extra; /* ends with name NULL; NULL: none */
};

struct tarball {
	int fd;                /* an unlinked file, at its start; closed by tarball_done */
	uint64_t bytes, files; /* of the archive; in it */
	uint64_t content;      /* bytes of all files in it, uncompressed */
	char sha256[65];
};

/* FE_EUSAGE names the path that cannot be taken (gone, no file, no permission, changing). */
int tarball_make(
    const struct tarball_opts *opts, struct tarball *out, struct err *err) FE_MUST_CHECK;
void tarball_done(struct tarball *t);
/*
 * The files of a working tree that belong to it, sorted. In a git working tree: those tracked and
 * those untracked but not ignored, as they lie there now (a tracked one that was removed is left
 * out), submodules and nested repositories by the same rule. Elsewhere: all but .git and .env.
 * FE_EUSAGE: no such directory, or git cannot tell (its own words in err).
 */
int tarball_list(const char *dir, struct strv *paths, struct err *err) FE_MUST_CHECK;
/* What stands there: "3086fcb0a77d", with "-dirty" behind it where something tracked was changed;
 * NULL where no git knows. Caller frees. */
char *tarball_commit(const char *dir);

#endif
