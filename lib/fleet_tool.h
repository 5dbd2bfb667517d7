/* SPDX-License-Identifier: MIT */
/*
 * fleet_tool: how a tool that a person types begins and ends: configuration, a client, is the app of
 * this fleet, the exit code.
 */
#ifndef FE_LIB_FLEET_TOOL_H
#define FE_LIB_FLEET_TOOL_H

#include "fleet_env.h"
#include "heroku.h"
#include "opt.h"

struct fleet_tool {
	struct fleet_env env;
	struct heroku *api;
	struct strv problems; /* of the configuration, a line each; err only counts them */
};

/* Reads the configuration (path NULL: .env) and opens a client without a deadline. Whatever it
 * returns: fleet_tool_close. FE_EUSAGE with problems, and what fleet_env_read and heroku_open say. */
int fleet_tool_open(
    struct fleet_tool *t, const char *path, unsigned needs, struct err *err) FE_MUST_CHECK;
void fleet_tool_close(struct fleet_tool *t);

/* Does the app carry this fleet's mark? INVALID with words where it does not, NOT_FOUND where there
 * is no such app. */
enum heroku_class fleet_tool_owns(
    struct heroku *h, const char *fleet, const char *app, struct err *err);
/* The row of --env, for all tools: at is a const char *. */
#define FLEET_TOOL_OPT_ENV(at_)                                                                    \
	{                                                                                          \
		.name = "env", .letter = 'e', .kind = OPT_STRING, .at = (at_), .arg = "FILE",      \
		.help = "read the configuration from this file (.env where there is one)"          \
	}

/* The main of a tool but for its cleaning up: options, run (an exit code, and what is to be told), its
 * words to stderr. */
int fleet_tool_main(const struct opt_program *program, int argc, char **argv,
    int (*run)(const struct strv *operands, struct err *err));

/* 0 ok; 100 wrong usage or configuration; 3 rate limited; 111 our own machine; else 2. */
int fleet_tool_exit(enum heroku_class class, const struct err *err);

#endif
