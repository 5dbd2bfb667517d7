/* SPDX-License-Identifier: MIT */
/*
 * output: what the supervisor prints. Three formats: Foreman's bytes (facts/supervisors.md 1.8),
 * plain (the children's lines as they are: the platform's log adds time and name), and json (one
 * object a line: time, name, line; "partial":true on a piece of a line that passed the ceiling).
 *
 * Lines are gathered in one buffer and written by output_flush, once a batch. The descriptor is
 * non-blocking through an open file description of our own where the system allows it (the one we
 * got may be shared with a shell); where it does not, writes are small enough not to block after
 * poll said so. While the reader is slow `stalled` is set and the owner stops reading children, or,
 * with drop, lines beyond OUTPUT_DROP_ABOVE are dropped and counted.
 */
#ifndef FE_RUNNER_OUTPUT_H
#define FE_RUNNER_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config.h"
#include "lines.h"

#define OUTPUT_FLUSH_AT (256UL * 1024)    /* a batch is written when it has grown to this */
#define OUTPUT_DROP_ABOVE (1024UL * 1024) /* with drop: what a stalled reader may owe */

struct output {
	int fd;
	bool own_fd, chunked;
	enum config_format format;
	bool color, timestamp, drop;
	int width; /* of the name column */
	char *p;   /* owned; p[off..len) is still to be written */
	size_t off, len, cap, high;
	int64_t now_ms; /* wall clock of the current batch: output_tick */
	char clock[16]; /* HH:MM:SS for output_clock */
	int64_t clock_of;
	char time[32]; /* "HH:MM:SS" of now_ms, or the date and time of json */
	int64_t time_of;
	bool stalled, closed;
	int failed;         /* errno of the write that closed it; 0: none, or its reader went */
	uint64_t unwritten; /* bytes that came to nothing since then */
	uint64_t dropped;   /* lines since the last report */
};

/* One name that lines come under: a child, or "system". */
struct output_source {
	char *name;   /* owned */
	char *prefix; /* owned; everything before the line */
	size_t prefix_len;
	size_t time_at; /* where in prefix the time stands */
	int64_t time_of;
	bool timed;
};

/* Take over descriptor fd as config says. */
void output_init(struct output *o, const struct config *c, int fd);
void output_done(struct output *o);
/* Called at the start of each batch. */
void output_tick(struct output *o, int64_t wall_ms);

/* HH:MM:SS of the current batch, in every format. Borrowed until the next batch. */
const char *output_clock(struct output *o);

/* color: 0.. for the entries in Procfile order, -1 for system. */
void output_source_init(
    const struct output *o, struct output_source *s, const char *name, int color);
void output_source_done(struct output_source *s);

/* One line of a child. Returns false when it was dropped (and counted). */
bool output_line(
    struct output *o, struct output_source *s, const char *p, size_t len, enum lines_end end);
/* A message in Foreman's format; nothing in the others. */
void output_say(struct output *o, struct output_source *s, const char *fmt, ...) FE_PRINTF(3, 4);
/* An event line (logfmt, without newline) in plain and json; nothing in Foreman's format. */
void output_event(struct output *o, const char *name, const char *line);
/* Write what is gathered. 0, or FE_ECLOSED once the reader is gone or a write failed (then all else
 * is discarded, and counted). Sets or clears stalled. */
int output_flush(struct output *o) FE_MUST_CHECK;
size_t output_pending(const struct output *o);
/* Give unused memory back to the system; for quiet moments. */
void output_rest(struct output *o);

#endif
