/* SPDX-License-Identifier: MIT */
/*
 * job: one app made right, step by step. Each step looks first (GET alone) and does something only
 * where something is missing; so a second run goes on where the first was ended, and a third changes
 * nothing. With plan->dry it says what it would do.
 *
 * Steps return 0 or an exit code; what went wrong has been told then.
 */
#ifndef FE_SETUP_JOB_H
#define FE_SETUP_JOB_H

#include "plan.h"
#include "steps.h"

struct job {
	const struct plan *plan;
	const struct target *t;
	struct steps *steps;
	struct heroku *api;
	struct fleet_look look;
	bool missing; /* dry: the app is not there yet, so everything would have to be done */
	bool fresh;   /* code was deployed by this run */
};

/* In a child of steps_run: all steps of one app (of APP itself: up to its release). */
int job_run(const struct plan *p, const struct target *t, struct steps *s);
/* In a child of steps_run: whose is the app? Told to the parent as fleet_look_word has it. */
int job_survey(const struct plan *p, const struct target *t, struct steps *s);

int job_open(struct job *j, const struct plan *p, const struct target *t, struct steps *s);
void job_close(struct job *j);

/* A step that is needed begins; false: it is only said, because nothing is to be done. */
bool job_act(struct job *j, struct step *step, const char *verb, const char *detail);
/* The end of a step: 0 or the exit code. err is emptied; note may be NULL. */
int job_end(struct step *step, enum heroku_class class, const char *note, struct err *err);
/* A look that failed. */
int job_blind(struct job *j, const char *at, enum heroku_class class, struct err *err);

/* ---- the parts ---- */

/* True in *needed: nothing runs there, or an older one of ours ("PREFIX..."). */
int job_outdated(struct job *j, const char *prefix, const char *version, bool *needed);
/* dir deployed under this version, unless it is already. */
int job_deploy(struct job *j, const char *dir, const char *prefix, const char *procfile);
/* Certificate and domain of the endpoint canary. */
int job_endpoint(struct job *j);
/* The buildpacks of the app, unless it has some. with_libraries: of Ferret; else of a canary. */
int job_buildpacks(struct job *j, bool with_libraries);
/* APP itself: config, buildpacks, Ferret deployed. */
json_t *self_config(const struct plan *p);
int self_deploy(struct job *j);
/* After all canaries are there: the drain, and the monitors begin. */
int self_begin(struct job *j);

#endif
