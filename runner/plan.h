/* SPDX-License-Identifier: MIT */
/*
 * plan: which processes a Procfile, a formation and an environment make. Pure but for plan_load,
 * which reads the files. Port: base + 100 x position of the entry in the Procfile + (N - 1), with
 * base from -p, then PORT of the env files, the environment, 5000 (facts/supervisors.md 1.5).
 */
#ifndef FE_RUNNER_PLAN_H
#define FE_RUNNER_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "config.h"
#include "procfile.h"

struct plan_entry {
	const char *name;    /* borrowed from plan.procfile */
	const char *command; /* as written */
	int position;        /* from 0, counting every entry of the Procfile */
	int count;           /* instances wanted; 0 = not run */
};

struct plan {
	struct procfile procfile;
	struct plan_entry *v; /* one per Procfile entry, same order */
	size_t n;
	struct strv env; /* pairs of the env files only */
	char *root;      /* directory of children */
	char *procfile_path;
	int64_t base_port;
	int width;     /* of the name column: Foreman's rule, 1.8 */
	int instances; /* sum of the counts */
};

/* Read and expand. only: one entry's name (`start NAME`) or NULL. Errors are Foreman's texts under
 * the name foreman, and one line naming file, line and what was expected otherwise. */
int plan_load(
    struct plan *p, const struct config *c, const char *only, struct err *err) FE_MUST_CHECK;
/* Everything that is wrong with Procfile, env files, formation and ports by the strict rules, one
 * line each without a program name, appended to out (none: plan_load succeeds). Of more than
 * PLAN_MAX_PROBLEMS the number of those left out is the last line. */
#define PLAN_MAX_PROBLEMS 1000
void plan_problems(const struct config *c, struct strv *out);
/* Only what `run` needs: env files, and the Procfile where there is one (p->n may be 0). */
int plan_load_run(struct plan *p, const struct config *c, struct err *err) FE_MUST_CHECK;
/* Apply "a=1, all=2" to the entries' counts. strict: unknown names, junk counts and a formation
 * that starts nothing are FE_EUSAGE; else Foreman's leniency (junk is 0, unknown ignored). */
int plan_formation(
    struct plan *p, const char *formation, bool strict, struct err *err) FE_MUST_CHECK;
/* Highest count of one entry that is accepted. */
#define PLAN_MAX_COUNT 100000
int64_t plan_port(const struct plan *p, const struct plan_entry *e, int instance); /* from 1 */
/* The complete environment (inherited, env files, PORT, PS) of instance N; appended to out. */
void plan_env(const struct plan *p, const struct plan_entry *e, int instance, struct strv *out);
/* The command text with $KEY of (env files, PORT, PS) substituted at word boundaries (1.3). */
char *plan_command(const struct plan *p, const struct plan_entry *e, int instance);
/* True for words that only a shell knows (exit, if, :), as Ruby's spawn has it. */
bool plan_shell_word(const char *word, size_t len);
/* How to start a command text, by Ruby's spawn rule (1.4): its words, to be found through PATH, and
 * NULL; or, where it has shell characters or a builtin, sh -c TEXT and the file, /bin/sh, which
 * calls itself sh in its messages as Foreman's does. The words are appended to out. */
const char *plan_argv(const char *command, struct strv *out);
void plan_done(struct plan *p);

#endif
