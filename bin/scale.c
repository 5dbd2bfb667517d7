/* SPDX-License-Identifier: MIT */
/*
 * scale PATH N...: how many of each monitor run on the platform. A path stands for the process types
 * below it (monitors, monitors/git, monitors/git/clone) or is a type itself (web); all changes go in
 * one request, all or none.
 */
#include <string.h>
#include <stdio.h>

#include "buf.h"
#include "clock.h"
#include "fleet.h"
#include "fleet_tool.h"
#include "heroku_dynos.h"
#include "num.h"
#include "opt.h"
#include "proctype.h"
#include "xmem.h"

#define MOST 1000 /* dynos of a type; the platform has limits of its own */
#define TIME_NS (120 * NS_PER_S)
#define FLEET "fleet" /* the type that is all monitors in one dyno */

struct wish {
	const char *path; /* borrowed */
	char sign;        /* '=': N itself; '+', '-': N more or less; 0: no number, size alone */
	int64_t n;
	bool met; /* some type stands for it */
};

static struct {
	bool list;
	const char *env_file, *size;
	struct fleet_tool tool;
	struct wish *wishes;
	size_t n;
	json_t *rows; /* the formation as it is */
} me;

static void say(const char *fmt, ...) FE_PRINTF(1, 2);
static void say(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	AUTO_FREE char *text = xvasprintf(fmt, ap);
	va_end(ap);
	(void)fprintf(stderr, "scale: %s\n", text);
}

/* ---- what is wished ---- */

static bool is_number(const char *text)
{
	text += *text == '+' || *text == '-';
	return *text && strspn(text, "0123456789") == strlen(text);
}

static int take_number(struct wish *w, const char *text, struct err *err)
{
	uint64_t n = 0;
	const char *digits = text + (*text == '+' || *text == '-');

	if (!is_number(text) || num_u64(digits, 0, MOST, &n))
		return err_set(err, FE_EUSAGE,
		    "%s: '%s': expected a number from 0 to %d, or +N or -N for so many more or "
		    "less",
		    w->path, text, MOST);
	w->sign = digits > text ? *text : '=';
	w->n = (int64_t)n;
	return 0;
}

/* "PATH N", "PATH=N", and PATH alone beside --size. */
static int take_wishes(const struct strv *operands, struct err *err)
{
	int rc = 0;

	me.wishes = xcalloc(operands->n + 1, sizeof *me.wishes);
	for (size_t i = 0; i < operands->n && !rc; i++) {
		struct wish *w = &me.wishes[me.n++];
		char *equals = strchr(operands->v[i], '=');

		w->path = operands->v[i];
		if (equals) {
			*equals = '\0';
			rc = take_number(w, equals + 1, err);
		} else if (i + 1 < operands->n && is_number(operands->v[i + 1])) {
			rc = take_number(w, operands->v[++i], err);
		} else if (!me.size) {
			rc = err_set(
			    err, FE_EUSAGE, "%s: expected how many: %s N", w->path, w->path);
		}
	}
	if (!rc && !me.n && !me.list)
		rc = err_set(err, FE_EUSAGE, "expected PATH N, or --list");
	return rc;
}

/* ---- what a path stands for ---- */

static char *type_of(const char *path)
{
	struct buf AUTO_BUF type = BUF_INIT(BUF_MAX_LINE);

	return proctype_of(path, &type, NULL) == 0 ? buf_take(&type) : NULL;
}

/* The path a process type was made from, by its command: monitors/git/clone; NULL: of another kind. */
static char *path_of(const json_t *row)
{
	const char *command = heroku_str(row, "command");
	AUTO_FREE char *first = xmemdup0(command, strcspn(command, " \t"));
	AUTO_FREE char *type = type_of(first);

	return type && strcmp(type, heroku_str(row, "type")) == 0 ? steal(&first) : NULL;
}

static char *without_slash(const char *path)
{
	size_t n = strlen(path);

	while (n > 1 && path[n - 1] == '/')
		n--;
	return xmemdup0(path, n);
}

/* By its path where the command tells it; else (a command of one's own) by its name's beginning. */
static bool is_below(const json_t *row, const char *folder)
{
	AUTO_FREE char *path = path_of(row);
	AUTO_FREE char *inside = xasprintf("%s/x", folder);
	AUTO_FREE char *type = type_of(inside);

	if (path)
		return strncmp(path, inside, strlen(inside) - 1) == 0;
	return type && strncmp(heroku_str(row, "type"), type, strlen(type) - 1) == 0;
}

