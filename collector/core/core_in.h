/* SPDX-License-Identifier: MIT */
/* core_in: what the files of core share: core.c (tables, time), core_line.c (what a line does). */
#ifndef FE_COLLECTOR_CORE_IN_H
#define FE_COLLECTOR_CORE_IN_H

#include "core.h"

#define TIDY_MS 10000
#define CORE_UNIT 8U

/* A check's numbers and the series they are, found without a hash. */
struct core_numbers {
	struct core_number {
		char *name;
		size_t len;
		char unit[CORE_UNIT];
		uint32_t id;
	} * v;
	size_t n, hint; /* hint: where the last one was; they come in the same order */
};

struct core {
	struct core_rules rules;
	struct series *series;
	struct verdicts *verdicts;
	struct check **check;
	size_t n, cap;
	uint32_t *slot, mask; /* number + 1 of the check; open addressing, at most half full */
	struct check *dirty, **dirty_end;
	struct check_room room;
	struct maintenance maintenance;
	struct core_counts counts;
	struct core_source *source;
	int64_t line_ms, now_ms, tidied_ms;
};

void core_add_number(struct core *c, const struct series_key *key, int64_t at_ms, double value);
void core_on_verdict(void *arg, const struct verdict *v);
void core_mark_dirty(struct core *c, struct check *check);
/* What has been silent for long leaves; not while a writer holds any of it. */
void core_retire(struct core *c, int64_t now_ms);
void core_free_numbers(struct core_numbers *n);
/* The table of checks, again. */
void core_rehash(struct core *c);
void core_tell(struct core *c, struct check *check, unsigned news);

#endif
