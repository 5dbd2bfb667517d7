/* SPDX-License-Identifier: MIT */
/*
 * fleet_crew: what setup and teardown begin with: configuration and client, the journal, who we are. What is
 * wrong has been told (through steps) when a function returns an exit code.
 */
#ifndef FE_LIB_FLEET_CREW_H
#define FE_LIB_FLEET_CREW_H

#include "fleet_claim.h"
#include "fleet_tool.h"
#include "steps.h"

struct fleet_crew {
	struct steps steps;
	struct fleet_tool tool;
	struct fleet_journal journal;
	struct fleet_who who;
	json_t *account;
};

struct fleet_crew_opts {
	const char *program;  /* "setup" */
	const char *env_file; /* NULL: .env where it is */
	unsigned needs;       /* enum fleet_env_needs */
	bool reads;           /* a dry run: the journal is left as it is */
};

/* 0 or an exit code; fleet_crew_close in any case. t must stay where it is. */
int fleet_crew_open(struct fleet_crew *t, const struct fleet_crew_opts *opts);
void fleet_crew_close(struct fleet_crew *t);
/* A client of one's own: forked children share no connection. */
int fleet_crew_client(
    const struct fleet_crew *t, struct heroku **out, struct err *err) FE_MUST_CHECK;
/* Tell err, empty it; the exit code of rc. */
int fleet_crew_complain(struct steps *s, struct err *err, int rc);
#endif