static bool stands_for(const char *path, const json_t *row)
{
	AUTO_FREE char *folder = without_slash(path);
	AUTO_FREE char *type = type_of(folder);
	const char *own = heroku_str(row, "type");

	if (strcmp(path, own) == 0 || (type && strcmp(type, own) == 0))
		return true;
	/* An exact type is itself alone, whatever else begins like it. */
	return !heroku_find(me.rows, "type", path) &&
	       !(type && heroku_find(me.rows, "type", type)) && is_below(row, folder);
}

/* ---- before -> after ---- */

static int64_t after(const struct wish *w, int64_t before)
{
	switch (w->sign) {
	case '=':
		return w->n;
	case '+':
		return before + w->n;
	case '-':
		return before - w->n;
	default:
		return before;
	}
}

/* One row for each type that changes. The last wish for a type holds. */
static int compose(json_t *updates, struct strv *kept, struct err *err)
{
	const json_t *row;
	size_t i;

	json_array_foreach(me.rows, i, row)
	{
		const char *type = heroku_str(row, "type");
		int64_t before = heroku_int(row, "quantity", 0), wanted = before;
		bool wished = false;

		for (size_t k = 0; k < me.n; k++) {
			if (!stands_for(me.wishes[k].path, row))
				continue;
			me.wishes[k].met = wished = true;
			int64_t then = after(&me.wishes[k], wanted);

			if (then < 0)
				return err_set(err, FE_EUSAGE,
				    "%s: %lld less than %lld would be below none", type,
				    (long long)me.wishes[k].n, (long long)wanted);
			wanted = then;
		}
		bool resized = wished && me.size &&
			       strcasecmp(me.size, heroku_str(row, "dyno_size.name")) != 0;
		if (wanted != before || resized)
			json_array_append_new(
			    updates, heroku_scale_row(type, wanted, resized ? me.size : NULL));
		else if (wished)
			strv_take(kept, xasprintf("%s %lld, as it is", type, (long long)before));
	}
	return 0;
}

static char *all_types(void)
{
	struct buf AUTO_BUF out = BUF_INIT(BUF_MAX_TEXT);
	const json_t *row;
	size_t i;

	json_array_foreach(me.rows, i, row)
	{
		AUTO_FREE char *path = path_of(row);

		if (buf_addf(
			&out, "%s%s", out.len ? ", " : "", path ? path : heroku_str(row, "type")))
			break;
	}
	return out.len ? buf_take(&out) : xstrdup("nothing: no release with process types yet");
}

static int check_met(struct err *err)
{
	for (size_t i = 0; i < me.n; i++) {
		if (me.wishes[i].met)
			continue;
		AUTO_FREE char *types = all_types();

		return err_set(err, FE_EUSAGE, "%s: no such process type at %s; there is %s",
		    me.wishes[i].path, me.tool.env.app, types);
	}
	return 0;
}

static void print_changes(const json_t *changed)
{
	const json_t *row;
	size_t i;

	json_array_foreach(changed, i, row)
	{
		const char *type = heroku_str(row, "type");
		const json_t *old = heroku_find(me.rows, "type", type);
		const char *size = heroku_str(old, "dyno_size.name"),
			   *now = heroku_str(row, "dyno_size.name");

		printf("%s %lld -> %lld", type, (long long)heroku_int(old, "quantity", 0),
		    (long long)heroku_int(row, "quantity", 0));
		if (strcasecmp(size, now) != 0)
			printf(", %s -> %s", size, now);
		printf("\n");
	}
}

/* ---- words about layouts ---- */

/* How many run: the fleet's one dyno, monitors of their own. After the change where it is known. */
static int64_t running(const json_t *changed, const char *prefix, bool exact)
{
	const json_t *row;
	int64_t n = 0;
	size_t i;

	json_array_foreach(me.rows, i, row)
	{
		const char *type = heroku_str(row, "type");
		const json_t *now = heroku_find(changed, "type", type);

		if (exact ? strcmp(type, prefix) == 0 : strncmp(type, prefix, strlen(prefix)) == 0)
			n += heroku_int(now ? now : row, "quantity", 0);
	}
	return n;
}

