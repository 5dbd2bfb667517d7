/* SPDX-License-Identifier: MIT */
/* web: which request is whose: paths to functions, behind who may. */
#ifndef FE_COLLECTOR_WEB_H
#define FE_COLLECTOR_WEB_H

#include "collector.h"

enum web_may {
	WEB_ALL,    /* everybody */
	WEB_DRAIN,  /* who sends lines */
	WEB_READER, /* who reads: API_TOKEN, or a person */
	WEB_PAGE,   /* the same, for a page: who is nobody is led to /login */
	WEB_METRICS /* ... or l2met:METRICS_TOKEN */
};

struct web_route {
	const char *method, *path; /* path: whole, or ending in `/` what begins so */
	enum web_may may;
	void (*answer)(struct collector *c, struct exch *x);
};

extern const struct web_route api_routes[],
    asset_routes[]; /* end with method NULL; so too others */
extern const struct web_route series_routes[], live_routes[], metrics2013_routes[],
    prometheus_routes[];
extern const struct web_route badge_routes[], public_routes[];

void web_request(void *collector, struct exch *x);
/* Who sends a large body is asked before it is read. (httpd's head, and whose) */
void web_head(void *collector, struct exch *x);
uint64_t web_whose(void *collector, const struct exch *x);
/* A body that httpd does not take. */
void web_refused(void *collector, struct exch *x, int status);
struct httpd_limits web_limits(const struct config *k);
/* The same behind who_look: who sends it is known. */
void web_route(struct collector *c, struct exch *x);
/* {"error":"..."} */
void web_error(struct exch *x, int status, const char *fmt, ...) FE_PRINTF(3, 4);
void web_json(struct exch *x, const struct buf *json);

#endif
