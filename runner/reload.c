/* SPDX-License-Identifier: MIT */
/* reload: what of a plan changed. */
#include "reload.h"

#include "xmem.h"

/* How many entries before this one carry its name. */
static size_t rank_of(const struct plan *p, size_t entry)
{
	size_t rank = 0;

	for (size_t i = 0; i < entry; i++)
		rank += strcmp(p->v[i].name, p->v[entry].name) == 0;
	return rank;
}

size_t reload_entry(const struct plan *from, size_t entry, const struct plan *to)
{
	size_t rank = rank_of(from, entry);

	for (size_t i = 0; i < to->n; i++)
		if (strcmp(to->v[i].name, from->v[entry].name) == 0 && rank-- == 0)
			return i;
	return RELOAD_GONE;
}

static bool same_env(const struct strv *a, const struct strv *b)
{
	bool same = a->n == b->n;

	for (size_t i = 0; same && i < a->n; i++)
		same = strcmp(a->v[i], b->v[i]) == 0;
	return same;
}

bool reload_differs(
    const struct plan *from, size_t entry, const struct plan *to, size_t to_entry, int number)
{
	struct strv AUTO_STRV env_a = {0};
	struct strv AUTO_STRV env_b = {0};
	AUTO_FREE char *a = plan_command(from, &from->v[entry], number);
	AUTO_FREE char *b = plan_command(to, &to->v[to_entry], number);

	plan_env(from, &from->v[entry], number, &env_a);
	plan_env(to, &to->v[to_entry], number, &env_b);
	return strcmp(a, b) != 0 || strcmp(from->root, to->root) != 0 || !same_env(&env_a, &env_b);
}
