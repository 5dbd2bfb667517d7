/* SPDX-License-Identifier: MIT */
/* api_ingest: what came in, what is lost, how the store does, as JSON (docs/http.md). */
#ifndef FE_COLLECTOR_API_INGEST_H
#define FE_COLLECTOR_API_INGEST_H

#include "collector.h"
#include "json.h"

/* What is known to be gone, by cause; those of which there is nothing are left out. How many. */
#define API_LOSSES 16U
struct api_loss {
	const char *cause;
	uint64_t n;
};
size_t api_losses(struct collector *c, struct api_loss out[API_LOSSES]);

void api_put_ingest(struct json *j, struct collector *c, int64_t now_ms);

#endif
