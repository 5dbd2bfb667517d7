/* SPDX-License-Identifier: MIT */
/* series_in: what the files of series share: series.c (buckets), series_name.c (names). */
#ifndef FE_COLLECTOR_SERIES_IN_H
#define FE_COLLECTOR_SERIES_IN_H

#include "series.h"

#define SERIES_WORDS 4
#define SERIES_IDS (1U << 24) /* no database has more */
#define SERIES_SLOTS 1024U    /* at first */

struct series_entry {
	uint64_t hash;
	char *text; /* the four words, one behind the other; NULL: free */
	uint16_t len[SERIES_WORDS];
	uint32_t born;
	struct series_bucket *newest[SERIES_RESOLUTIONS];
	int64_t dropped_to[SERIES_RESOLUTIONS]; /* a store has no later ones but those in memory */
	int64_t seen_ms;                        /* the newest number's minute; INT64_MIN: none */
};

struct series_ids {
	uint32_t *v;
	size_t n, cap;
};

/*
 * Numbers that came last, of one minute, and not yet in its buckets: a bucket and its sketch lie in a
 * dozen places of memory that nothing else has touched since, so they are visited once for several
 * numbers. Where b is set, the buckets are marked dirty, and so stay in memory.
 */
#define SERIES_LATE 11U
struct series_late {
	int64_t minute;
	struct series_bucket *b[SERIES_RESOLUTIONS]; /* all NULL: none */
	uint64_t n;
	double v[SERIES_LATE];
};
_Static_assert(sizeof(struct series_late) == 128, "two lines of the cache");

struct series {
	struct series_limits limits;
	struct series_lost lost;
	struct series_entry *entry;
	struct series_late *late; /* as many */
	uint32_t n, cap, live;    /* live: that have a name */
	uint32_t births;
	uint32_t looked; /* for those to retire, up to here */
	struct series_ids fresh, leaving, spare_ids;
	uint32_t *slot; /* number + 1 of the entry, 0 free; open addressing, at most half full */
	uint32_t slots;
	int64_t stored_to
	    [SERIES_RESOLUTIONS]; /* and those that begin by then it may have from before */
	struct series_bucket *dirty, *spare;
	uint32_t buckets;
	uint64_t cells; /* room in all sketches */
};

#endif
