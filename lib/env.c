/* SPDX-License-Identifier: MIT */
/* env: .env files as Foreman reads them. */
#include "env.h"

#include <ctype.h>
#include <sys/stat.h>

#include "buf.h"
#include "io.h"
#include "textline.h"
#include "xmem.h"

static bool is_key(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

static size_t key_length(const char *p, size_t len)
{
	size_t n = 0;

	while (n < len && is_key(p[n]))
		n++;
	return n;
}

/* What keeps a line from being KEY=VALUE; NULL where it is one. */
static const char *why_odd(const struct textline *t, size_t key)
{
	if (memchr(t->p, '\0', t->len))
		return "has a NUL byte, expected KEY=VALUE in text";
	if (key > 0 && key < t->len && t->p[key] == '=')
		return NULL;
	if (t->len >= 3 && memcmp(t->p, "\xef\xbb\xbf", 3) == 0)
		return "starts with a byte order mark, expected KEY=VALUE in the first column";
	if (t->len > 7 && memcmp(t->p, "export", 6) == 0 && isblank((unsigned char)t->p[6]))
		return "starts with export, expected KEY=VALUE alone";
	if (isspace((unsigned char)t->p[0]))
		return "starts with a blank, expected KEY=VALUE in the first column";
	if (key > 0 && key < t->len && isblank((unsigned char)t->p[key]))
		return "has a blank after the key, expected KEY=VALUE";
	if (!memchr(t->p, '=', t->len))
		return "has no '=', expected KEY=VALUE";
	return "has a key that is not of A-Z, a-z, 0-9 and _, expected KEY=VALUE";
}

/* The inside of double quotes. Foreman puts a newline for each \n first and takes the backslash off
 * any other character then; so \\n is a backslash and a newline (no character in its sense). */
static char *unescape(const char *p, size_t len)
{
	char *out = xmalloc(len + 1); /* never longer than what it is made from */
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		if (p[i] != '\\' || i + 1 == len) {
			out[n++] = p[i];
			continue;
		}
		i++;
		if (p[i] == '\\' && i + 1 < len && p[i + 1] == 'n') {
			out[n++] = '\\';
			i++;
		}
		out[n++] = p[i] == 'n' ? '\n' : p[i];
	}
	out[n] = '\0';
	return out;
}

static char *value_of(const char *p, size_t len)
{
	bool quoted = len >= 2 && p[0] == p[len - 1];

	if (quoted && p[0] == '\'')
		return xmemdup0(p + 1, len - 2);
	if (!quoted || p[0] != '"')
		return xmemdup0(p, len);
	return unescape(p + 1, len - 2);
}

struct ranked {
	char *pair;
	size_t key_len;
	size_t at;
};

static int by_key_then_place(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;
	size_t n = x->key_len < y->key_len ? x->key_len : y->key_len;
	int c = memcmp(x->pair, y->pair, n);

	if (c)
		return c;
	if (x->key_len != y->key_len)
		return x->key_len < y->key_len ? -1 : 1;
	return x->at < y->at ? -1 : x->at > y->at;
}

/* The last value of a key wins, at the place of its first. By sorting, because a file of hostile
 * size must not cost its square. */
void env_last_wins(struct strv *out)
{
	AUTO_FREE struct ranked *r = xcalloc(out->n + 1, sizeof *r);
	size_t kept = 0;

	for (size_t i = 0; i < out->n; i++)
		r[i] = (struct ranked){out->v[i], strcspn(out->v[i], "="), i};
	qsort(r, out->n, sizeof *r, by_key_then_place);
	for (size_t i = 0, first = 0; i < out->n; i++) {
		bool last = i + 1 == out->n || r[i + 1].key_len != r[i].key_len ||
			    memcmp(r[i + 1].pair, r[i].pair, r[i].key_len) != 0;

		out->v[r[i].at] = NULL;
		if (!last) {
			free(r[i].pair);
			continue;
		}
		out->v[r[first].at] = r[i].pair;
		first = i + 1;
	}
	for (size_t i = 0; i < out->n; i++)
		if (out->v[i])
			out->v[kept++] = out->v[i];
	out->n = kept;
	if (out->v)
		out->v[kept] = NULL;
}

void env_parse(const struct text *text, struct strv *out, env_odd_fn odd, void *arg)
{
	struct textline t = {.rest = text->p, .left = text->len};

	while (textline_next(&t)) {
		size_t key = key_length(t.p, t.len);

		if (textline_empty(&t))
			continue;
		const char *why = why_odd(&t, key);

		if (why) {
			if (odd)
				odd(arg, text->path, t.number, why);
			continue;
		}
		AUTO_FREE char *value = value_of(t.p + key + 1, t.len - key - 1);

		strv_take(out, xasprintf("%.*s=%s", (int)key, t.p, value));
	}
	env_last_wins(out);
}

int env_read(const char *path, struct strv *out, env_odd_fn odd, void *arg, struct err *err)
{
	struct buf AUTO_BUF text = BUF_INIT(BUF_MAX_FILE);
	int rc = io_read_file(path, &text, err);

	if (rc)
		return rc;
	env_parse(&(struct text){buf_str(&text), text.len, path}, out, odd, arg);
	return 0;
}

void env_export(const struct strv *pairs)
{
	for (size_t i = 0; i < pairs->n; i++) {
		size_t key = strcspn(pairs->v[i], "=");
		AUTO_FREE char *name = xmemdup0(pairs->v[i], key);

		if (pairs->v[i][key] != '=')
			continue;
		/* called before there are threads. NOLINTNEXTLINE(concurrency-mt-unsafe) */
		if (setenv(name, pairs->v[i] + key + 1, 1) != 0)
			fe_assert_failed(__FILE__, __LINE__, "setenv of a well-formed pair");
	}
}
