/* SPDX-License-Identifier: MIT */
/*
 * reloader: when to read the Procfile and env files anew: on request (HUP) and, with --watch, when
 * one of them changed and 200 ms of quiet have passed. A plan that does not load changes nothing
 * and is reported. Owns the plans after the first; the fleet always refers to the newest.
 */
#ifndef FE_RUNNER_RELOADER_H
#define FE_RUNNER_RELOADER_H

#include <uv.h>

#include "crew.h"

#define RELOADER_QUIET_MS 200
#define RELOADER_DIRS 2 /* of the Procfile, and of .env */

struct reloader {
	const struct config *config;
	struct crew *crew;
	struct plan *own; /* the plan in force where it is not the first */
	uv_fs_event_t dirs[RELOADER_DIRS];
	uv_timer_t quiet;
	bool watching;
	void (*acted)(void *arg);
	void *arg;
};

/* acted(arg) is called when the fleet was changed by a watched file. Handles are closed with the
 * loop; reloader_done frees after that. */
void reloader_init(
    struct reloader *r, uv_loop_t *loop, struct crew *f, void (*acted)(void *arg), void *arg);
/* Read and move now. */
void reloader_reload(struct reloader *r);
void reloader_done(struct reloader *r);

#endif
