/* SPDX-License-Identifier: MIT */
/* opt_help: what is printed from option rows: --help, --man (mdoc), --version. */
#ifndef FE_LIB_OPT_HELP_H
#define FE_LIB_OPT_HELP_H

#include <stdbool.h>

#include "opt.h"

/* If arg asks for one of the texts, print it on stdout and return true. */
bool opt_help_asked(const struct opt_program *p, const char *arg);
/* The environment key that a program's prefix gives a row; NULL when none. Caller frees. */
char *opt_env_key(const struct opt_program *p, const struct opt *row);

#endif
