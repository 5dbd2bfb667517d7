/* SPDX-License-Identifier: MIT */
/* report: all checks as text, the same from a live core and from a replay's. */
#ifndef FE_COLLECTOR_REPORT_H
#define FE_COLLECTOR_REPORT_H

#include "core.h"

/* Appends, sorted by app and source: each check's state, uptime by time and by samples since its first
 * verdict, its incidents; all as of the newest time that a line told. FE_ELIMIT. */
int report_write(struct core *core, struct buf *out) FE_MUST_CHECK;

#endif
