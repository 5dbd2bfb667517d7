/* SPDX-License-Identifier: MIT */
/* api_ingest: what came in, what is lost, how the store does, as JSON (docs/http.md). */
#ifndef FE_COLLECTOR_API_INGEST_H
#define FE_COLLECTOR_API_INGEST_H

#include "collector.h"
#include "json.h"

void api_put_ingest(struct json *j, struct collector *c, int64_t now_ms);

#endif
