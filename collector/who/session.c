/* SPDX-License-Identifier: MIT */
#include "session.h"

#include "xmem.h"

void sessions_done(struct sessions *s)
{
	for (size_t i = 0; i < s->n; i++)
		free(s->v[i].name);
	free(s->v);
	*s = (struct sessions){0};
}

static void remove_at(struct sessions *s, size_t i)
{
	free(s->v[i].name);
	s->v[i] = s->v[--s->n];
}

struct session *session_find(struct sessions *s, const char *hash, int64_t now_ms)
{
	for (size_t i = 0; i < s->n; i++) {
		if (strcmp(s->v[i].hash, hash) != 0)
			continue;
		if (s->v[i].until_ms > now_ms)
			return &s->v[i];
		remove_at(s, i);
		break;
	}
	return NULL;
}

static void make_room(struct sessions *s)
{
	size_t oldest = 0;

	if (s->n < SESSIONS_MAX)
		return;
	for (size_t i = 1; i < s->n; i++)
		if (s->v[i].checked_ms < s->v[oldest].checked_ms)
			oldest = i;
	remove_at(s, oldest);
}

struct session *session_put(struct sessions *s, const struct session *one, int64_t now_ms)
{
	session_drop(s, one->hash);
	make_room(s);
	s->v = xreallocarray(s->v, s->n + 1, sizeof *s->v);
	struct session *new = &s->v[s->n++];

	*new = *one;
	new->name = xstrdup(one->name);
	new->checked_ms = now_ms;
	new->told_ms = one->until_ms;
	return new;
}

void session_drop(struct sessions *s, const char *hash)
{
	for (size_t i = 0; i < s->n; i++)
		if (strcmp(s->v[i].hash, hash) == 0) {
			remove_at(s, i);
			return;
		}
}

bool session_ask(struct session *one, int64_t now_ms)
{
	if (now_ms - one->checked_ms < SESSION_FRESH_MS && now_ms >= one->checked_ms)
		return false;
	one->checked_ms = now_ms;
	return true;
}

bool session_use(struct session *one, int64_t now_ms)
{
	int64_t until = now_ms + SESSION_IDLE_MS, last = one->made_ms + SESSION_LIFE_MS;

	one->until_ms = until < last ? until : last;
	if (one->until_ms - one->told_ms < SESSION_TELL_MS)
		return false;
	one->told_ms = one->until_ms;
	return true;
}
