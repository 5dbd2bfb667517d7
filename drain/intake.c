/* SPDX-License-Identifier: MIT */
/* intake: bytes of stdin become lines or frames. */
#include "intake.h"

#include "num.h"
#include "prefix.h"
#include "xmem.h"

#define LINE_PRI 190 /* local7.info, as the platform and log-shuttle give it */

struct intake {
	struct spool *spool;
	struct intake_rules rules;
	bool stalled;
	char current[PREFIX_MAX + 1]; /* procid of the line at hand; PREFIX_MAX bounds a name */
	bool inside;                  /* a part of the line at hand has been shipped */
	size_t len;
	char *space; /* INTAKE_SPACE bytes */
};

struct intake *intake_new(struct spool *spool, const struct intake_rules *rules)
{
	struct intake *in = xcalloc(1, sizeof *in);

	in->spool = spool;
	in->rules = *rules;
	in->space = xmalloc(INTAKE_SPACE);
	return in;
}

void intake_free(struct intake *in)
{
	if (!in)
		return;
	free(in->space);
	free(in);
}

bool intake_is_stalled(const struct intake *in)
{
	return in->stalled;
}

char *intake_space(struct intake *in, size_t *out_room)
{
	fe_assert(in->len < INTAKE_SPACE || in->stalled);
	*out_room = INTAKE_SPACE - in->len;
	return in->space + in->len;
}

static void ship(struct intake *in, struct moment now, const char *text, size_t len)
{
	struct frame_head head = {
	    LINE_PRI, now.wall_ms, "host", "app", in->current[0] ? in->current : in->rules.procid};

	(void)spool_line(in->spool, now, &head, text, len); /* a drop is counted there */
}

/* At a line's start: whose is it? Returns the bytes to leave out. */
static size_t take_prefix(struct intake *in, const char *p, size_t len)
{
	struct prefix found;
	size_t used = prefix_parse(p, len, &found);

	in->current[0] = '\0';
	if (used) {
		memcpy(in->current, found.name, found.name_len);
		in->current[found.name_len] = '\0';
	}
	return used;
}

/* Where to cut a line that is too long: INTAKE_LINE_MAX, or up to 3 bytes less. */
static size_t cut_at(const char *p)
{
	for (size_t cut = INTAKE_LINE_MAX; cut > INTAKE_LINE_MAX - 4; cut--)
		if (((unsigned char)p[cut] & 0xc0) != 0x80)
			return cut;
	return INTAKE_LINE_MAX; /* no UTF-8 */
}

/* Ship what can be of the bytes at p: returns how many are done with, 0 when more must come. */
static size_t one_piece(
    struct intake *in, struct moment now, const char *p, size_t len, bool is_last)
{
	const char *newline = memchr(p, '\n', len);
	size_t line = newline ? (size_t)(newline - p) : len;

	if (!newline && !is_last && len <= INTAKE_LINE_MAX + PREFIX_MAX)
		return 0;
	size_t skip = in->inside ? 0 : take_prefix(in, p, line);

	if (line - skip > INTAKE_LINE_MAX) {
		size_t cut = cut_at(p + skip);

		ship(in, now, p + skip, cut);
		in->inside = true;
		return skip + cut;
	}
	if (line > 0 || !in->inside)
		ship(in, now, p + skip, line - skip);
	in->inside = false;
	return line + (newline != NULL);
}

/* Whether whatever comes next would fit; where nobody waits, that does not matter. */
static bool has_room(struct intake *in)
{
	in->stalled = in->rules.wait && !spool_has_room(in->spool, BUF_MAX_FRAME);
	return !in->stalled;
}

static size_t take_lines(struct intake *in, struct moment now, bool is_last)
{
	size_t at = 0;

	while (at < in->len && has_room(in)) {
		size_t used = one_piece(in, now, in->space + at, in->len - at, is_last);

		if (used == 0)
			break;
		at += used;
	}
	return at;
}

static bool is_word(const char *p, size_t len, const char *word)
{
	return len == strlen(word) && memcmp(p, word, len) == 0;
}

/* A note of the supervisor's, no line: true when it was one. */
static bool take_note(struct intake *in, struct moment now, const struct frame *f)
{
	uint64_t n;

	if (!is_word(f->host, f->host_len, FRAME_TOLD_HOST) ||
	    !is_word(f->app, f->app_len, FRAME_TOLD_APP))
		return false;
	AUTO_FREE char *text = xmemdup0(f->text, f->text_len);
	bool dropped = is_word(f->procid, f->procid_len, FRAME_TOLD_DROPPED);

	if (num_u64(text, 0, INT64_MAX, &n) == 0)
		spool_told(in->spool, now, dropped ? SPOOL_DROPPED : SPOOL_LOST, n);
	return true;
}

static int take_frames(struct intake *in, struct moment now, size_t *out_used, struct err *err)
{
	size_t at = 0;

	while (at < in->len && has_room(in)) {
		struct frame f;
		long used = frame_parse(in->space + at, in->len - at, BUF_MAX_FRAME, &f);

		if (used < 0)
			return err_set(err, FE_EPROTO,
			    "stdin: no frame where one was expected "
			    "(--framed is for the supervisor)");
		if (used == 0)
			break;
		if (!take_note(in, now, &f))
			(void)spool_frame(in->spool, now, in->space + at, (size_t)used);
		at += (size_t)used;
	}
	*out_used = at;
	return 0;
}

int intake_filled(struct intake *in, struct moment now, size_t n, struct err *err)
{
	size_t used = 0;
	int rc = 0;

	in->len += n;
	if (in->rules.framed)
		rc = take_frames(in, now, &used, err);
	else
		used = take_lines(in, now, false);
	if (rc)
		return rc;
	in->len -= used;
	if (used && in->len)
		memmove(in->space, in->space + used, in->len);
	return 0;
}

void intake_end(struct intake *in, struct moment now)
{
	in->rules.wait = false;
	if (!in->rules.framed) {
		(void)take_lines(in, now, true);
	} else if (in->len) {
		size_t used = 0;

		if (take_frames(in, now, &used, NULL) || used < in->len)
			spool_told(in->spool, now, SPOOL_LOST, 1);
	}
	in->len = 0;
}
