/* SPDX-License-Identifier: MIT */
#include "echo.h"

#include "frame.h"
#include "line.h"

static bool is_echo(const struct frame *f)
{
	struct line line;

	line_read(f, &line);
	return line.kind == LINE_ROUTER && word_is(line.router.method, WORD("POST")) &&
	       word_starts(line.router.path, WORD("/logs"));
}

bool echo_only(const char *body, size_t len)
{
	const char *p = body, *end = body + len;

	if (!len || len > ECHO_MAX)
		return false;
	while (p < end) {
		struct frame f;
		long used = frame_parse(p, (size_t)(end - p), ECHO_MAX, &f);

		if (used <= 0 || !is_echo(&f))
			return false;
		p += used;
	}
	return true;
}
