/* SPDX-License-Identifier: MIT */
/*
 * optfile: option files. `.foreman` (and under our own name `.ferret`, which then is the only one
 * read) in the current directory: a flat YAML map, `KEY: VALUE` a line in the first column, KEY a
 * long option name, VALUE plain or in quotes; `#` comments, `---` and blank lines. Anything else of
 * YAML (lists, nesting, block texts) is refused with file and line.
 */
#ifndef FE_RUNNER_OPTFILE_H
#define FE_RUNNER_OPTFILE_H

#include <stdbool.h>
#include <stddef.h>

#include "err.h"
#include "opt.h"
#include "strv.h"

/*
 * Set rows of p from the file; no file is no error. lenient: unknown keys are ignored, as Foreman
 * does, else FE_EUSAGE. The texts stay alive in kept.
 */
int optfile_read(const char *path, const struct opt_program *p, bool lenient, struct strv *kept,
    struct err *err) FE_MUST_CHECK;

#endif
