/* SPDX-License-Identifier: MIT */
/*
 * line_path: what monitors of the line path and of the dashboard share: where their receiver is, marks
 * that they write as lines, and what the receiver's answers say of marks and of verdicts.
 *
 * A mark is a line `app=APP source="SOURCE" measure#mark=N` on the monitor's own output, which goes
 * the way of all lines. N counts up, from the Unix milliseconds of the monitor's start, so that a
 * later mark is a larger number, over restarts too, and a hole between two of them is a lost line.
 */
#ifndef FE_LIB_LINE_PATH_H
#define FE_LIB_LINE_PATH_H

#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "http_opts.h"

struct try;

/* The scheme, host and port of url (a good one), then path. Without userinfo. Caller frees. */
char *line_path_at(const char *url, const char *path);
/* Where numbers are read: url as it is given where it has a path, else its /metrics/; then
 * name?limit=2&resolution=1. Caller frees. */
char *line_path_numbers(const char *url, const char *name);
/* For mon_spec.discover: "name=URL" of the environment's key, where it is given. is_whole false: its
 * origin alone with path. FE_EUSAGE names the key where it holds no URL. */
int line_path_discover(const char *key, const char *name, const char *path, struct strv *targets,
    struct err *err) FE_MUST_CHECK;

/* Once, in the parent, before the first try: marks go to what is standard output now. FE_ESYS. */
struct line_path_pen;
int line_path_pen(struct line_path_pen **out, struct err *err) FE_MUST_CHECK;
/* In a try: writes the next mark, its number into *out. FE_EIO. */
int line_path_mark(
    struct line_path_pen *pen, const char *app, const char *source, uint64_t *out) FE_MUST_CHECK;
/* A source of its own for this instance: l2met.metric.APP[-SITE][-N], from FERRET_SITE and from the N
 * that the supervisor (PS) or the platform (DYNO) gave it. Caller frees. */
char *line_path_source(const char *app);

/* In a try: ask (an URL of line_path_numbers) until the newest number of the source is the mark or a
 * later one. TRY_PASS, the value `lost` being told, or what the probe returns. */
struct line_path_wait {
	const struct line_path_pen *pen;
	const char *source;
	uint64_t mark;
};
int line_path_await(struct try *t, const struct http_opts *o, struct http_request *req,
    const struct line_path_wait *w) FE_MUST_CHECK;

/* In a try: ask /api/checks, until it knows a check or an interval has passed, how old the newest
 * verdict is. Fails where that is more than `stale` intervals, the check's own or the monitor's, the
 * longer one. TRY_PASS, `checks` and `age` being told, or what the probe returns. */
int line_path_fresh(struct try *t, const struct http_opts *o, struct http_request *req,
    int64_t stale) FE_MUST_CHECK;

#endif
