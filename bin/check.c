/* SPDX-License-Identifier: MIT */
/*
 * check: a monitor of any command in any language (DESIGN 3). With --plugin the command is a
 * monitoring plugin: 0 passes, 1 passes with a warning, 2 fails, 3 is unknown, and its performance
 * data become measures.
 */
#include "buf.h"
#include "mon.h"
#include "perfdata.h"

static struct {
	bool plugin;
} opts;

static void measure(void *t, const char *name, double value, const char *unit)
{
	try_value(t, name, value, unit);
}

static int judge_plugin(struct try *t, int status, const struct buf *out)
{
	size_t lost = perfdata_read(buf_str(out), out->len, measure, t);

	if (lost)
		try_value(t, "perfdata-lost", (double)lost, "");
	switch (status) {
	case 0:
		return try_pass(t);
	case 1:
		return try_warn(t, status);
	case 3:
		return try_unknown(t, "plugin", NULL);
	default:
		return try_fail_status(t, status, NULL);
	}
}

static int probe(struct try *t)
{
	struct buf AUTO_BUF out = BUF_INIT(BUF_MAX_TEXT);
	struct err err = ERR_INIT;
	int status = 0;

	if (try_command(t, try_operands(t), opts.plugin ? &out : NULL, &status, &err)) {
		int verdict = try_unknown(t, "local", "%s", err_text(&err));

		err_done(&err);
		return verdict;
	}
	if (opts.plugin)
		return judge_plugin(t, status, &out);
	return status ? try_fail_status(t, status, NULL) : try_pass(t);
}

int main(int argc, char **argv)
{
	static const struct opt rows[] = {
	    {.name = "plugin",
		.kind = OPT_FLAG,
		.at = &opts.plugin,
		.help = "the command is a monitoring plugin: exit 0 to 3, performance data"},
	    OPT_END};
	static const struct mon_spec spec = {
	    .name = "bin/check",
	    .summary = "watch any command, in any language",
	    .about = "Runs COMMAND in every slot; it passes when it exits with the wanted status\n"
		     "and its output matches the pattern. The lines' source is check.NAME.NAME; a\n"
		     "NAME with a dot is the whole source; without --name it is the command's.",
	    .targets = MON_COMMAND,
	    .opts = rows,
	    .probe = probe,
	};

	return mon_main(argc, argv, &spec);
}
