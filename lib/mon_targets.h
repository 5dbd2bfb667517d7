/* SPDX-License-Identifier: MIT */
/*
 * mon_targets: from a monitor's arguments to its checks: each with a name, a source and the
 * one-line command that repeats it. Private to mon.
 */
#ifndef FE_LIB_MON_TARGETS_H
#define FE_LIB_MON_TARGETS_H

#include <stddef.h>

#include "err.h"
#include "mon.h"
#include "strv.h"

#define MON_CHECK_NAME_MAX 200 /* bytes of a check's name: prefix and values must fit a line */

struct mon_target {
	char *name, *target, *source;
	char *repeat;        /* quoted for a shell, secrets blotted */
	struct strv secrets; /* of the target: mon_secrets.h */
};

struct mon_targets_list {
	struct mon_target *v;
	size_t n;
};

struct mon_given {
	int argc;
	char **argv;
	const struct strv *operands;
	const char *name; /* --name, "" when not given */
	const char *app;  /* NULL: nobody named it */
	bool *is_operand; /* which of argv; mon_targets_make's own */
};

/* Blot the secrets of targets in argv, and fill out (zeroed before) from the operands, else the environment GROUP_NAME_TARGETS. An empty
 * list means unconfigured. FE_EUSAGE with err: wrong name, refused target, collision. */
int mon_targets_make(const struct mon_spec *spec, struct mon_given *given,
    struct mon_targets_list *out, struct err *err) FE_MUST_CHECK;
void mon_targets_done(struct mon_targets_list *l);
/* "http/get" -> "HTTP_GET"; a name without a slash counts from its last part ("bin/check" is a
 * command: "CHECK"). Caller frees. */
char *mon_env_prefix(const struct mon_spec *spec);
/* The source of a check. Caller frees. */
char *mon_source(const struct mon_spec *spec, const char *check);

#endif
