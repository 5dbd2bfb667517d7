/* SPDX-License-Identifier: MIT */
/*
 * maintenance: planned windows, told by people: a tag beside a check's state, never a state. What is
 * measured meanwhile is kept and shown; the shares of uptime leave that time out (uptime_tally).
 *
 * Every window ends: one without an end is forgotten, and hides all that comes (lovebeat's peers;
 * facts on healthchecks' and Gatus' windows). What has begun cannot be taken back, only ended: a
 * figure that somebody has read must not change behind them. Times are absolute (Unix ms), so no
 * time zone can be wrong.
 *
 * Pure: now is an argument. One thread.
 */
#ifndef FE_COLLECTOR_MAINTENANCE_H
#define FE_COLLECTOR_MAINTENANCE_H

#include "err.h"
#include "uptime.h"

#define MAINTENANCE_WINDOWS 1000U
#define MAINTENANCE_LONGEST_MS (31LL * 24 * 3600 * 1000)
#define MAINTENANCE_NOTE 500U /* bytes of a note, and of a pattern */

struct maintenance_window {
	uint64_t id;
	int64_t from, to;   /* to not included */
	char *app, *source; /* patterns as the shell's: * ? [...] */
	char *note, *by;    /* by: who set it; "" unknown */
};

/* A zeroed book is valid and empty. v: in the order of id. */
struct maintenance {
	struct maintenance_window *v;
	size_t n, cap;
	uint64_t id;               /* highest given */
	struct uptime_tiles spans; /* the last answer's */
};
void maintenance_done(struct maintenance *m);

/* What is wanted; texts are copied. from 0: now. FE_EUSAGE: one line that names the field;
 * FE_ELIMIT: too many windows. */
int maintenance_add(struct maintenance *m, const struct maintenance_window *wanted, int64_t now_ms,
    uint64_t *out_id, struct err *err) FE_MUST_CHECK;
/* As it was stored. FE_ELIMIT: too many. */
int maintenance_restore(struct maintenance *m, const struct maintenance_window *stored);
enum maintenance_ended { MAINTENANCE_NONE, MAINTENANCE_OVER, MAINTENANCE_ENDED, MAINTENANCE_GONE };
/* End it now. NONE: no such window; OVER: it had ended; GONE: it had not begun, and is no more. */
enum maintenance_ended maintenance_end(struct maintenance *m, uint64_t id, int64_t now_ms);
/* Forget those that ended before. Returns how many. */
size_t maintenance_forget(struct maintenance *m, int64_t before_ms);
const struct maintenance_window *maintenance_find(const struct maintenance *m, uint64_t id);

/* The window of this check that holds at_ms and ends last, or NULL. */
const struct maintenance_window *maintenance_at(
    const struct maintenance *m, const char *app, const char *source, int64_t at_ms);
/* All of this check within [from, to), sorted, none overlapping: for uptime_tally. NULL: there are
 * none. Borrowed until the next call. */
const struct uptime_tiles *maintenance_spans(
    struct maintenance *m, const char *app, const char *source, int64_t from, int64_t to);

#endif
