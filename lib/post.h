/* SPDX-License-Identifier: MIT */
/*
 * post: a few HTTP POSTs to one receiver in flight at once, over connections that are kept, and
 * waiting for them together with other descriptors; for threads and programs without another event
 * loop. The second, deliberate owner of libcurl's header beside lib/http.c: that one blocks in one
 * fresh transfer and measures it, this one keeps several going and measures nothing.
 *
 * The URL never leaves this module: no message of it holds the URL or any part of it.
 */
#ifndef FE_LIB_POST_H
#define FE_LIB_POST_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "strv.h"

#define POST_EXTRA_MAX 4
#define POST_LANES_MAX 16

struct post_rules {
	const char *url;   /* http or https; userinfo becomes Basic auth */
	const char *label; /* what to call the URL in errors: "DRAIN_URL" */
	const char *user;  /* with password: Basic auth instead of the URL's; NULL */
	const char *password;
	const char *agent;  /* User-Agent */
	const char *cacert; /* NULL: the system's */
	unsigned lanes;     /* 1 to POST_LANES_MAX */
	long timeout_ms, connect_ms;
};

struct post_request {
	const struct strv *headers; /* "Name: value" */
	const char *query;          /* added to the URL's, encoded; NULL: nothing */
	const void *body;           /* borrowed until the answer was taken */
	size_t len;
};

struct post_answer {
	unsigned lane;
	int status;              /* 0: none came */
	uint64_t retry_after_ns; /* 0: not asked for */
	const char *why;         /* where status is 0: static text */
	bool away;               /* no connection came about: it is not the request's fault */
};

struct post;

/* NULL with err: FE_EUSAGE for a URL or CA file that cannot be used, FE_ESYS. Free: post_free. */
struct post *post_new(const struct post_rules *rules, struct err *err) FE_MUST_CHECK;
void post_free(struct post *p); /* requests in flight are cut */
void post_send(struct post *p, unsigned lane, const struct post_request *request);
/* Wait for the network, for these descriptors (revents are set) or for the time. */
void post_wait(struct post *p, struct pollfd *extra, unsigned n, int timeout_ms);
/* Move the transfers on, then take the next answer; false when there is none. */
bool post_answer(struct post *p, struct post_answer *out);

#endif
