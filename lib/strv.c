/* SPDX-License-Identifier: MIT */
/* strv: a growable vector of owned strings. */
#include "strv.h"

#include "xmem.h"

void strv_take(struct strv *s, char *text)
{
	if (s->n + 2 > s->cap) {
		s->cap = s->cap ? s->cap * 2 : 8;
		s->v = xreallocarray(s->v, s->cap, sizeof *s->v);
	}
	s->v[s->n++] = text;
	s->v[s->n] = NULL;
}

void strv_add(struct strv *s, const char *text)
{
	strv_take(s, xstrdup(text));
}

void strv_addn(struct strv *s, const char *text, size_t len)
{
	strv_take(s, xmemdup0(text, len));
}

void strv_remove(struct strv *s, size_t i)
{
	fe_assert(i < s->n);
	free(s->v[i]);
	memmove(s->v + i, s->v + i + 1, (s->n - i) * sizeof *s->v);
	s->n--;
}

char **strv_argv(struct strv *s)
{
	if (!s->v) {
		s->v = xcalloc(8, sizeof *s->v);
		s->cap = 8;
	}
	return s->v;
}

void strv_split(struct strv *s, const char *text, const char *set)
{
	for (;;) {
		text += strspn(text, set);
		size_t n = strcspn(text, set);

		if (n == 0)
			return;
		strv_addn(s, text, n);
		text += n;
	}
}

static char **find_key(const struct strv *s, const char *key)
{
	size_t n = strlen(key);

	for (size_t i = 0; i < s->n; i++)
		if (strncmp(s->v[i], key, n) == 0 && s->v[i][n] == '=')
			return &s->v[i];
	return NULL;
}

void strv_setenv(struct strv *s, const char *key, const char *value)
{
	char **at = find_key(s, key);
	char *pair = xasprintf("%s=%s", key, value);

	if (!at) {
		strv_take(s, pair);
		return;
	}
	free(*at);
	*at = pair;
}

const char *strv_getenv(const struct strv *s, const char *key)
{
	char **at = find_key(s, key);

	return at ? *at + strlen(key) + 1 : NULL;
}

void strv_done(struct strv *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->n; i++)
		free(s->v[i]);
	free(s->v);
	*s = (struct strv){0};
}
