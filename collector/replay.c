/* SPDX-License-Identifier: MIT */
#include "replay.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ingest.h"
#include "io.h"
#include "report.h"
#include "scan.h"
#include "xmem.h"

#define REPORT_MAX (64UL * 1024 * 1024)
#define FAR_AHEAD (INT64_MAX / 2) /* a frame's own time is always believed */

/* "2026-06-18T09:00:01.5+00:00 app[web.1]: text", as a frame that says the same. */
static bool session_line(const char *p, const char *end, struct frame *f, struct buf *room)
{
	const char *app = scan_byte(p, end, ' '), *proc = scan_byte(p, end, '[');
	const char *close = scan_byte(p, end, ']');
	struct buf AUTO_BUF frame = BUF_INIT(256);

	if (app - p < 20 || end - p < 24 || p[4] != '-' || p[10] != 'T' || close >= end - 2 ||
	    app > proc || proc > close || close[1] != ':' || close[2] != ' ')
		return false;
	buf_clear(room);
	if (buf_addf(&frame, "<190>1 %.*s host %.*s %.*s - ", (int)(app - p), p,
		(int)(proc - app - 1), app + 1, (int)(close - proc - 1), proc + 1) ||
	    buf_addf(room, "%zu ", frame.len + (size_t)(end - close - 3)) ||
	    buf_add(room, frame.p, frame.len) ||
	    buf_add(room, close + 3, (size_t)(end - close - 3)))
		return false;
	return frame_parse(room->p, room->len, INGEST_FRAME_MAX, f) > 0 && !f->headerless;
}

static bool is_framed(const char *p, size_t len)
{
	struct frame f;

	return frame_parse(p, len, INGEST_FRAME_MAX, &f) > 0;
}

/* The first due moment that is told, for lines before any time is known; else 0. */
static int64_t first_ts(const char *p, const char *end)
{
	for (; end - p > 4; p++) {
		p = scan_byte(p, end - 4, ' ');
		if (p < end - 4 && memcmp(p, " ts=", 4) == 0)
			return strtoll(p + 4, NULL, 10);
	}
	return 0;
}

/* Lines without a time of their own happen when the line before them did. */
static void replay_lines(struct core *core, const char *p, const char *end)
{
	struct buf AUTO_BUF room = BUF_INIT(2 * INGEST_FRAME_MAX);
	int64_t first = first_ts(p, end);

	while (p < end) {
		const char *eol = scan_byte(p, end, '\n');
		struct frame f;

		if (!session_line(p, eol, &f, &room))
			f = (struct frame){.text = p,
			    .text_len = (size_t)(eol - p),
			    .time = "",
			    .host = "",
			    .app = "app",
			    .app_len = 3,
			    .procid = "",
			    .at_ms =
				core_line_time(core) == INT64_MIN ? first : core_line_time(core)};
		core_frame(core, &f, (struct word){"", 0}, false, FAR_AHEAD);
		p = eol < end ? eol + 1 : end;
	}
}

static void replay_bytes(struct core *core, const char *p, size_t len, struct ingest_counts *counts)
{
	const struct ingest_from from = {.count = -1, .now_ms = FAR_AHEAD};

	if (is_framed(p, len))
		(void)ingest_body(core, &from, p, len, counts);
	else
		replay_lines(core, p, p + len);
}

static int replay_file(
    struct core *core, const char *path, struct ingest_counts *counts, struct err *err)
{
	int AUTO_FD fd =
	    strcmp(path, "-") == 0 ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);
	struct buf AUTO_BUF all = BUF_INIT(SIZE_MAX / 2);
	ssize_t n = 1;

	if (fd < 0)
		return err_sys(err, errno, "%s", path);
	while (n > 0) {
		if (buf_reserve(&all, 1 << 20))
			return err_set(err, FE_ELIMIT, "%s: too large", path);
		n = read(fd, all.p + all.len, 1 << 20);
		if (n < 0 && errno == EINTR)
			n = 1;
		else if (n > 0)
			all.len += (size_t)n;
	}
	if (n < 0)
		return err_sys(err, errno, "%s", path);
	replay_bytes(core, buf_str(&all), all.len, counts);
	return 0;
}

int replay(const char *const *files, size_t n, struct err *err)
{
	struct core_rules rules = {
	    .series = series_limits_default, .verdicts = verdict_limits_default, .replay = true};
	struct core *core = core_new(&rules);
	struct ingest_counts *counts = xcalloc(1, sizeof *counts);
	struct buf AUTO_BUF out = BUF_INIT(REPORT_MAX);
	int rc = 0;

	for (size_t i = 0; i < n && !rc; i++)
		rc = replay_file(core, files[i], counts, err);
	core_end(core);
	if (!rc && core_counts(core).frames == 0)
		rc = err_set(err, FE_EPROTO, "%s: not a line in it", files[0]);
	if (!rc)
		rc = report_write(core, &out);
	if (!rc && io_write_all(STDOUT_FILENO, buf_str(&out), out.len))
		rc = err_set(err, FE_EIO, "standard output");
	core_free(core);
	free(counts);
	return rc;
}
