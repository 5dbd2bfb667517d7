/* SPDX-License-Identifier: MIT */
/* ship: the supervisor's side of the drain: its pipe and its account. */
#include "ship.h"

#include <errno.h>
#include <strings.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "frame.h"
#include "io.h"
#include "logfmt.h"
#include "num.h"
#include "ship_in.h"
#include "xmem.h"

#define LINE_PRI 190             /* local7.info, as the platform gives it */
#define KEEP_BYTES (64UL * 1024) /* of the buffer, while all is quiet */

/* Ask for a turn when the pipe has room again; a quiet pipe is not watched. */
static void want_room(struct ship *s, bool on)
{
	struct epoll_event e = {.events = EPOLLOUT, .data.u32 = SHIP_ROOM};

	if (s->in < 0 || s->room_wanted == on)
		return;
	(void)epoll_ctl(s->epoll, on ? EPOLL_CTL_ADD : EPOLL_CTL_DEL, s->in, &e);
	s->room_wanted = on;
}

void ship_close_in(struct ship *s)
{
	want_room(s, false);
	io_close(&s->in);
}

/* Length of the frame at p by its own number; it was written by us and is whole. */
static size_t frame_size(const char *p)
{
	size_t n = 0, digits = 0;

	for (; p[digits] != ' '; digits++)
		n = n * 10 + (size_t)(p[digits] - '0');
	return digits + 1 + n;
}

/* n more bytes went into the pipe: frames that are in it to their last byte are the drain's now. */
static void settle(struct ship *s, size_t n)
{
	struct buf *b = &s->frames;

	for (s->written += n; s->written;) {
		size_t size = frame_size(b->p + s->first);

		if (size > s->written)
			break;
		s->first += size;
		s->written -= size;
		s->account.handed++;
	}
	if (s->first == b->len) {
		s->first = 0;
		buf_clear(b);
		if (b->cap > KEEP_BYTES)
			buf_done(b);
	} else if (s->first > SHIP_BUFFER_MAX) {
		buf_drop(b, s->first);
		s->first = 0;
	}
}

void ship_forget_partial(struct ship *s)
{
	if (s->written)
		settle(s, frame_size(s->frames.p + s->first) - s->written);
	buf_clear(&s->note);
}

/* Bytes written, 0 when the pipe is full, -1 when its reader is gone. */
static ssize_t put(struct ship *s, const char *p, size_t len)
{
	ssize_t n;

	do
		n = write(s->in, p, len);
	while (n < 0 && errno == EINTR);
	return n >= 0 ? n : errno == EAGAIN ? 0 : -1;
}

static void add_note(struct ship *s, const char *kind, uint64_t n)
{
	char digits[24]; /* 20 digits of 2^64 */
	int len = snprintf(digits, sizeof digits, "%llu", (unsigned long long)n);

	if (n && frame_write(&s->note,
		     &(struct frame_head){LINE_PRI, 0, FRAME_TOLD_HOST, FRAME_TOLD_APP, kind},
		     digits, (size_t)len))
		fe_assert_failed(__FILE__, __LINE__, "a note over its bound");
}

/* Between two frames the drain hears of losses it cannot know of. */
static void tell(struct ship *s)
{
	uint64_t dropped, lost;

	if (s->written || s->note.len)
		return;
	ship_account_tell(&s->account, &dropped, &lost);
	add_note(s, FRAME_TOLD_DROPPED, dropped);
	add_note(s, FRAME_TOLD_LOST, lost);
}

/* One write; false when there is nothing to write or no room. */
static bool write_some(struct ship *s)
{
	tell(s);
	bool is_note = s->note.len > 0;
	struct buf *b = is_note ? &s->note : &s->frames;
	size_t from = is_note ? 0 : s->first + s->written;

	if (b->len == from)
		return false;
	ssize_t n = put(s, b->p + from, b->len - from);

	if (n < 0) /* it is dying; what follows waits for the next one */
		ship_close_in(s);
	if (n <= 0)
		return false;
	if (is_note)
		buf_drop(b, (size_t)n);
	else
		settle(s, (size_t)n);
	return true;
}

