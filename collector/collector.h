/* SPDX-License-Identifier: MIT */
/*
 * collector: what the parts of the program share. One loop, one thread that decides; the store has a
 * writer and a reader of its own.
 *
 *   request -> ingest (frames) -> core (checks, series) -> commit (store) -> answer
 *                                   \-> live (server-sent events), outlets
 */
#ifndef FE_COLLECTOR_COLLECTOR_H
#define FE_COLLECTOR_COLLECTOR_H

#include "config.h"
#include "core.h"
#include "httpd.h"
#include "ingest.h"
#include "manifest.h"
#include "store.h"

struct begin;
struct apps;
struct live;
struct outlets;
struct week;
struct who;

/* An answer that is given again for a while. */
struct collector_page {
	struct buf text;
	int64_t made_ms;
};

struct collector {
	uv_loop_t loop;
	struct config config;
	struct core *core;
	struct begin *begin; /* of the store, which may have to be waited for */
	struct store *store; /* NULL until then: nothing is asked of the parts */
	int64_t keep_ms[SERIES_RESOLUTIONS];
	struct err failed; /* why the loop was stopped */
	struct ingest *ingest;
	struct httpd *httpd, *also; /* also: HTTP_ALSO, or NULL */
	struct who *who;
	struct apps *apps; /* NULL: the platform is not asked */
	struct live *live;
	struct outlets *outlets; /* NULL: none are wanted */
	struct week *week;
	struct manifests manifests;
	struct collector_page public_json;
	int64_t started_ms;
};

/* Unix ms, now. */
int64_t collector_now(void);

#endif
