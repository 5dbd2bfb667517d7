/* SPDX-License-Identifier: MIT */
#include "plan.h"

#include "xmem.h"

static void add(struct plan *p, const char *suffix, enum fleet_use use, const char *stack)
{
	p->v = xreallocarray(p->v, p->n + 1, sizeof *p->v);
	p->v[p->n++] = (struct target){
	    .name = fleet_app_name(p->crew->tool.env.app, suffix),
	    .use = use,
	    .stack = stack ? xstrdup(stack) : NULL,
	    .self = suffix == NULL,
	};
}

void plan_fill(struct plan *p, const json_t *stacks, bool canaries_alone)
{
	json_t *one;
	size_t i;

	if (!canaries_alone)
		add(p, NULL, FLEET_EMPTY, NULL);
	json_array_foreach(stacks, i, one)
	{
		const char *name = heroku_str(one, "name");

		if (strcmp(heroku_str(one, "state"), "public") == 0 && fleet_stack_fits(name))
			add(p, name, FLEET_WEB, name);
	}
	for (const struct fleet_app *a = fleet_apps; a->suffix; a++)
		add(p, a->suffix, a->use, NULL);
}

void plan_done(struct plan *p)
{
	for (size_t i = 0; i < p->n; i++) {
		free(p->v[i].name);
		free(p->v[i].stack);
		free(p->v[i].why);
	}
	free(p->v);
	p->v = NULL;
	p->n = 0;
}
