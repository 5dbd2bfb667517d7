/* SPDX-License-Identifier: MIT */
/*
 * manifest: named groups of checks with levels, as files of JSON that a user may write:
 *
 *   { "name": "git",                  needed
 *     "title": "Git over HTTPS",      shown instead of the name
 *     "checks": ["git.*"],            needed: sources, with the shell's * ? [...]
 *     "apps": ["demo*"],              of these apps alone
 *     "measure": "uptime",            uptime (share of time), samples (share of samples), p50, p95 (s)
 *     "window": "24h",                1h, 24h, 7d, 30d; of p50 and p95: 1h
 *     "levels": { "green": 0.999, "yellow": 0.99 } }       needed
 *
 * A share is green from `green` up and yellow from `yellow` up, a time down from there; all else is
 * red. A check that is down now is red whatever its window says, and one that is unknown now is
 * never green; but not while that is planned. A group is as bad as its worst check, its value that
 * check's: green, unknown, yellow, red is the order. Pure, except that manifests_load reads files. Owner of jansson.h in the collector.
 */
#ifndef FE_COLLECTOR_MANIFEST_H
#define FE_COLLECTOR_MANIFEST_H

#include "err.h"
#include "strv.h"
#include "uptime.h"

#define MANIFEST_FILES 200U
#define MANIFEST_BYTES (64UL * 1024) /* a file */

enum manifest_measure { MANIFEST_UPTIME, MANIFEST_SAMPLES, MANIFEST_P50, MANIFEST_P95 };
/* In the order of badness. */
enum manifest_level { MANIFEST_GREEN, MANIFEST_UNKNOWN, MANIFEST_YELLOW, MANIFEST_RED };

struct manifest {
	char *file, *name, *title; /* title: the name where none is given */
	struct strv checks, apps;  /* apps empty: all */
	enum manifest_measure measure;
	const char *window; /* "24h" */
	int64_t window_ms;
	double green, yellow;
};

struct manifests {
	struct manifest *v; /* by file name */
	size_t n;
};

/* Add one. FE_EUSAGE names file, key and what was expected. */
int manifest_parse(struct manifests *into, const char *file, const char *text, size_t len,
    struct err *err) FE_MUST_CHECK;
/* All NAME.json of a directory. FE_EUSAGE also where there is none. */
int manifests_load(struct manifests *into, const char *dir, struct err *err) FE_MUST_CHECK;
void manifests_done(struct manifests *m);

const char *manifest_measure_name(enum manifest_measure measure);
const char *manifest_level_name(enum manifest_level level);
bool manifest_holds(const struct manifest *m, const char *app, const char *source);
/* Of a check: its value over the window (below 0: there is none), its state now. */
enum manifest_level manifest_level(
    const struct manifest *m, double value, enum uptime_state now) FE_MUST_CHECK;

/* A group's, check by check; zeroed at first. */
struct manifest_sum {
	size_t members;
	enum manifest_level level; /* of no members: unknown */
	double value;              /* the worst one; -1: none is known */
};
void manifest_add(
    const struct manifest *m, struct manifest_sum *sum, double value, enum manifest_level level);

#endif
