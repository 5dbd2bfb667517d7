/* SPDX-License-Identifier: MIT */
/*
 * stream: what a build or a release command says, by id: kept in a file, told to whoever listens
 * while it grows, and still there after a restart. Ids are those of the API (no slashes).
 */
#ifndef FE_SANDBOX_STREAM_H
#define FE_SANDBOX_STREAM_H

#include "err.h"
#include "httpd.h"

struct streams;
struct stream; /* one that still grows */

#define STREAM_MAX (16UL * 1024 * 1024) /* what goes over is not kept, and said so */

/* dir is made when it is missing. FE_ESYS. */
int streams_new(const char *dir, struct streams **out, struct err *err) FE_MUST_CHECK;
struct stream *stream_open(struct streams *all, const char *id);
void stream_say(struct stream *s, const char *p, size_t n);
void stream_end(struct stream *s); /* freed; NULL is fine */
/* Add a last word to one that no longer grows (its writer was killed). */
void streams_append(struct streams *all, const char *id, const char *text);
void streams_remove(struct streams *all, const char *id);
/* Answer the request with all of it, to its end; Range: bytes=N- goes on at N. */
void streams_serve(struct streams *all, struct exch *x, const char *id);

#endif
