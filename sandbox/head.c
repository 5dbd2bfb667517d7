/* SPDX-License-Identifier: MIT */
#include "head.h"

#include <stdlib.h>
#include <strings.h>

#include "num.h"
#include "xmem.h"

size_t head_length(const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (p[i] != '\n')
			continue;
		if (i + 1 < n && p[i + 1] == '\n')
			return i + 2;
		if (i + 2 < n && p[i + 1] == '\r' && p[i + 2] == '\n')
			return i + 3;
	}
	return 0;
}

static size_t line_of(const char *p, size_t n, size_t *out_next)
{
	const char *nl = memchr(p, '\n', n);
	size_t len = nl ? (size_t)(nl - p) : n;

	*out_next = nl ? len + 1 : n;
	return len && p[len - 1] == '\r' ? len - 1 : len;
}

static bool parse_first(struct head *h, const char *p, size_t len)
{
	const char *a = memchr(p, ' ', len), *end = p + len;
	const char *b = a ? memchr(a + 1, ' ', (size_t)(end - a - 1)) : NULL;

	if (!a || memchr(p, '\0', len))
		return false;
	/* the reason of a response may be left out, and a path may hold blanks */
	if (strncmp(p, "HTTP/", 5) != 0)
		b = memrchr(a + 1, ' ', (size_t)(end - a - 1));
	h->first[0] = xmemdup0(p, (size_t)(a - p));
	h->first[1] = xmemdup0(a + 1, (size_t)((b ? b : end) - a - 1));
	h->first[2] = b ? xmemdup0(b + 1, (size_t)(end - b - 1)) : xstrdup("");
	return strncmp(h->first[0], "HTTP/1.", 7) == 0 || strncmp(h->first[2], "HTTP/1.", 7) == 0;
}

/* Takes both over. NOLINTNEXTLINE(readability-non-const-parameter) */
static void add(struct head *h, char *name, char *value)
{
	h->v = xreallocarray(h->v, h->n + 1, sizeof *h->v);
	h->v[h->n++] = (struct head_field){name, value};
}

static bool parse_field(struct head *h, const char *p, size_t len)
{
	const char *colon = memchr(p, ':', len), *end = p + len;

	if (!colon || colon == p || memchr(p, '\0', len) || memchr(p, ' ', (size_t)(colon - p)))
		return false;
	const char *v = colon + 1;

	while (v < end && (*v == ' ' || *v == '\t'))
		v++;
	while (end > v && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	add(h, xmemdup0(p, (size_t)(colon - p)), xmemdup0(v, (size_t)(end - v)));
	return true;
}

int head_parse(const char *p, size_t n, struct head *out)
{
	size_t next, len = line_of(p, n, &next);
	bool ok;

	*out = (struct head){.n = 0};
	ok = parse_first(out, p, len);
	for (p += next, n -= next; ok && n; p += next, n -= next) {
		len = line_of(p, n, &next);
		if (len)
			ok = parse_field(out, p, len);
	}
	if (ok)
		return 0;
	head_done(out);
	return FE_EPROTO;
}

void head_done(struct head *h)
{
	for (size_t i = 0; i < ARRAY_LEN(h->first); i++)
		free(h->first[i]);
	for (size_t i = 0; i < h->n; i++) {
		free(h->v[i].name);
		free(h->v[i].value);
	}
	free(h->v);
	*h = (struct head){.n = 0};
}

const char *head_get(const struct head *h, const char *name)
{
	for (size_t i = 0; i < h->n; i++)
		if (strcasecmp(h->v[i].name, name) == 0)
			return h->v[i].value;
	return NULL;
}

void head_set(struct head *h, const char *name, const char *value)
{
	size_t kept = 0;

	for (size_t i = 0; i < h->n; i++) {
		if (strcasecmp(h->v[i].name, name) != 0) {
			h->v[kept++] = h->v[i];
			continue;
		}
		free(h->v[i].name);
		free(h->v[i].value);
	}
	h->n = kept;
	if (value)
		add(h, xstrdup(name), xstrdup(value));
}

int head_write(const struct head *h, struct buf *out)
{
	int rc = buf_addf(out, "%s %s %s\r\n", h->first[0], h->first[1], h->first[2]);

	for (size_t i = 0; rc == 0 && i < h->n; i++)
		rc = buf_addf(out, "%s: %s\r\n", h->v[i].name, h->v[i].value);
	return rc ? rc : buf_adds(out, "\r\n");
}

static int body_of(
    const struct head *h, enum head_body otherwise, enum head_body *out, uint64_t *len)
{
	const char *coding = head_get(h, "Transfer-Encoding");
	const char *length = head_get(h, "Content-Length");

	*len = 0;
	*out = otherwise;
	if (coding && strcasecmp(coding, "identity") != 0) {
		*out = HEAD_CHUNKED;
		return length || strcasecmp(coding, "chunked") != 0 ? FE_EPROTO : 0;
	}
	if (!length)
		return 0;
	*out = HEAD_LENGTH;
	return num_u64(length, 0, UINT64_MAX, len) < 0 ? FE_EPROTO : 0;
}

int head_request_body(const struct head *h, enum head_body *out, uint64_t *len)
{
	return body_of(h, HEAD_NONE, out, len);
}

int head_response_body(const struct head *h, const char *method, enum head_body *out, uint64_t *len)
{
	int rc = body_of(h, HEAD_TO_END, out, len);
	const char *status = h->first[1];

	if (strcmp(method, "HEAD") == 0 || status[0] == '1' || strcmp(status, "204") == 0 ||
	    strcmp(status, "304") == 0) {
		*out = HEAD_NONE;
		*len = 0;
	}
	return rc;
}

/* States of a chunked body; the size line ends at its LF, whatever extension it has. */
enum { SIZE, EXTENSION, DATA, AFTER, TRAILER };

static void size_byte(struct head_chunks *c, char b)
{
	static const char digits[] = "0123456789abcdef";
	const char *d = b ? strchr(digits, b >= 'A' && b <= 'F' ? b - 'A' + 'a' : b) : NULL;

	if (b == '\n') {
		c->bad |= c->line == 0;
		c->state = c->left ? DATA : TRAILER;
		c->line = 0;
	} else if (c->state == SIZE && d) {
		c->bad |= c->left >> 56 != 0;
		c->left = c->left * 16 + (uint64_t)(d - digits);
		c->line++;
	} else if (b != '\r') {
		c->bad |= c->state == SIZE && b != ';' && b != ' ';
		c->state = EXTENSION;
	}
}

static void line_byte(struct head_chunks *c, char b)
{
	if (b != '\n') {
		c->line += b != '\r';
		c->bad |= c->state == AFTER && b != '\r';
		return;
	}
	c->done = c->state == TRAILER && c->line == 0;
	if (c->state == AFTER)
		c->state = SIZE;
	c->line = 0;
}

size_t head_chunks_feed(struct head_chunks *c, const char *p, size_t n)
{
	size_t i = 0;

	while (i < n && !c->done && !c->bad) {
		if (c->state == DATA) {
			size_t part = n - i < c->left ? n - i : (size_t)c->left;

			i += part;
			c->left -= part;
			if (c->left == 0)
				c->state = AFTER;
			continue;
		}
		if (c->state == SIZE || c->state == EXTENSION)
			size_byte(c, p[i++]);
		else
			line_byte(c, p[i++]);
	}
	return i;
}
