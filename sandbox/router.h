/* SPDX-License-Identifier: MIT */
/*
 * router: HTTP/1.1 from outside to the web dynos, streamed both ways; a client's connection is kept for
 * its next request, a dyno gets a new one for each. An
 * app is found by the Host header (up to its port) or by the path /router/NAME/...; a request that
 * means no app goes to the default port (the API's), or is answered 404.
 *
 * Every request to an app gives one log line in the platform's form (facts/heroku-log-samples.txt)
 * and H10, H12, H13, H14, H18, H20, H21, H27, H80, H81 where they are true.
 */
#ifndef FE_SANDBOX_ROUTER_H
#define FE_SANDBOX_ROUTER_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "err.h"
#include "tlsd.h"

#define ROUTER_HEAD_MAX (64UL * 1024) /* request or response head: 431, H17 */
#define ROUTER_NAME_MAX 64

enum router_found {
	ROUTER_UNKNOWN,     /* no such app */
	ROUTER_DYNO,        /* dyno and port are set */
	ROUTER_BOOTING,     /* dynos, but none is up yet: asked again until boot_ms, then H20 */
	ROUTER_CRASHED,     /* H10 */
	ROUTER_NO_WEB,      /* H14 */
	ROUTER_MAINTENANCE, /* H80 */
	ROUTER_BLANK,       /* no release: H81 */
};

struct router_target {
	char app[ROUTER_NAME_MAX];  /* whom the log line belongs to */
	char dyno[ROUTER_NAME_MAX]; /* "web.1" */
	uint16_t port;
};

struct router_events {
	void *arg;
	/* host: the Host header without port, lower case, or NULL; name: of /router/NAME, or NULL.
	 * One of them is set. app must be filled whatever is found but ROUTER_UNKNOWN. */
	enum router_found (*find)(
	    void *arg, const char *host, const char *name, struct router_target *out);
	/* source heroku, procid router */
	void (*log)(void *arg, const char *app, const char *line);
};

struct router_rules {
	uv_loop_t *loop;
	const char *bind;
	uint16_t port;         /* 0: any */
	struct tlsd *tls;      /* NULL: plain; else every connection is TLS */
	uint16_t default_port; /* 0: none */
	uint64_t first_ms;     /* to the response's first byte, else H12: 30000 */
	uint64_t idle_ms;      /* between two bytes after it, else H15: 55000 */
	uint64_t boot_ms;      /* 75000 */
};

#define ROUTER_RULES_DEFAULT(the_loop)                                                             \
	{                                                                                          \
		.loop = (the_loop), .bind = "127.0.0.1", .first_ms = 30000, .idle_ms = 55000,      \
		.boot_ms = 75000                                                                   \
	}

struct router;

int router_new(const struct router_rules *rules, const struct router_events *ev,
    struct router **out, struct err *err) FE_MUST_CHECK;
uint16_t router_port(const struct router *r);
void router_close(struct router *r);

#endif
