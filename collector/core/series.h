/* SPDX-License-Identifier: MIT */
/*
 * series: numbers over time, as buckets of a minute, an hour and a day (UTC).
 *
 * A sample is added to its bucket of each resolution at once, by its own time: late ones land where
 * they belong, in any order. Nothing here knows duplicates: that a sample comes once is the
 * caller's to see to (verdict). Sums are doubles; all else is the same in any order.
 *
 * With a store, a bucket in memory begins as what was added since it was last known, `whole` false.
 * The writer takes what is dirty (series_take), and where it is not whole reads the stored row
 * first and gives it to series_absorb; from then on the bucket is the whole row and is written
 * without being read. series_expire drops from memory what is old, never what is dirty.
 *
 * Pure: now is an argument. Everything has a ceiling (struct series_limits), and what passes it is
 * counted by cause, never silently left out. Times are Unix ms. One thread.
 */
#ifndef FE_COLLECTOR_SERIES_H
#define FE_COLLECTOR_SERIES_H

#include "sketch.h"
#include "word.h"

enum series_res { SERIES_MINUTE, SERIES_HOUR, SERIES_DAY, SERIES_RESOLUTIONS };
#define SERIES_NONE UINT32_MAX
#define SERIES_KEY_MAX 1024U /* bytes of the four words together */

struct series_limits {
	uint32_t series, buckets;
	int64_t keep_ms[SERIES_RESOLUTIONS]; /* retention: samples of buckets that ended so long
					      * ago are refused; INT64_MAX for ever */
	bool stored; /* a writer takes what is dirty; memory holds only what was lately used: */
	int64_t hold_ms[SERIES_RESOLUTIONS]; /* after a bucket's end */
	int64_t ahead_ms;                    /* a sample may be this far in the future */
	uint64_t seed;                       /* of the table of names; see word.h */
};
/* 50,000 series, 300,000 buckets; 48 h, 90 days, for ever; no store (with one: two minutes held, and the last hour);
 * an hour ahead. */
extern const struct series_limits series_limits_default;

/* What a series is. The unit is part of it: seconds and milliseconds are never mixed. */
struct series_key {
	struct word app, name, source, unit;
};

struct series_bucket {
	int64_t start;
	uint64_t count;
	double sum, min, max, squares;
	struct sketch sketch;
	uint32_t id; /* of the series */
	uint8_t res; /* enum series_res */
	bool whole;  /* holds all that the store has of it */
	bool dirty;  /* changed since it was last taken */
	bool kept;   /* for the writer: it is stored, all or some of it */
	struct series_bucket *next, *next_dirty; /* the module's own */
};

/* What was not kept, by cause; samples. */
struct series_lost {
	uint64_t value;   /* negative, infinite or no number */
	uint64_t series;  /* the table is full, or the name too long */
	uint64_t buckets; /* too many buckets */
	uint64_t old, ahead;
};

struct series *series_new(const struct series_limits *limits);
void series_free(struct series *s);

/* The number of a series, made where it is new; numbers count from 0. SERIES_NONE when it cannot be
 * (and a sample lost is counted). The key is copied. */
uint32_t series_id(struct series *s, const struct series_key *key);
/* The same for numbers that anybody writes: the last fifth of the table is not for them. */
uint32_t series_id_foreign(struct series *s, const struct series_key *key);
uint32_t series_count(const struct series *s); /* all ids are below; some may be free */
uint32_t series_names(const struct series *s); /* how many there are */
bool series_is(const struct series *s, uint32_t id);
struct series_key series_key(const struct series *s,
    uint32_t id); /* borrowed until series_retire; empty words: it is free */

/*
 * Names come and go. A new one is stored (series_fresh: those that are not yet; series_stored: the
 * first n are now). One whose newest number is older than before_ms, and of which memory holds
 * nothing, is retired: its id is among series_leaving until the store has dropped all that it holds
 * (series_left: of the first n), then another's. Not while a writer holds any of it.
 */
const uint32_t *series_fresh(const struct series *s, size_t *out_n);
void series_stored(struct series *s, size_t n);
uint32_t series_retire(struct series *s, int64_t before_ms, uint32_t most); /* how many were */
const uint32_t *series_leaving(const struct series *s, size_t *out_n);
void series_left(struct series *s, size_t n);
/* Put back what was stored, ids rising. False: it cannot be. */
bool series_put(struct series *s, uint32_t id, const struct series_key *key, int64_t seen_ms);
/* Never 0; another one for each name that an id stands for. */
uint32_t series_born(const struct series *s, uint32_t id);
int64_t series_seen(const struct series *s, uint32_t id);
void series_put_end(struct series *s);
/* The first series from number `from` on that has these words, whatever its unit; a word whose p is
 * NULL fits all. SERIES_NONE: there is none. */
uint32_t series_find(const struct series *s, const struct series_key *key, uint32_t from);

/* Add one sample. True when it was kept; else the reason is counted. id may be SERIES_NONE. */
bool series_add(struct series *s, uint32_t id, int64_t at_ms, double value, int64_t now_ms);
const struct series_lost *series_lost(const struct series *s);
uint64_t series_bytes(const struct series *s); /* memory of buckets and sketches, about */
uint32_t series_buckets(const struct series *s);

/* When a bucket that holds at_ms begins; how long one is. */
int64_t series_start(enum series_res res, int64_t at_ms);
int64_t series_length(enum series_res res);

/* Buckets of a series in memory, newest first: NULL, or the next older than `before` (INT64_MAX at
 * first). Borrowed. */
const struct series_bucket *series_older(
    struct series *s, uint32_t id, enum series_res res, int64_t before);

/* Buckets of one's own, for sums over windows. Zeroed is empty; end with series_bucket_done. */
void series_bucket_add(struct series_bucket *b, double value); /* value: not below 0, finite */
void series_bucket_merge(struct series_bucket *into, const struct series_bucket *from);
void series_bucket_done(struct series_bucket *b);
/* As sketch_quantile, within the bucket's least and greatest number. */
double series_bucket_quantile(const struct series_bucket *b, double q);

/* For a writer: the next dirty bucket, now clean, or NULL. Borrowed until series_expire. */
struct series_bucket *series_take(struct series *s);
bool series_dirty(const struct series *s); /* there is one */
/* It could not be written: dirty again. */
void series_put_back(struct series *s, struct series_bucket *b);
/* The stored part of a bucket that was not whole (NULL: there is none). Now it is. */
void series_absorb(struct series *s, struct series_bucket *b, const struct series_bucket *stored);

/* The store has no bucket that begins later (INT64_MIN: none at all): new ones there are whole from the
 * first number on, and are written without being looked for. Unless it is said, any may be there. */
void series_stored_to(struct series *s, enum series_res res, int64_t start);

/* Put a stored row into memory, whole, where memory has none of it yet. Copied. */
void series_restore(struct series *s, const struct series_bucket *stored);

/* Drop from memory what is past its time there: keep_ms, or with a store hold_ms where it is clean.
 * Returns how many. */
uint32_t series_expire(struct series *s, int64_t now_ms);

#endif
