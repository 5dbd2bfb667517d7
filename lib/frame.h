/* SPDX-License-Identifier: MIT */
/*
 * frame: Logplex frames, `LEN SP <PRI>1 SP time SP host SP app SP procid SP - SP text`, written
 * and parsed (facts/heroku.md 4). LEN counts bytes. The platform leaves the structured-data field
 * out (one dash); log-shuttle writes both dashes. Told apart by position and host: where the host
 * is the word `host` there is no such field, elsewhere a second dash is it and no text.
 */
#ifndef FE_LIB_FRAME_H
#define FE_LIB_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"

/* Longest LEN that any caller may allow: seven digits. */
#define FRAME_LEN_MAX 9999999UL
#define FRAME_TIME_LEN 32 /* 2026-06-18T09:00:01.544000+00:00 */

struct frame {
	unsigned pri;
	const char *time, *host, *app, *procid, *text; /* borrowed from the input */
	size_t time_len, host_len, app_len, procid_len, text_len;
	int64_t at_ms;   /* Unix ms of time; INT64_MIN where it cannot be read */
	bool headerless; /* no such header in it: text is the whole message, all else is empty */
};

struct frame_head {
	unsigned pri;  /* 0 to 191 */
	int64_t at_ms; /* Unix ms; years outside 0000 to 9999 become the nearest of them */
	const char *host, *app, *procid; /* bytes that would end the field become `_`, "" a `-` */
};

/* Append one frame. at_ms: Unix ms, written as 2026-06-18T09:00:01.544000+00:00. FE_ELIMIT. */
int frame_write(
    struct buf *b, const struct frame_head *h, const char *text, size_t len) FE_MUST_CHECK;
/* The same but for the text: room for its len bytes is made, and the caller adds exactly these
 * next, in one piece or in several. FE_ELIMIT. */
int frame_begin(struct buf *b, const struct frame_head *head, size_t len) FE_MUST_CHECK;

/* The time as frames carry it, NUL-terminated. */
void frame_time(char out[FRAME_TIME_LEN + 1], int64_t at_ms);

/*
 * What the supervisor tells bin/drain in band, between its frames: so many lines were lost before
 * they got this far. A frame of this host and app, its procid the kind of loss, its text a number;
 * lines of children carry another host, so no child can say it.
 */
#define FRAME_TOLD_HOST "ferret"
#define FRAME_TOLD_APP "ship"
#define FRAME_TOLD_DROPPED "dropped"
#define FRAME_TOLD_LOST "lost"

/*
 * Parse the frame at p: returns the bytes consumed (> 0) and *out, 0 when more bytes are needed,
 * or FE_EPROTO where the framing itself is garbage (no length, one of 0 or over max) and nothing
 * behind it can be trusted. A message without the header is a frame all the same: headerless.
 */
long frame_parse(const char *p, size_t len, size_t max, struct frame *out) FE_MUST_CHECK;

#endif
