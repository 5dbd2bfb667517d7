/* SPDX-License-Identifier: MIT */
/*
 * dyno: one running instance: a real process in its slug directory with PORT, DYNO, HOME and the
 * config, its output by lines, its states, restarts after a crash, SIGTERM then SIGKILL.
 *
 * A formation's dyno lives until dyno_stop; a one-off until its process ends. What the platform
 * says about it ("State changed from starting to up") comes through `tell`, its own output through
 * `line`; an attached one's goes out as bytes through `bytes` and is in no log.
 */
#ifndef FE_SANDBOX_DYNO_H
#define FE_SANDBOX_DYNO_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "crash.h"
#include "err.h"
#include "kids.h"

#define DYNO_LINE_MAX 10000UL /* longer lines come out in pieces, as Logplex has them */

enum dyno_state { DYNO_STARTING, DYNO_UP, DYNO_CRASHED, DYNO_DOWN, DYNO_COMPLETE };

struct dyno;

struct dyno_events {
	void *arg;
	void (*state)(void *arg, struct dyno *d, enum dyno_state from, enum dyno_state to);
	void (*line)(void *arg, struct dyno *d, const char *p, size_t n); /* without line end */
	void (*tell)(void *arg, struct dyno *d, const char *text);
	void (*bytes)(void *arg, struct dyno *d, const char *p, size_t n); /* attached only */
	/* It is gone for good; code as of kids.h, -1 when no process ever ran. d is freed after. */
	void (*ended)(void *arg, struct dyno *d, int code);
};

struct dyno_rules {
	uv_loop_t *loop;
	struct kids *kids;
	struct crash_policy crash;
	uint64_t stop_ms; /* from SIGTERM to SIGKILL: 30000 */
	uint64_t boot_ms; /* to bind PORT, else R10: 60000 */
	uint64_t slow_ms; /* fault: wait so long before the process is started; 0 */
};

#define DYNO_RULES_DEFAULT(the_loop, the_kids)                                                     \
	{                                                                                          \
		.loop = (the_loop), .kids = (the_kids), .crash = CRASH_POLICY_DEFAULT,             \
		.stop_ms = 30000, .boot_ms = 60000                                                 \
	}

struct dyno_spec {
	const char *name;    /* "web.1", "run.4187" */
	const char *command; /* for /bin/sh -c */
	const char *dir;     /* slug directory: cwd and HOME */
	char *const *config; /* KEY=VALUE..., NULL-terminated; may be NULL */
	uint16_t port;       /* of a web dyno: PORT, up once bound; 0: up once started */
	bool one_off;
	bool attached;     /* starts at once; its output waits (bounded) for dyno_pause(false) */
	bool no_tty;       /* attached without a pseudo-terminal: no echo, LF still becomes CR LF */
	uint64_t limit_ms; /* time_to_live; 0: none */
};

/* All of spec is copied; rules must outlive the dyno. Never fails: a command that cannot start is
 * a crash, told from the loop, never from inside this call. */
struct dyno *dyno_new(
    const struct dyno_rules *rules, const struct dyno_spec *spec, const struct dyno_events *ev);
/* Stop and start again (restart, config change, release); the config may be new (NULL: as it was). */
void dyno_restart(struct dyno *d, char *const *config);
/* TERM, then KILL, then `ended`. */
void dyno_stop(struct dyno *d);
/* Fault: its processes get KILL, as a machine that fails. */
void dyno_kill(struct dyno *d);
/* Attached: what the client typed; false when it cannot be taken. 0x03, 0x1c and 0x04 are the
 * terminal's INT, QUIT and end of input, without a terminal as well. */
bool dyno_input(struct dyno *d, const char *p, size_t n);
/* Attached: the client went away: SIGHUP to all its processes. */
void dyno_hangup(struct dyno *d);
/* Hold the output back in the pipe (the client is slow or not there yet). */
void dyno_pause(struct dyno *d, bool paused);

enum dyno_state dyno_state(const struct dyno *d);
const char *dyno_state_word(
    enum dyno_state s); /* "starting", "up", "crashed", "down", "complete" */
const char *dyno_name(const struct dyno *d);
const char *dyno_command(const struct dyno *d);
uint16_t dyno_port(const struct dyno *d);
pid_t dyno_pid(const struct dyno *d);          /* leads its session; 0: no process now */
int64_t dyno_changed_ms(const struct dyno *d); /* Unix ms of the last change of state */

/* A loopback port that nobody has bound; 0: none left. */
uint16_t dyno_free_port(void);

#endif
