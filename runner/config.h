/* SPDX-License-Identifier: MIT */
/*
 * config: what the command line, the option files (.foreman, .ferret) and the environment ask of
 * the supervisor. Immutable after config_load. Called under the name `foreman`, every default,
 * message and exit code is Foreman's (`foreman` is true); the facts are in DESIGN 5.
 */
#ifndef FE_RUNNER_CONFIG_H
#define FE_RUNNER_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "err.h"
#include "opt.h"
#include "strv.h"

enum config_format { FORMAT_FOREMAN, FORMAT_PLAIN, FORMAT_JSON };
enum config_on_exit { ON_EXIT_RESTART, ON_EXIT_STOP, ON_EXIT_WAIT };

struct config {
	bool foreman;
	const char *command;        /* as typed: "start", "run", ...; "help" where there is none */
	struct strv args;           /* what follows the command */
	const char *procfile;       /* -f; NULL: Procfile in root */
	const char *root;           /* -d; NULL: the Procfile's directory (children), . (.env) */
	struct strv env_files;      /* -e, in order; empty: .env where it exists */
	bool env_given;             /* -e was given: its files must exist */
	const char *formation;      /* -m; NULL: all=1 */
	const char *port;           /* -p; NULL: PORT of .env, environment, 5000 */
	struct opt_seconds timeout; /* -t */
	bool color;                 /* -c */
	bool no_color;              /* --no-color */
	bool no_timestamp;
	int format;         /* enum config_format */
	int on_exit;        /* enum config_on_exit */
	bool drop;          /* lines are dropped (and counted) where our stdout is slow */
	bool watch;         /* reload when the Procfile changes */
	const char *drain;  /* --drain URL, or L2MET_URL where it counts; secret */
	const char *last;   /* the type that ends after the drain; NULL: none */
	const char *socket; /* control socket path; NULL: the default */
	/* export */
	const char *app, *log, *run_dir, *user, *template_dir;
	struct strv
	    kept; /* texts that are not of argv or the environment (option files, L2MET_URL) */
};

/* Options may stand before or after the command; after `run CMD` they belong to CMD. Option files
 * (runner/optfile.h) give what the command line leaves open. 0, OPT_SHOWN (help was printed: exit 0), or FE_EUSAGE with err. */
int config_load(struct config *c, int argc, char **argv, struct err *err) FE_MUST_CHECK;
void config_done(struct config *c);
/* Directory of .env, lexically absolute: -d, else the current one (Foreman reads .env before it
 * knows of the Procfile). Caller frees. */
char *config_env_dir(const struct config *c);
/* Say the error as the name we run under wants it (as foreman `ERROR: ...` on stdout) and give the
 * exit code: 100 or 111, as foreman 1. */
int config_fail(const struct config *c, const struct err *err);
/* The help text on stdout. */
void config_help(const struct config *c);

#endif
