/* SPDX-License-Identifier: MIT */
/*
 * uptime: what share of the time something worked, as intervals of up, down and unknown that tile
 * the wall clock, and as a share of samples with its interval.
 *
 * A track is one vantage point: a check as one site's one instance sees it. It keeps verdicts as
 * runs of consecutive slots of one process (boot) with one state, sorted, so that a steady check
 * is one run. A verdict speaks from its slot's due moment for `every`, and up to the next slot
 * where that comes within one and a half `every`; nobody speaks for a slot that is missing, nor
 * between two boots: that time is unknown. A verdict of state unknown says so itself. Where two
 * processes write one track at once, the run that began later speaks.
 *
 * What is kept is a function of the set of verdicts, not of their order: late ones fill their gap,
 * duplicates (same boot and slot) are told and change nothing. Verdicts without boot and slot (the
 * four older lines) have no such key: their duplicates are the caller's to see to, and one that
 * comes late into the middle of a run is told as late and left out.
 *
 * Pure, no clock; memory is the runs alone. Times are Unix ms. One thread.
 */
#ifndef FE_COLLECTOR_UPTIME_H
#define FE_COLLECTOR_UPTIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum uptime_state { UPTIME_UNKNOWN, UPTIME_UP, UPTIME_DOWN, UPTIME_STATES };

struct uptime_verdict {
	int64_t ts_ms; /* when the slot was due */
	uint64_t slot;
	uint32_t boot;
	uint32_t every_ms; /* 0: not told; the track's assumption holds */
	bool numbered;     /* has boot and slot */
	enum uptime_state state;
};

struct uptime_run; /* private */

struct uptime_track {
	struct uptime_run *run;
	uint32_t n, cap;
	uint32_t max;       /* runs; 0: UPTIME_RUNS */
	uint32_t assume_ms; /* for verdicts that do not tell; 0: UPTIME_ASSUME_MS */
	int64_t longest_ms; /* no run has ever spoken longer: how far back a window must look */
};

#define UPTIME_RUNS 20000U      /* 48 h of a check every 10 s that changes at each slot */
#define UPTIME_ASSUME_MS 60000U /* of a verdict that does not tell its interval */

enum uptime_added {
	UPTIME_LONGER,    /* the newest run is one slot longer */
	UPTIME_CHANGED,   /* states may have changed at ts, or earlier than the newest run */
	UPTIME_DUPLICATE, /* known; nothing changed */
	UPTIME_LATE,      /* unnumbered, in the middle of a run; left out */
	UPTIME_FULL,      /* no room: forget something, and add it again */
};

/* A zeroed track is valid and empty. */
void uptime_done(struct uptime_track *t);
enum uptime_added uptime_add(struct uptime_track *t, const struct uptime_verdict *v);
/* Drop runs that no longer speak at before_ms or later. */
void uptime_forget(struct uptime_track *t, int64_t before_ms);
/* Until when the newest run speaks; INT64_MIN when empty. Behind it the next verdict is still out:
 * a window that ends there leaves out what cannot be known yet. */
int64_t uptime_spoken_to(const struct uptime_track *t);

/* A run as a store keeps it. Runs of a track are in the order of first_ms, then boot, then slot. */
struct uptime_row {
	int64_t first_ms, last_ms;
	uint64_t slot;
	uint32_t n, boot, every_ms;
	bool numbered;
	enum uptime_state state;
};
/* Run i, below t->n. */
struct uptime_row uptime_row(const struct uptime_track *t, uint32_t i);
/* Put back what was stored; rows come in their order, into a track that holds none behind it.
 * FE_EPROTO: no run can look like this; FE_ELIMIT: too many. */
int uptime_restore(struct uptime_track *t, const struct uptime_row *row);
/* The first run that speaks at from_ms or later, or begins there; t->n: none. */
uint32_t uptime_first_from(const struct uptime_track *t, int64_t from_ms);
/* How many slots were due in [from, to) and judged, and how many of them were up. Adds. */
void uptime_count(
    const struct uptime_track *t, int64_t from, int64_t to, uint64_t *up, uint64_t *judged);

/* Intervals, each where the one before ends, neighbours of different state. */
struct uptime_tile {
	int64_t from, to; /* to not included */
	enum uptime_state state;
};
struct uptime_tiles {
	struct uptime_tile *v;
	size_t n, cap;
};
void uptime_tiles_done(struct uptime_tiles *t);
/* Add a span behind the last, joined with it where it touches it and is alike; an empty one not. */
void uptime_lay(struct uptime_tiles *t, int64_t from, int64_t to, enum uptime_state state);
/* The tiles of [from, to), exactly; replaces what out holds, keeps its memory. */
void uptime_tiles(const struct uptime_track *t, int64_t from, int64_t to, struct uptime_tiles *out);

/*
 * Several tracks, or several such results, as one; all of the same [from, to). Who is unknown has
 * no vote; nobody votes: unknown.
 *   ANY       down where any is down
 *   ALL       down where all that vote are
 *   MAJORITY  down or up where more than half of the votes say so; a tie leaves the state as it was
 */
enum uptime_rule { UPTIME_ANY, UPTIME_MAJORITY, UPTIME_ALL };
void uptime_combine(
    enum uptime_rule rule, const struct uptime_tiles *parts, size_t n, struct uptime_tiles *out);

/* Time by state, maintenance apart: a tag beside the state, never a state. All six together are the
 * window. */
struct uptime_tally {
	int64_t ms[UPTIME_STATES], maintenance_ms[UPTIME_STATES];
};
/* maintenance: sorted spans that do not overlap; their state does not matter. May be NULL. */
void uptime_tally(
    const struct uptime_tiles *t, const struct uptime_tiles *maintenance, struct uptime_tally *out);
/* What the tally says, outside of maintenance: the share of known time that was up, and the bounds
 * if all that is unknown was down, or up. -1 where there is no such time. */
struct uptime_share {
	double up, low, high, known;
};
struct uptime_share uptime_share(const struct uptime_tally *t);

/* Share of samples, 95 % Wilson score interval. n 0: 0 to 1. up <= n. */
struct uptime_share uptime_samples(uint64_t up, uint64_t n);

#endif
