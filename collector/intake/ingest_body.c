/* SPDX-License-Identifier: MIT */
/* ingest_body: the frames of a body, the good ones whatever stands beside them. */
#include "ingest.h"

#include "scan.h"

static bool is_blank(char c)
{
	return c == '\n' || c == '\r' || c == ' ';
}

static void take(struct core *core, const struct ingest_from *from, const struct frame *f,
    struct ingest_counts *n)
{
	n->frames++;
	n->headerless += f->headerless;
	n->no_time += !f->headerless && f->at_ms == INT64_MIN;
	core_frame(core, f, from->app, from->named, from->now_ms);
}

/* Where frames may go on behind what is none: at the next line. */
static const char *next_line(const char *p, const char *end)
{
	p = scan_byte(p, end, '\n');
	return p < end ? p + 1 : end;
}

static size_t framed(struct core *core, const struct ingest_from *from, const char *p,
    const char *end, struct ingest_counts *counts)
{
	size_t taken = 0;

	while (p < end) {
		struct frame f;
		long used;

		if (is_blank(*p)) {
			p++;
			continue;
		}
		used = frame_parse(p, (size_t)(end - p), INGEST_FRAME_MAX, &f);
		if (used > 0) {
			take(core, from, &f, counts);
			taken++;
			p += used;
			continue;
		}
		counts->malformed++;
		p = next_line(p, end);
	}
	return taken;
}

/* A line of its own is a frame that has nothing but its text. */
static size_t lines(struct core *core, const struct ingest_from *from, const char *p,
    const char *end, struct ingest_counts *counts)
{
	size_t taken = 0;

	while (p < end) {
		const char *eol = scan_byte(p, end, '\n');
		struct frame f = {.text = p,
		    .text_len = (size_t)(eol - p),
		    .time = "",
		    .host = "",
		    .app = "app",
		    .app_len = 3,
		    .procid = "",
		    .at_ms = INT64_MIN};

		if (f.text_len > 0 && f.text[f.text_len - 1] == '\r')
			f.text_len--;
		if (f.text_len > INGEST_FRAME_MAX) {
			counts->malformed++;
		} else if (f.text_len > 0) {
			counts->frames++;
			core_frame(core, &f, from->app, from->named, from->now_ms);
			taken++;
		}
		p = eol < end ? eol + 1 : end;
	}
	return taken;
}

size_t ingest_body(struct core *core, const struct ingest_from *from, const char *p, size_t len,
    struct ingest_counts *counts)
{
	size_t taken = from->plain ? lines(core, from, p, p + len, counts)
				   : framed(core, from, p, p + len, counts);

	if (from->count >= 0 && (uint64_t)from->count != taken)
		counts->count_mismatch++;
	return taken;
}
