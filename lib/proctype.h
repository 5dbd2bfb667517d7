/* SPDX-License-Identifier: MIT */
/*
 * proctype: the one function that maps a path to a process type, for all tools:
 * monitors/git/clone(.c) -> monitor_git_clone, monitors/app/page-load.v2.sh -> monitor_app_page_load_v2.
 *
 * A first folder `monitors` becomes `monitor`; `/`, `.` and `-` become `_`; the extension of the
 * file is left out. What a platform accepts as a type is [-A-Za-z0-9_]{1,128} (facts/heroku.md 6.3).
 */
#ifndef FE_LIB_PROCTYPE_H
#define FE_LIB_PROCTYPE_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"
#include "err.h"

#define PROCTYPE_MAX 128

/* Length of path up to the file's extension; the whole where it has none. A leading dot of the
 * file's name begins no extension. */
size_t proctype_stem(const char *path);
/* Append the process type of a relative path to out. FE_EUSAGE: empty, absolute, with a `.` or `..`
 * folder, with a byte no type may hold, or longer than PROCTYPE_MAX; out is left as it was. */
int proctype_of(const char *path, struct buf *out, struct err *err) FE_MUST_CHECK;
/* True for a name that Procfiles and platforms accept. */
bool proctype_legal(const char *name);

#endif
