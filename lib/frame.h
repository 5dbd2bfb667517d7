/* SPDX-License-Identifier: MIT */
/*
 * frame: Logplex frames, `LEN SP <PRI>1 SP time SP host SP app SP procid SP - SP text`, written
 * and parsed (facts/heroku.md 4). LEN counts bytes. The platform leaves the structured-data field
 * out (one dash); log-shuttle writes both dashes; the parser takes either by position.
 */
#ifndef FE_LIB_FRAME_H
#define FE_LIB_FRAME_H

#include <stddef.h>
#include <stdint.h>

#include "buf.h"

struct frame {
	unsigned pri;
	const char *time, *host, *app, *procid, *text; /* borrowed from the input */
	size_t time_len, host_len, app_len, procid_len, text_len;
	int64_t at_ms; /* Unix ms of time; INT64_MIN where it cannot be read */
};

/* Append one frame. at_ms: Unix ms, written as 2026-06-18T09:00:01.544000+00:00. FE_ELIMIT. */
int frame_write(struct buf *b, unsigned pri, int64_t at_ms, const char *host, const char *app,
    const char *procid, const char *text, size_t len) FE_MUST_CHECK;

/*
 * Parse the frame at p: returns the bytes consumed (> 0) and *out, 0 when more bytes are needed,
 * or FE_EPROTO for garbage (no length, a length over max, a header that is none).
 */
long frame_parse(const char *p, size_t len, size_t max, struct frame *out) FE_MUST_CHECK;

#endif
