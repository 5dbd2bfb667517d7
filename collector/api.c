/* SPDX-License-Identifier: MIT */
/* api: what programs read. */
#include "report.h"
#include "web.h"

#define REPORT_MAX (64UL * 1024 * 1024)

/* The text that a replay of the same lines prints. */
static void report(struct collector *c, struct exch *x)
{
	struct buf AUTO_BUF text = BUF_INIT(REPORT_MAX);

	if (report_write(c->core, &text)) {
		web_error(x, 500, "the report is over %lu bytes", REPORT_MAX);
		return;
	}
	exch_add_header(x, "Cache-Control", "no-store");
	exch_answer(x, 200, "text/plain; charset=utf-8", buf_str(&text), text.len);
}

const struct web_route api_routes[] = {
    {"GET", "/api/report", WEB_READER, report},
    {NULL, NULL, WEB_ALL, NULL},
};
