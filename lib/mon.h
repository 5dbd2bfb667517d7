/* SPDX-License-Identifier: MIT */
/*
 * mon: the main of every monitor. A monitor is an option table and one blocking probe function;
 * mon does the rest: targets, options, environment, slots, forked tries with a deadline, retries,
 * lines, exit codes, --once, --help, --man (DESIGN 3 and 4).
 *
 * The probe runs in a forked child that owns nothing of the parent's: it may hang, leak or crash.
 * It says what it found through its `struct try` and returns one of the try_* results. What it
 * prints on stdout or stderr is captured and becomes the try's output.
 */
#ifndef FE_LIB_MON_H
#define FE_LIB_MON_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "err.h"
#include "opt.h"

struct try;

/* What one try found. The numbers are the try's `status` as far as a probe gives one itself. */
enum try_verdict {
	TRY_PASS = 0,
	TRY_FAIL = 1,
	TRY_UNKNOWN = 2, /* not the service's fault: no uptime sample */
	TRY_WARN = 3,    /* passed, with a warning: `--once` exits 1 */
};

/* The target as given ("" where the monitor takes none) and the check's name. Borrowed. */
const char *try_target(const struct try *t);
const char *try_name(const struct try *t);
/* Number of the slot this try is for: 0 is the monitor's first. */
uint64_t try_slot(const struct try *t);
const char *try_app(const struct try *t); /* APP */
/* Nanoseconds left until the deadline over all tries (never negative); ms, at least 1, at most
 * INT_MAX, for poll-like calls. */
uint64_t try_left_ns(const struct try *t);
int try_left_ms(const struct try *t);

/* How often the check is due, and how long a round of it may take. */
uint64_t try_interval_ns(const struct try *t);
uint64_t try_timeout_ns(const struct try *t);

/* The measurement begins here: what came before (waiting for a turn) counts neither for the time nor
 * for any phase. The deadline stays. */
void try_start(struct try *t);
/* So much of the time since the last mark was spent waiting for ourselves (a rate limit): it counts
 * neither for the time nor for the phase under way. */
void try_skip(struct try *t, uint64_t ns);
/* Close the current phase under this name: its duration is the time since the last mark (or the
 * start of the try). Phases tile the try; what no mark covers is reported as `other`. */
void try_mark(struct try *t, const char *phase);
/* A phase of known length (libcurl's timings), counted into the tiling. */
void try_phase(struct try *t, const char *phase, uint64_t ns);
/* A number measured: unit "" or "s", "B", "MB/s" ...; not part of the tiling; negative becomes 0. */
void try_value(struct try *t, const char *name, double value, const char *unit);
/* The phase that is under way, told as evidence (`phase=`) when the try fails or is cut. */
void try_enter(struct try *t, const char *phase);
/* Evidence of a failure, one `key=value` on the failure lines: peer address, RTT, first bytes.
 * Text is escaped; never pass a secret. */
void try_evidence(struct try *t, const char *key, const char *fmt, ...) FE_PRINTF(3, 4);
/* A fact told on the fifth line of every verdict, passes too, after the measures: `key=value`. For
 * what a person wants to see of a service that is well (the host key seen first). */
void try_note(struct try *t, const char *key, const char *fmt, ...) FE_PRINTF(3, 4);
/* RTT, retransmits and peer address of a connected TCP socket, as evidence. */
void try_evidence_socket(struct try *t, int fd);
/* The answer came over a kept connection: `reused=1`. */
void try_reused(struct try *t);
/* Text added to the try's output (what `pattern` is matched against, shown on failure). */
void try_output(struct try *t, const char *fmt, ...) FE_PRINTF(2, 3);
/* A file descriptor or path the child leaves is cleaned by the child itself; this scratch
 * directory, made on first use, is removed by the parent however the try ends. NULL on failure. */
const char *try_scratch(struct try *t);
/*
 * A debt: what this try is about to leave behind somewhere else, told before it is made; paid once it
 * is gone. What a try still owes when it ends, however it ends, is settled by the monitor
 * (mon_spec.settle) after the verdict, and before the monitor ends. Never a secret.
 */
