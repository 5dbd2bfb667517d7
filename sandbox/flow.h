/* SPDX-License-Identifier: MIT */
/*
 * flow: bytes through one descriptor in the loop (pipe, socket, pseudo-terminal), both ways, without
 * ever blocking it. Reads can be held back; what is written waits in a queue with a ceiling.
 */
#ifndef FE_SANDBOX_FLOW_H
#define FE_SANDBOX_FLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

#include "buf.h"

#define FLOW_QUEUE_MAX (4UL * 1024 * 1024) /* bytes waiting to be written */
#define FLOW_HIGH (256UL * 1024)           /* from here on the source should pause ... */

struct flow;

struct flow_events {
	void *arg;
	void (*data)(void *arg, const char *p, size_t n);
	void (*end)(void *arg);     /* nothing more will come; told once; close it now or later */
	void (*drained)(void *arg); /* the queue is empty again; may be NULL */
};

/* Takes the descriptor over. Freed by flow_close alone, never by itself. */
struct flow *flow_new(uv_loop_t *loop, int fd, const struct flow_events *events);
/* false: the queue would pass its ceiling or the other side is gone; nothing was queued. */
bool flow_write(struct flow *f, const void *p, size_t n);
size_t flow_queued(const struct flow *f);
int flow_fd(const struct flow *f); /* borrowed */
void flow_pause(struct flow *f, bool paused);
/* No more will be written: sockets are shut down once the queue is empty, pipes closed. */
void flow_finish(struct flow *f);
/* Close the descriptor, now or (flush) once the queue is empty; no event follows. NULL is fine. */
void flow_close(struct flow *f, bool flush);

#endif
