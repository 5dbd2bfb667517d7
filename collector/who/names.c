/* SPDX-License-Identifier: MIT */
#include "names.h"

#include "xmem.h"

void names_done(struct names *n)
{
	for (size_t i = 0; i < n->n; i++) {
		free(n->v[i].token);
		free(n->v[i].app);
	}
	free(n->v);
	*n = (struct names){0};
}

static bool is_token(const char *text)
{
	size_t n = strlen(text);

	return n > 2 && n <= NAMES_TOKEN_MAX && strncmp(text, "d.", 2) == 0 &&
	       strspn(text + 2, "0123456789abcdef-") == n - 2;
}

static struct name *find(const struct names *n, const char *token)
{
	for (size_t i = 0; i < n->n; i++)
		if (strcmp(n->v[i].token, token) == 0)
			return &n->v[i];
	return NULL;
}

static struct name *add(struct names *n, const char *token, int64_t now_ms)
{
	size_t oldest = 0;

	if (n->n < NAMES_MAX) {
		n->v = xreallocarray(n->v, n->n + 1, sizeof *n->v);
		oldest = n->n++;
	} else {
		for (size_t i = 1; i < n->n; i++)
			if (n->v[i].seen_ms < n->v[oldest].seen_ms)
				oldest = i;
		free(n->v[oldest].token);
		free(n->v[oldest].app);
	}
	n->v[oldest] = (struct name){.token = xstrdup(token),
	    .seen_ms = now_ms,
	    .next_ms = now_ms,
	    .wait_ms = NAMES_FIRST_MS};
	return &n->v[oldest];
}

const char *names_find(struct names *n, const char *token, int64_t now_ms)
{
	struct name *one = is_token(token) ? find(n, token) : NULL;

	if (!one && !is_token(token))
		return NULL;
	if (!one)
		one = add(n, token, now_ms);
	one->seen_ms = now_ms;
	n->wanted |= one->next_ms <= now_ms;
	return one->app;
}

bool names_want(const struct names *n, int64_t now_ms)
{
	return n->wanted && now_ms >= n->next_ms;
}

bool names_learn(struct names *n, const char *token, const char *app, int64_t now_ms)
{
	struct name *one = is_token(token) && *app ? find(n, token) : NULL;

	if (!is_token(token) || !*app)
		return false;
	if (!one)
		one = add(n, token, now_ms);
	bool new = !one->app || strcmp(one->app, app) != 0;

	if (new) {
		free(one->app);
		one->app = xstrdup(app);
	}
	one->wait_ms = NAMES_FIRST_MS;
	one->next_ms = now_ms + NAMES_GOOD_MS;
	return new;
}

void names_asked(struct names *n, bool answered, int64_t now_ms)
{
	int64_t wait = answered || !n->wait_ms ? NAMES_APART_MS : n->wait_ms * 2;

	n->wanted = false;
	n->wait_ms = wait < NAMES_LONGEST_MS ? wait : NAMES_LONGEST_MS;
	n->next_ms = now_ms + n->wait_ms;
	if (!answered)
		return; /* what was wanted is wanted again when it sends */
	for (size_t i = 0; i < n->n; i++) {
		struct name *one = &n->v[i];

		if (one->next_ms > now_ms)
			continue;
		one->next_ms = now_ms + (one->app ? NAMES_GOOD_MS : one->wait_ms);
		one->wait_ms =
		    one->wait_ms * 2 < NAMES_LONGEST_MS ? one->wait_ms * 2 : NAMES_LONGEST_MS;
	}
}
