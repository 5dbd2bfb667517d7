/* SPDX-License-Identifier: MIT */
/*
 * head: HTTP/1.1 heads as the router reads and rewrites them. Pure. A head is everything up to and
 * with the empty line; bare LF line ends are taken too.
 */
#ifndef FE_SANDBOX_HEAD_H
#define FE_SANDBOX_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "err.h"

struct head {
	char *first[3]; /* METHOD PATH VERSION, or VERSION STATUS REASON; owned */
	struct head_field {
		char *name, *value; /* owned */
	} * v;
	size_t n;
};

/* Length of the head at p, the empty line included; 0: not complete yet. */
size_t head_length(const char *p, size_t n);
/* FE_EPROTO: no HTTP. Caller frees with head_done. */
int head_parse(const char *p, size_t n, struct head *out) FE_MUST_CHECK;
void head_done(struct head *h);
/* Value of the first field of the name, or NULL. */
const char *head_get(const struct head *h, const char *name);
void head_set(struct head *h, const char *name, const char *value); /* NULL: remove all */
int head_write(const struct head *h, struct buf *out) FE_MUST_CHECK;

/* How a body ends. */
enum head_body { HEAD_NONE, HEAD_LENGTH, HEAD_CHUNKED, HEAD_TO_END };

/* Of a request; and of a response to that method. FE_EPROTO for a length that is no number. */
int head_request_body(const struct head *h, enum head_body *out, uint64_t *len) FE_MUST_CHECK;
int head_response_body(
    const struct head *h, const char *method, enum head_body *out, uint64_t *len) FE_MUST_CHECK;

/* Where a chunked body ends: fed in pieces, tells how many bytes belong to it. */
struct head_chunks {
	unsigned state, line; /* bytes of the line so far */
	uint64_t left;
	bool done, bad;
};
size_t head_chunks_feed(struct head_chunks *c, const char *p, size_t n);

#endif
