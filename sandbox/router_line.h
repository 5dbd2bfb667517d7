/* SPDX-License-Identifier: MIT */
/* router_line: the router's log line and its error pages. Pure. */
#ifndef FE_SANDBOX_ROUTER_LINE_H
#define FE_SANDBOX_ROUTER_LINE_H

#include <stdint.h>

#include "buf.h"

#define ROUTER_CODES(X)                                                                            \
	X(10, "error", "", "App crashed", 503)                                                     \
	X(12, "error", "", "Request timeout", 503)                                                 \
	X(13, "error", "", "Connection closed without response", 503)                              \
	X(14, "error", "", "No web processes running", 503)                                        \
	X(15, "error", "", "Idle connection", 503)                                                 \
	X(17, "error", "", "Poorly formatted HTTP response", 503)                                  \
	X(18, "error", "sock=backend ", "Server Request Interrupted", 503)                         \
	X(19, "error", "", "Backend connection timeout", 503)                                      \
	X(20, "error", "", "App boot timeout", 503)                                                \
	X(21, "error", "", "Backend connection refused", 503)                                      \
	X(27, "warning", "sock=client ", "Client Request Interrupted", 499)                        \
	X(80, "info", "", "Maintenance mode", 503)                                                 \
	X(81, "info", "", "Blank app", 503)

struct router_line {
	unsigned code; /* 0: none, else one of the table */
	const char *method, *path, *host, *request_id, *fwd, *dyno; /* dyno NULL: none */
	int64_t connect_ms, service_ms, bytes;                      /* -1: left empty */
	int status;                                                 /* 0: empty */
	const char *protocol;
};

/* Without a line end. Quotes in the path become %22. FE_ELIMIT. */
int router_line_write(const struct router_line *l, struct buf *out) FE_MUST_CHECK;
int router_line_status(unsigned code); /* what the client is answered */
/* A whole response with the platform's page for this code. */
int router_line_page(unsigned code, const char *request_id, struct buf *out) FE_MUST_CHECK;

#endif
