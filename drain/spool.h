/* SPDX-License-Identifier: MIT */
/*
 * spool: the drain's whole policy, pure: lines come in, batches go out on a few lanes, answers
 * come back, and every line is accounted for. It does no I/O and never asks for the time.
 *
 * At every instant lines == delivered + dropped + lost + queued. Losses are told to the receiver
 * at the head of the next batch that is started (L12: dropped because the buffer was full, L13:
 * lost because delivery failed), and told again when that batch itself is lost.
 *
 * A batch is due when it is full or its first line is old enough, and it is sealed only then and
 * when a lane is free: with a slow receiver batches grow instead of multiplying. A batch keeps its
 * lane and its frame id over all its tries.
 */
#ifndef FE_DRAIN_SPOOL_H
#define FE_DRAIN_SPOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "frame.h"
#include "retry.h"

#define SPOOL_LANES_MAX 16
/* The least that batch_bytes and buffer_bytes may be: one frame and the notices must fit. */
#define SPOOL_BATCH_MIN (BUF_MAX_FRAME + 1024UL)
#define SPOOL_NEVER UINT64_MAX

struct spool_rules {
	unsigned batch_lines;
	size_t batch_bytes;  /* of one request */
	size_t buffer_bytes; /* of everything held, frames in flight included */
	uint64_t wait_ns;    /* age at which a batch is due */
	unsigned lanes;      /* requests in flight, 1 to SPOOL_LANES_MAX */
	unsigned tries;      /* of one batch before it is lost */
	uint64_t backoff_ns, backoff_most_ns;
	uint64_t hold_most_ns; /* a longer Retry-After counts as this */
	uint64_t seed;         /* random: jitter and frame ids come from it */
};

struct moment {
	uint64_t mono_ns;
	int64_t wall_ms;
};

struct spool_counts {
	uint64_t lines;     /* all that came in */
	uint64_t delivered; /* acknowledged by a 2xx */
	uint64_t dropped;   /* the buffer was full */
	uint64_t lost;      /* refused, given up or abandoned */
	uint64_t queued;    /* still here */
	uint64_t told;      /* losses before us that were told to us (spool_told) */
	uint64_t reported;  /* losses, ours and told, whose notice was acknowledged */
	uint64_t requests, retries;
};

enum spool_loss { SPOOL_DROPPED, SPOOL_LOST };

/* A request: borrowed until spool_done for its lane. */
struct spool_batch {
	const char *body;
	size_t len;
	unsigned messages; /* frames in the body, notices included */
	uint64_t told_dropped, told_lost;
	char id[33]; /* 32 hex digits */
	unsigned try;
};

struct spool;

/* Caller frees with spool_free. */
struct spool *spool_new(const struct spool_rules *rules);
void spool_free(struct spool *s);

/* One line, without its newline; one frame as it stands. False: dropped and counted. */
bool spool_line(struct spool *s, struct moment now, const struct frame_head *head, const char *text,
    size_t len);
bool spool_frame(struct spool *s, struct moment now, const char *p, size_t len);
/* Losses that happened before the lines reached us, to be passed on to the receiver. */
void spool_told(struct spool *s, struct moment now, enum spool_loss kind, uint64_t n);
/* Whether n more bytes of frames fit (for callers that would rather wait than drop). */
bool spool_has_room(const struct spool *s, size_t n);

/* The next request to send now and its lane; false when there is none. */
bool spool_start(
    struct spool *s, struct moment now, unsigned *out_lane, struct spool_batch *out_batch);
/* The answer: status 0 = none; retry_after_ns as the receiver asked, 0 = it did not. */
void spool_done(
    struct spool *s, struct moment now, unsigned lane, int status, uint64_t retry_after_ns);
/* When spool_start may have something again without another event; SPOOL_NEVER. */
uint64_t spool_due_ns(const struct spool *s);

/* No more lines will come: everything is due, and waits become short. */
void spool_end(struct spool *s, struct moment now);
/* After spool_end: nothing is left to do. */
bool spool_is_empty(const struct spool *s);
/* Count everything still here as lost. Requests in flight must not be reported any more. */
void spool_abandon(struct spool *s, struct moment now);

struct spool_counts spool_counts(const struct spool *s);

#endif
