/* SPDX-License-Identifier: MIT */
/*
 * api_maintenance: planned windows over HTTP (docs/http.md), kept in the store. A window is answered
 * when it is on the disk; what cannot be written is taken back and answered 503.
 */
#ifndef FE_COLLECTOR_API_MAINTENANCE_H
#define FE_COLLECTOR_API_MAINTENANCE_H

#include "json.h"
#include "maintenance.h"
#include "web.h"

extern const struct web_route api_maintenance_routes[];

/* The stored windows into c->maintenance, at the start: blocks. */
int api_maintenance_load(struct collector *c, struct err *err) FE_MUST_CHECK;
/* Once a minute: what no figure needs any more is dropped. */
void api_maintenance_tick(struct collector *c, int64_t now_ms);
void api_put_window(
    struct json *j, const char *key, const struct maintenance_window *w, int64_t now_ms);

#endif
