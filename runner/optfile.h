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
#include "textline.h"

struct optfile {
	const struct opt_program *program;
	bool lenient;      /* unknown keys are ignored, as Foreman does */
	struct strv *kept; /* the values' texts, which the rows point into */
};

/* Set the program's rows from the file; no file is no error. FE_EUSAGE names file and line. */
int optfile_read(const char *path, const struct optfile *o, struct err *err) FE_MUST_CHECK;
/* The same from text. */
int optfile_parse(const struct text *text, const struct optfile *o, struct err *err) FE_MUST_CHECK;

#endif
