/* SPDX-License-Identifier: MIT */
/* The stream taken apart: a greeting line, output, marks. Bytes that may become part of a mark are
 * held back until the next ones decide. */
#include "num.h"
#include "rendezvous.h"
#include "xmem.h"

#define MARK "\xef\xbf\xbf heroku-command-exit-status: "
#define MARK_LEN (sizeof MARK - 1)
#define MAX_DIGITS 3
#define MAX_GREETING 256
#define MAX_HELD (64UL * 1024)

char *rendezvous_command(const char *command)
{
	/* The blank keeps a bare process type a word of its own. */
	return xasprintf("%s ; echo \"" MARK "$?\"", command);
}

void rendezvous_scan_init(struct rendezvous_scan *s)
{
	*s = (struct rendezvous_scan){.status = -1};
	buf_init(&s->held, MAX_HELD);
}

void rendezvous_scan_done(struct rendezvous_scan *s)
{
	buf_done(&s->held);
}

static void emit(struct rendezvous_scan *s, size_t n)
{
	if (!n)
		return;
	s->output_bytes += n;
	if (s->output)
		s->output(s->arg, s->held.p, n);
	buf_drop(&s->held, n);
}

/* Held bytes begin with 0xEF. A mark: taken, true. None: one byte is output, true. Not to be told
 * yet: false. */
static bool take_mark(struct rendezvous_scan *s, bool last)
{
	const struct buf *b = &s->held;
	size_t n = b->len < MARK_LEN ? b->len : MARK_LEN, digits = 0;
	uint64_t status = 0;

	if (memcmp(b->p, MARK, n) == 0 && n < MARK_LEN && !last)
		return false;
	if (memcmp(b->p, MARK, n) == 0 && n == MARK_LEN)
		digits = strspn(b->p + n, "0123456789");
	if (n == MARK_LEN && n + digits == b->len && digits <= MAX_DIGITS && !last &&
	    memcmp(b->p, MARK, n) == 0)
		return false;
	AUTO_FREE char *number = digits ? xmemdup0(b->p + n, digits) : NULL;
	if (!number || digits > MAX_DIGITS || num_u64(number, 0, 255, &status) < 0) {
		emit(s, 1);
		return true;
	}
	s->status = (int)status;
	s->done = s->eat_newline = true;
	buf_drop(&s->held, n + digits);
	return true;
}

static void eat_newline(struct rendezvous_scan *s)
{
	while (s->eat_newline && s->held.len) {
		char c = s->held.p[0];
		s->eat_newline = c == '\r';
		if (c == '\r' || c == '\n')
			buf_drop(&s->held, 1);
	}
}

static void scan(struct rendezvous_scan *s, bool last)
{
	for (;;) {
		eat_newline(s);
		if (!s->held.len)
			return;
		const char *mark = memchr(s->held.p, (unsigned char)MARK[0], s->held.len);
		emit(s, mark ? (size_t)(mark - s->held.p) : s->held.len);
		if (!s->held.len || !take_mark(s, last))
			return;
	}
}

static void greet(struct rendezvous_scan *s)
{
	const char *newline = s->held.len ? memchr(s->held.p, '\n', s->held.len) : NULL;

	if (!newline) {
		s->bad_greeting = s->held.len > MAX_GREETING;
		return;
	}
	size_t n = (size_t)(newline - s->held.p), text = n;
	if (text && s->held.p[text - 1] == '\r')
		text--;
	s->greeted = text == strlen("rendezvous") && memcmp(s->held.p, "rendezvous", text) == 0;
	s->bad_greeting = !s->greeted;
	if (s->greeted)
		buf_drop(&s->held, n + 1);
}

void rendezvous_scan_feed(struct rendezvous_scan *s, const char *p, size_t n)
{
	/* Little is ever held, so a piece of half the ceiling always fits. */
	for (size_t piece; n && !s->bad_greeting; p += piece, n -= piece) {
		piece = n < MAX_HELD / 2 ? n : MAX_HELD / 2;
		int rc = buf_add(&s->held, p, piece);
		fe_assert(rc == 0);
		if (!s->greeted)
			greet(s);
		if (s->greeted)
			scan(s, false);
	}
}

void rendezvous_scan_end(struct rendezvous_scan *s)
{
	if (s->greeted)
		scan(s, true);
}
