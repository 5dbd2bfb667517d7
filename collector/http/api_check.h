/* SPDX-License-Identifier: MIT */
/* api_check: checks and incidents as JSON (docs/http.md). */
#ifndef FE_COLLECTOR_API_CHECK_H
#define FE_COLLECTOR_API_CHECK_H

#include "collector.h"
#include "json.h"

struct api_window {
	const char *name; /* "24h" */
	int64_t ms;
};
#define API_WINDOWS 4U
extern const struct api_window api_windows[API_WINDOWS];
/* NULL: no such window; text NULL: the default. */
const struct api_window *api_window(const char *text);

/* How the check did in this window, planned maintenance apart. */
void api_sum_up(struct core *core, const struct check *c, const struct api_window *window,
    int64_t now_ms, struct check_window *out);

enum api_detail {
	API_JUDGED, /* as in the list, without its strip */
	API_LISTED, /* one object of the list of checks */
	API_WHOLE,  /* also with the failure's full output, slots and incidents */
};
void api_put_check(struct json *j, struct collector *all, const struct check *c,
    const struct api_window *window, int64_t now_ms, enum api_detail detail);
void api_put_incident(struct json *j, const char *key, const struct check *c,
    const struct incident *i, int64_t now_ms);
/* How long it took in this clock hour and the one before, as memory has them; added to sum, which the
 * caller ends with series_bucket_done. */
void api_recent_time(
    struct core *core, const struct check *c, int64_t now_ms, struct series_bucket *sum);
/* "25 checks, 1 down, 2 unknown" */
void api_put_fleet(struct json *j, struct core *core);
/* All checks: failing first, then unknown, then by app and source. Caller frees. */
const struct check **api_sorted(const struct core *core);

#endif
