/* SPDX-License-Identifier: MIT */
/*
 * ship: the supervisor's side of the drain. It starts bin/drain (found beside this executable),
 * hands it every line as a frame through a pipe, starts it again when it dies, and keeps the
 * account: at every instant lines == delivered + lost + what is under way.
 *
 * It never blocks and never slows a child: what does not fit into SHIP_BUFFER_MAX bytes is dropped,
 * counted, and told in band, so that the drain reports it to the receiver. What was in the hands
 * of a drain that died counts as lost. The URL reaches the drain through its environment alone.
 *
 * Call order: ship_new, ship_line as lines come, ship_flush at the end of each turn of the loop,
 * ship_reaped for every ended pid that is nobody else's, ship_stop when no more lines come; then
 * on_over is called once, and after the loop closed the handles (ship_close) ship_free.
 */
#ifndef FE_RUNNER_SHIP_H
#define FE_RUNNER_SHIP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "err.h"

#define SHIP_BUFFER_MAX (8UL * 1024 * 1024)
#define SHIP_LINE_MAX 10000 /* a longer line goes on in further frames, as log-shuttle does */
#define SHIP_GRACE_MS 5000  /* what the drain gets to deliver the rest */

struct ship;
struct strv;
struct uv_loop_s; /* uv_loop_t */

struct ship_rules {
	const char *url;        /* secret; copied */
	const struct strv *env; /* of the env files: what the drain reads of it is copied; NULL */
	/* What happened to the drain, for a person; at is one word for event lines. May be NULL. */
	void (*say)(void *arg, const char *at, const char *text);
	void (*on_over)(void *arg); /* after ship_stop: the drain has ended */
	void *arg;
};

struct ship_stats {
	uint64_t lines;     /* frames given to ship_line */
	uint64_t delivered; /* acknowledged by the receiver */
	uint64_t lost;      /* dropped here, lost by the drain, or died with it */
	unsigned restarts;
	pid_t pid;         /* 0: none runs */
	uint64_t up_ns;    /* monotonic: its last start */
	int last_code;     /* exit code, or 128 + signal; -1 while none has ended */
	const char *state; /* one word for ps */
};

/* FE_EUSAGE for a URL that is none (err never holds it). Starts the drain on the next turn. */
int ship_new(struct uv_loop_s *loop, const struct ship_rules *rules, struct ship **out,
    struct err *err) FE_MUST_CHECK;
/* One line of `procid` ("web.1"), without its newline, read at at_ms (Unix ms). */
void ship_line(struct ship *s, const char *procid, int64_t at_ms, const char *text, size_t len);
void ship_flush(struct ship *s);
/* True when pid was the drain's. */
bool ship_reaped(struct ship *s, pid_t pid, int status);
pid_t ship_pid(const struct ship *s); /* 0 for NULL and while none runs */
struct ship_stats ship_stats(const struct ship *s);
/* No more lines: empty the pipe, close it, wait SHIP_GRACE_MS for the drain, then end it. */
void ship_stop(struct ship *s);
/* ... and now at once. */
void ship_hurry(struct ship *s);
/* Close the loop's handles; ship_free once the loop has run their close callbacks. */
void ship_close(struct ship *s);
void ship_free(struct ship *s); /* NULL is fine */

#endif