void try_owe(struct try *t, const char *debt);
void try_paid(struct try *t, const char *debt);
/* The whole output to be matched against `pattern`, replacing captured text (a page's body). */
void try_body(struct try *t, const void *p, size_t len);

int try_pass(struct try *t);
int try_warn(struct try *t, int status);
/* Failed: the message becomes a line of the output. status is what the line shows (1 by default). */
int try_fail(struct try *t, const char *fmt, ...) FE_PRINTF(2, 3);
int try_fail_status(struct try *t, int status, const char *fmt, ...) FE_PRINTF(3, 4);
/* Not the service's fault: reason is one word (`limited`, `unconfigured`, `local`). */
int try_unknown(struct try *t, const char *reason, const char *fmt, ...) FE_PRINTF(3, 4);

/*
 * Run a command in the child, in a process group of its own, its output being the try's output;
 * end whatever it leaves behind. keep (may be NULL) gets a copy of its stdout up to its ceiling.
 * 0 and the exit code (128 + signal), or a negative code with err when it could not be started.
 */
int try_command(struct try *t, char *const *argv, struct buf *keep, int *out_status,
    struct err *err) FE_MUST_CHECK;

enum mon_targets {
	MON_TARGETS = 0, /* positional [NAME=]TARGET..., else the environment GROUP_NAME_TARGETS */
	MON_NO_TARGETS = 1, /* one check, named spec.check */
	MON_COMMAND = 2     /* the operands are a command line (mon_operands), one check */
};

struct mon_spec {
	const char *name; /* "http/get": gives source http.get.*, keys HTTP_GET_*, process type */
	const char *summary; /* one line */
	const char *about;   /* paragraphs for help and manual; may be NULL */
	const char *target;  /* placeholder of a target: "URL"; NULL with MON_NO_TARGETS */
	enum mon_targets targets;
	const char *check; /* name of the check; with targets: NULL = from NAME= or host and path */
	const struct opt *opts;      /* rows ending in OPT_END; may be NULL */
	int (*probe)(struct try *t); /* returns try_pass/try_fail/try_unknown */
	/* Optional, once in the parent before the first try: check options, load what all tries
	 * share (a CA store). Non-zero with err: exit 100 or 111 by its code. */
	int (*prepare)(struct err *err);
	/* Optional: validate one target early ("not an http URL"); FE_EUSAGE with err: exit 100. */
	int (*check_target)(const char *target, struct err *err);
	/* Optional: what a target's check is named after, where that is not its host and path ("a
	 * question's name, not the server asked"). Bytes that no name has become dashes; caller frees. */
	char *(*name_of)(const char *target);
	/* Optional: a target may stand for several, each a check of its own: append for each a
	 * suffix of the check's name and a target; none leaves it as it is. Options are known. */
	int (*expand)(const char *target, struct strv *suffixes, struct strv *targets);
	/* Optional, once in the parent: what to watch where nobody said it, each [NAME=]TARGET; none:
	 * unconfigured. May ask the network. Non-zero with err: exit 100 or 111 by its code. app: of
	 * every line; NULL where nobody named it. */
	int (*discover)(const char *app, struct strv *targets, struct err *err);
	/* Optional: settle one debt of a try that ended owing it, in a forked child of its own with a
	 * deadline (try_left_ns) of seconds. False, having printed why: not yet; it is tried again. */
	bool (*settle)(struct try *t, const char *debt);
	int multiple;        /* slots every multiple x FREQ seconds; 0 = 1 */
	const char *timeout; /* default seconds over all tries; NULL = "180" */
	bool serial;         /* checks take turns */
};

/* With MON_COMMAND: the command line given, NULL-terminated; in the child, through its try. */
char *const *try_operands(const struct try *t);

/* "option --pattern" or "environment HTTP_GET_PATTERN": where an option's value came from, for
 * messages about it. Caller frees. */
char *mon_origin(const struct mon_spec *spec, const char *option, const char *value);

/* Runs the monitor and returns main's exit code. */
int mon_main(int argc, char **argv, const struct mon_spec *spec);

#endif
