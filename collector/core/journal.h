/* SPDX-License-Identifier: MIT */
/*
 * journal: what came since the store last wrote everything, as bytes: each verdict that was new and
 * each number of an app's own. A commit writes these alone; applied to a core that was loaded, they
 * make what was lost with the process, for the core is a function of them.
 *
 * A record: one byte of kind, four of length (this machine's order), then its fields, numbers as LEB128 (zigzag where they may
 * be negative) and words as length and bytes. Version 1 is the first byte of a body.
 */
#ifndef FE_COLLECTOR_JOURNAL_H
#define FE_COLLECTOR_JOURNAL_H

#include "buf.h"
#include "core.h"

/* Append. FE_ELIMIT: no room; what stands there stays whole. line_ms: core_line_time then. */
int journal_verdict(struct buf *b, const struct verdict *v, int64_t line_ms) FE_MUST_CHECK;
int journal_number(
    struct buf *b, const struct series_key *key, int64_t at_ms, double value) FE_MUST_CHECK;

/* Do again what a body says. FE_EPROTO: no journal of ours, up to there it was applied. */
int journal_apply(struct core *core, const char *p, size_t len, int64_t now_ms) FE_MUST_CHECK;

#endif
