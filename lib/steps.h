/* SPDX-License-Identifier: MIT */
/*
 * steps: a tool's progress, step by step, and jobs side by side in forked children.
 *
 *   create x-run … done 1.2s
 *
 * One line a step, written when it ends; on a terminal what is under way stands below the last line
 * until then. A job's child tells its parent through a pipe, which alone writes. A child ends with its
 * parent, however that ends. Failures also go to standard error, as "PROGRAM: VERB NAME: why".
 */
#ifndef FE_LIB_STEPS_H
#define FE_LIB_STEPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

#define STEPS_WIDTH_MAX 16

struct steps {
	const char *program;
	int out, err;    /* descriptors */
	bool tty, child; /* child: out is the pipe to the parent */
	unsigned done, failed;
	char *busy[STEPS_WIDTH_MAX]; /* what each job is at; "" or NULL: nothing */
	bool shown;                  /* the line of what is under way stands there */
};

struct step {
	struct steps *s;
	const char *verb, *name;
	uint64_t start_ns;
};

void steps_init(struct steps *s, const char *program, int out, int err);

struct step steps_begin(struct steps *s, const char *verb, const char *name);
/* note: "(3 keys)", NULL */
void steps_done(struct step *p, const char *note);
void steps_failed(struct step *p, const char *why);
/* A line of its own on standard output. */
void steps_say(struct steps *s, const char *fmt, ...) FE_PRINTF(2, 3);
/* ... and on standard error, after the program's name. */
void steps_complain(struct steps *s, const char *fmt, ...) FE_PRINTF(2, 3);

struct steps_crew {
	size_t jobs;
	unsigned width; /* so many at a time, 1 to STEPS_WIDTH_MAX */
	/* In a child: job i; what it says, it says through s. Its exit code. */
	int (*work)(void *arg, size_t i, struct steps *s);
	void (*told)(void *arg, size_t i, const char *text); /* in the parent; may be NULL */
	void *arg;
};
/* In a child: one line for `told`. */
void steps_tell(struct steps *s, const char *fmt, ...) FE_PRINTF(2, 3);
/* Do all jobs. 0, or the highest exit code of a job (128 + signal: killed); FE_ESYS: no child. */
int steps_run(struct steps *s, const struct steps_crew *rules, struct err *err) FE_MUST_CHECK;

#endif