bool ship_has_more(const struct ship *s)
{
	return s->note.len || s->frames.len > s->first || s->account.untold_dropped ||
	       s->account.untold_lost;
}

void ship_flush(struct ship *s)
{
	if (!s || s->in < 0)
		return;
	while (write_some(s))
		;
	want_room(s, ship_has_more(s));
	if (s->stopping && !ship_has_more(s))
		ship_close_in(s); /* the drain sees the end */
}

static void add_frame(struct ship *s, const struct frame_head *head, const char *text, size_t len)
{
	s->account.lines++;
	/* under 400 bytes of header, for a name that is a file's */
	if (s->state == SHIP_GIVEN_UP || s->frames.len - s->first + len + 400 > SHIP_BUFFER_MAX ||
	    frame_begin(&s->frames, head, len + 1)) {
		ship_account_dropped(&s->account, 1);
		return;
	}
	/* frame_begin made the room */
	memcpy(s->frames.p + s->frames.len, text, len);
	s->frames.len += len;
	s->frames.p[s->frames.len++] = '\n';
	s->frames.p[s->frames.len] = '\0';
}

void ship_line(struct ship *s, const char *procid, int64_t at_ms, const char *text, size_t len)
{
	struct frame_head head = {LINE_PRI, at_ms, "host", "app", procid};

	if (!s || s->stopping)
		return;
	do {
		size_t n = len < SHIP_LINE_MAX ? len : SHIP_LINE_MAX;

		add_frame(s, &head, text, n);
		text += n;
		len -= n;
	} while (len);
	if (s->frames.len - s->first >= SHIP_WRITE_AT && !s->room_wanted)
		ship_flush(s);
}

static void take_news(struct ship *s, const char *line, size_t len)
{
	struct ship_news news = {0};
	const struct {
		const char *key;
		uint64_t *at;
	} rows[] = {
	    {"delivered", &news.delivered}, {"lost", &news.lost}, {"reported", &news.reported}};
	const char *at = line;
	struct logfmt_pair p;

	while (logfmt_next(&at, line + len, &p) == 1)
		for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
			AUTO_FREE char *value = xmemdup0(p.value ? p.value : "", p.value_len);

			if (p.key_len == strlen(rows[i].key) &&
			    memcmp(p.key, rows[i].key, p.key_len) == 0 &&
			    num_u64(value, 0, UINT64_MAX, rows[i].at))
				return; /* not one of ours */
		}
	ship_account_news(&s->account, &news);
}

void ship_read_news(struct ship *s)
{
	char chunk[4096];
	ssize_t n;

	while (s->out >= 0 && (n = read(s->out, chunk, sizeof chunk)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return;
		if (buf_add(&s->status, chunk, (size_t)n)) {
			buf_clear(&s->status); /* whoever writes this is no drain */
			continue;
		}
		const char *end = memrchr(s->status.p, '\n', s->status.len);

		if (!end)
			continue;
		const char *last = memrchr(s->status.p, '\n', (size_t)(end - s->status.p));
		const char *from = last ? last + 1 : s->status.p;

		take_news(s, from, (size_t)(end - from));
		buf_drop(&s->status, (size_t)(end - s->status.p) + 1);
	}
	io_close(&s->out); /* which takes it out of the epoll set */
}

struct ship_stats ship_stats(const struct ship *s)
{
	static const char *const states[] = {[SHIP_DOWN] = "backoff",
	    [SHIP_UP] = "up",
	    [SHIP_GIVEN_UP] = "gave-up",
	    [SHIP_OVER] = "ended"};

	return (struct ship_stats){.lines = s->account.lines,
	    .delivered = ship_account_delivered(&s->account),
	    .lost = ship_account_lost(&s->account),
	    .restarts = s->restarts,
	    .pid = s->pid,
	    .up_ns = s->up_ns,
	    .last_code = s->last_code,
	    .state = s->stopping && s->state == SHIP_UP ? "stopping" : states[s->state]};
}
