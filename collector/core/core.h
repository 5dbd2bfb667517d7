/* SPDX-License-Identifier: MIT */
/*
 * core: everything that the collector knows now. Frames in; checks, series, incidents and counts
 * out. The same for the server and for replay: pure, no clock, no input or output; now is an
 * argument, times are Unix ms, one thread.
 *
 * A check is (app, source). Its numbers become series (app, measure, source, unit), at the due
 * moment of their slot, once a slot. Metrics of any app, router lines and a dyno's words become
 * series and counts too. Everything has a ceiling, and what passes it is counted by cause.
 */
#ifndef FE_COLLECTOR_CORE_H
#define FE_COLLECTOR_CORE_H

#include "check.h"
#include "maintenance.h"
#include "series.h"

struct core;

/* What happens, for those who tell it on (pages, outlets). All may be NULL. Must not call core. */
struct core_ears {
	void (*check)(void *arg, struct check *c, unsigned news); /* enum check_news; not 0 */
	void (*incident)(
	    void *arg, struct check *c, enum incident_event event, const struct incident *i);
	/* A number that was kept: of a check (a measure), or of an app's own metrics. id: its series. */
	void (*number)(
	    void *arg, uint32_t id, enum line_metric_kind kind, int64_t at_ms, double value);
	void *arg;
	/* It was silent for forget_ms, and is freed now: forget it. */
	void (*retired)(void *arg, struct check *c);
};

struct core_rules {
	struct series_limits series;
	struct verdict_limits verdicts;
	uint32_t checks; /* the most; 0: CORE_CHECKS */
	uint64_t seed;   /* of all tables of names: random in a server, fixed in replay */
	struct core_ears ears;
	int64_t forget_ms;    /* 0: nothing is ever forgotten */
	int64_t incidents_ms; /* as long are incidents kept from their end; 0: for ever */
	bool replay;          /* the lines' own times are the only clock */
	/* What is new is written here, too (journal.h); NULL: not. What finds no room sets *overflow: the
	 * journal is not whole, and all that is marked as changed must be written instead. */
	struct buf *journal;
	bool *overflow;
};
#define CORE_CHECKS 20000U
#define CORE_SOURCES 1000U /* of other lines: (app, procid) */

struct core *core_new(const struct core_rules *rules);
void core_free(struct core *c);

/* A frame, its app as the drain names it: named, by ?app= or its token; else app is what stands for
 * the unnamed, and Ferret's own lines speak for themselves. */
void core_frame(struct core *c, const struct frame *f, struct word app, bool named, int64_t now_ms);
/* Once a second: silence, waiting rounds. */
void core_tick(struct core *c, int64_t now_ms);
/* No more lines will come (replay): what waits is told. */
void core_end(struct core *c);
/* The newest time that any line told: the clock of a replay. INT64_MIN before the first. */
int64_t core_line_time(const struct core *c);

size_t core_checks(const struct core *c);
struct check *core_check_at(const struct core *c, size_t i); /* in the order they came */
struct check *core_check(const struct core *c, struct word app, struct word source); /* NULL */
/* Made where it is new; NULL: too many (counted). */
struct check *core_check_make(struct core *c, struct word app, struct word source);
struct check_room *core_room(struct core *c);
/* Planned windows: a tag beside the states. */
struct maintenance *core_maintenance(struct core *c);
struct series *core_series(struct core *c);
/* The series of one of a check's numbers ("time"); SERIES_NONE: none yet. */
uint32_t core_number(const struct core *c, const struct check *check, const char *name);

/* Say that this series, put back by a store, is one of this check's numbers. */
void core_put_number(struct core *c, struct check *check, uint32_t id);
/* The numbers that a check has: name of the i-th, NULL behind the last. */
const char *core_number_name(const struct check *check, size_t i, uint32_t *out_id);
/* All that was stored is put back: checks find their state, the lines' clock goes on. */
void core_wake(struct core *c, int64_t now_ms);
/* Drop old buckets from memory; not while a writer holds some. */
void core_tidy(struct core *c, int64_t now_ms);

struct core_source { /* of lines that nobody reads */
	char *app, *procid;
	uint64_t lines;
};
struct core_counts {
	uint64_t frames, bytes, kinds[LINE_KINDS];
	uint64_t lost_told[4]; /* L10 to L13: lines that others said are gone */
	uint64_t lost_output;  /* dropped from a supervisor's output */
	uint64_t checks_lost, sources_lost;
	uint64_t retired_checks, retired_series;
	uint64_t odd; /* metrics that are no numbers */
	const struct core_source *source;
	size_t sources;
	struct verdict_counts verdicts;
	int64_t lag_ms; /* of the newest frame: arrival less its own time */
};
struct core_counts core_counts(const struct core *c);

bool core_changed(const struct core *c); /* something is to be written */
/* For the store: the next check with something to be written, then unmarked; NULL. */
struct check *core_take_dirty(struct core *c);
void core_put_back(struct core *c, struct check *check);

#endif