static void tell_layout(const json_t *changed)
{
	int64_t fleet = running(changed, FLEET, true);
	int64_t monitors = running(changed, "monitor_", false);

	if (fleet && monitors)
		say("the type " FLEET " runs every monitor in one dyno, and %lld run beside it: "
		    "they measure twice (bin/scale " FLEET " 0, or bin/scale monitors 0)",
		    (long long)monitors);
	else if (fleet && me.list)
		say("every monitor runs in one dyno of the type " FLEET);
}

static void explain_refusal(const struct err *err)
{
	if (err->code && (strstr(err_text(err), " 422 ") || strstr(err_text(err), " 402 ")))
		say("Eco and Basic dynos allow one dyno of a type and few types at once: there "
		    "all monitors share one dyno (bin/scale monitors=0 " FLEET "=1)");
}

static void print_list(void)
{
	for (size_t i = 0; i < json_array_size(me.rows); i++) {
		const json_t *row = json_array_get(me.rows, i);

		printf("%-32s %4lld  %-12s %s\n", heroku_str(row, "type"),
		    (long long)heroku_int(row, "quantity", 0), heroku_str(row, "dyno_size.name"),
		    heroku_str(row, "command"));
	}
}

/* ---- all of it ---- */

static enum heroku_class change(json_t *updates, struct err *err)
{
	json_auto_t *changed = NULL;
	enum heroku_class class = HEROKU_OK;

	if (json_array_size(updates))
		class = heroku_scale_all(
		    me.tool.api, me.tool.env.app, json_incref(updates), &changed, err);
	if (class == HEROKU_OK) {
		print_changes(changed);
		tell_layout(changed);
	} else {
		explain_refusal(err);
	}
	return class;
}

static int scale(struct err *err)
{
	json_auto_t *updates = json_array();
	struct strv AUTO_STRV kept = {0};
	const char *app = me.tool.env.app;
	enum heroku_class class = fleet_tool_owns(me.tool.api, app, app, err);

	if (class == HEROKU_OK)
		class = heroku_formation(me.tool.api, app, &me.rows, err);
	if (class != HEROKU_OK)
		return fleet_tool_exit(class, err);
	if (me.list) {
		print_list();
		tell_layout(NULL);
	}
	if (compose(updates, &kept, err) || check_met(err))
		return FE_EXIT_USAGE;
	for (size_t i = 0; i < kept.n; i++)
		printf("%s\n", kept.v[i]);
	class = me.n ? change(updates, err) : HEROKU_OK;
	return fleet_tool_exit(class, err);
}

static int run(const struct strv *operands, struct err *err)
{
	int rc = take_wishes(operands, err);

	if (rc)
		return err_exit_code(rc);
	rc = fleet_tool_open(&me.tool, me.env_file, 0, err);
	for (size_t i = 0; i < me.tool.problems.n; i++)
		say("%s", me.tool.problems.v[i]);
	if (me.tool.problems.n)
		err_done(err); /* they were told one by one */
	if (rc)
		return err_exit_code(rc);
	heroku_deadline(me.tool.api, clock_mono_ns() + TIME_NS);
	return scale(err);
}

static const struct opt rows[] = {
    {.name = "list",
	.letter = 'l',
	.kind = OPT_FLAG,
	.at = &me.list,
	.help = "show the process types, how many run, their size and command"},
    {.name = "size",
	.letter = 's',
	.kind = OPT_STRING,
	.at = &me.size,
	.arg = "SIZE",
	.help = "move what the paths stand for to dynos of this size (eco, basic, standard-1x, "
		"...); N may then be left out"},
    FLEET_TOOL_OPT_ENV(&me.env_file),
    OPT_END,
};
static const struct opt *const tables[] = {rows, NULL};
static const struct opt_program program = {
    .name = "bin/scale",
    .summary = "say how many of each monitor run on the platform",
    .synopsis = "[PATH N]...",
    .about =
	"PATH is a folder of monitors or one of them (monitors, monitors/git, monitors/git/clone), "
	"or a process type (web, fleet). N is a number, or +N or -N for more or less than now; "
	"PATH=N is the same (and keeps -N from being read as an option). What was and what is "
	"is printed for each type; all change in one request, or none does.",
    .exits = "0 done, 2 the platform refused or failed, 3 rate limited, 100 wrong usage or "
	     "configuration, an unknown path among it, 111 the system refused something",
    .version = FERRET_VERSION,
    .tables = tables,
};

int main(int argc, char **argv)
{
	int rc = fleet_tool_main(&program, argc, argv, run);

	json_decref(me.rows);
	free(me.wishes);
	fleet_tool_close(&me.tool);
	return rc;
}
