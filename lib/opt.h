/* SPDX-License-Identifier: MIT */
/*
 * opt: option rows, from which the parser, `--help`, the manual and the environment keys are made.
 *
 * A program holds one static array of rows (last row: OPT_END) whose `at` point into its one
 * static struct. Order of precedence: command line, environment, the row's default. Every program
 * understands --help and --man (the manual page, mdoc, on stdout) and, where a version is given,
 * --version. Strings stored through a row are borrowed from argv or the environment, except that
 * a secret row's value is copied and its argv bytes overwritten at once, so that `ps` never shows
 * it. Errors name the option or key, the value (never a secret's) and the rule.
 */
#ifndef FE_LIB_OPT_H
#define FE_LIB_OPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "strv.h"

enum opt_kind {
	OPT_KIND_END,
	OPT_FLAG,    /* bool: --name sets true, --no-name false */
	OPT_INT,     /* int64_t in [min, max] */
	OPT_SECONDS, /* struct opt_seconds: decimals kept as given */
	OPT_STRING,  /* const char * */
	OPT_LIST,    /* struct strv: every use appends */
	OPT_CHOICE,  /* int: index into choices */
};

struct opt_seconds {
	const char *text; /* as given: "0.01" */
	uint64_t ns;
};

struct opt {
	const char *name; /* long name without dashes */
	char letter;      /* 0: none */
	enum opt_kind kind;
	void *at;
	const char *arg;  /* placeholder of the value in help: "SECONDS" */
	const char *def;  /* default, as text parsed like a given value; NULL leaves *at alone */
	int64_t min, max; /* OPT_INT; OPT_SECONDS in ms; max 0 = no upper bound */
	const char *const *choices; /* OPT_CHOICE: NULL-terminated */
	const char *help;           /* one sentence without a final dot */
	const char *env;            /* environment key, NULL for none */
	bool secret;
};

#define OPT_END                                                                                    \
	{                                                                                          \
		.kind = OPT_KIND_END                                                               \
	}

struct opt_program {
	const char *name;     /* as typed: "bin/check" */
	const char *summary;  /* one line */
	const char *synopsis; /* what follows the name and [options]: "-- COMMAND..." */
	const char *about;    /* paragraphs for the manual and --help; may be NULL */
	const char *exits;    /* exit codes in words; may be NULL */
	const char *version;  /* NULL: no --version */
	const char
	    *env_prefix; /* non-NULL: rows without env get PREFIX_NAME ("HTTP_GET_TIMEOUT") */
	const struct opt *const *tables; /* NULL-terminated list of row arrays */
	bool stop_at_operand; /* options after the first operand belong to it (`run CMD -x`) */
};

enum opt_result {
	OPT_OK = 0,
	OPT_SHOWN = 1, /* --help, --man or --version was printed: exit 0 */
};

/*
 * Parse argv[1..]; operands are appended to rest in order ("--" ends options). Returns OPT_OK,
 * OPT_SHOWN, or FE_EUSAGE with err filled (unknown option, missing or wrong value, wrong
 * environment value). Long options may be abbreviated to nothing: exact names only.
 */
int opt_parse(const struct opt_program *p, int argc, char **argv, struct strv *rest,
    struct err *err) FE_MUST_CHECK;

/* Set one row from text as if given under the name `label` ("key FREQ"); for option files. */
int opt_set(
    const struct opt *row, const char *text, const char *label, struct err *err) FE_MUST_CHECK;
/* Row by long name, NULL when there is none. */
const struct opt *opt_find(const struct opt_program *p, const char *name);

/* Overwrite the bytes of a string that was passed in argv, so that `ps` no longer shows it. */
void opt_blot(char *arg);

#endif
