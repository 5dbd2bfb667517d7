/* SPDX-License-Identifier: MIT */
/* check: `valid procfile detected (a, b)`, or everything that is wrong. */
#include <unistd.h>

#include "buf.h"
#include "commands.h"
#include "io.h"
#include "plan.h"

static int say_names(const struct plan *p)
{
	struct buf AUTO_BUF b = BUF_INIT(2 * BUF_MAX_FILE); /* names are shorter than their file */

	buf_put(&b, "valid procfile detected (");
	for (size_t i = 0; i < p->n; i++)
		buf_put(&b, "%s%s", i ? ", " : "", p->v[i].name);
	buf_put(&b, ")\n");
	return io_write_all(STDOUT_FILENO, buf_str(&b), b.len) ? FE_EXIT_SYSTEM : FE_EXIT_OK;
}

static int say_problems(const struct strv *all)
{
	struct err err = ERR_INIT;

	for (size_t i = 0; i < all->n; i++) {
		err_set(&err, FE_EUSAGE, "%s", all->v[i]);
		err_print("ferret", &err);
	}
	err_done(&err);
	return FE_EXIT_USAGE;
}

int cmd_check(const struct config *c)
{
	struct strv AUTO_STRV all = {0};
	struct err err = ERR_INIT;
	struct plan p;
	int code;

	if (!c->foreman)
		plan_problems(c, &all);
	if (all.n)
		return say_problems(&all);
	if (plan_load(&p, c, NULL, &err)) {
		code = config_fail(c, &err);
	} else {
		code = say_names(&p);
		plan_done(&p);
	}
	err_done(&err);
	return code;
}
