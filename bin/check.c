/* SPDX-License-Identifier: MIT */
/* check: a monitor of any command in any language (DESIGN 3). */
#include "mon.h"

static int probe(struct try *t)
{
	struct err err = ERR_INIT;
	int status = 0;

	if (try_command(t, try_operands(t), NULL, &status, &err))
		return try_unknown(t, "local", "%s", err_text(&err));
	return status ? try_fail_status(t, status, NULL) : try_pass(t);
}

int main(int argc, char **argv)
{
	static const struct mon_spec spec = {
	    .name = "bin/check",
	    .summary = "watch any command, in any language",
	    .targets = MON_COMMAND,
	    .probe = probe,
	};

	return mon_main(argc, argv, &spec);
}
