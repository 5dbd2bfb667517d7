/* SPDX-License-Identifier: MIT */
/*
 * ship_in: what the files of ship share: ship.c (pipe and account), ship_life.c (the drain's
 * process from start to end). Nothing outside them includes it.
 */
#ifndef FE_RUNNER_SHIP_IN_H
#define FE_RUNNER_SHIP_IN_H

#include <uv.h>

#include "buf.h"
#include "ship.h"
#include "strv.h"
#include "ship_account.h"

#define SHIP_WRITE_AT (64UL * 1024) /* written before the turn of the loop ends */

enum ship_watched { SHIP_NEWS, SHIP_ROOM };

enum ship_state {
	SHIP_DOWN,     /* waits for its start */
	SHIP_UP,       /* runs */
	SHIP_GIVEN_UP, /* it refused its configuration: not started again */
	SHIP_OVER,
};

struct ship {
	uv_loop_t *loop;
	struct ship_rules rules;
	char *url, *path; /* owned */
	struct strv env;  /* what the env files say to the drain */
	enum ship_state state;
	pid_t pid;
	unsigned failures, restarts;
	int last_code; /* -1: none has ended yet */
	uint64_t up_ns;
	bool stopping;
	bool last_one;     /* while stopping: this drain is not followed by another */
	unsigned kills;    /* steps taken to end it */
	int in, out;       /* our ends of the drain's stdin and stdout; -1 */
	int epoll;         /* over both, so that one uv handle serves all drains */
	bool room_wanted;  /* in is in the epoll set */
	struct buf frames; /* from `first` on: whole frames */
	size_t first;      /* what stands before it is the drain's already */
	size_t written;    /* bytes of the frame at `first` that are in the pipe */
	struct buf note;   /* goes before the next frame */
	struct buf status; /* an unfinished line of the drain's account */
	struct ship_account account;
	uv_poll_t poll;
	uv_timer_t timer;
};

/* Something is left that the drain should have. */
bool ship_has_more(const struct ship *s);
void ship_close_in(struct ship *s);
/* Its reader is gone: a frame that is half in the pipe is lost, one not begun is kept. */
void ship_forget_partial(struct ship *s);
void ship_read_news(struct ship *s);

#endif
