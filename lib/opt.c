/* SPDX-License-Identifier: MIT */
/* opt: option rows to parser and environment; what is printed from them stands in opt_help.c. */
#include "opt.h"

#include "buf.h"
#include "num.h"
#include "opt_help.h"
#include "xmem.h"

const struct opt *opt_find(const struct opt_program *p, const char *name)
{
	for (size_t t = 0; p->tables[t]; t++)
		for (const struct opt *o = p->tables[t]; o->kind != OPT_KIND_END; o++)
			if (strcmp(o->name, name) == 0)
				return o;
	return NULL;
}

static const struct opt *find_letter(const struct opt_program *p, char letter)
{
	for (size_t t = 0; p->tables[t]; t++)
		for (const struct opt *o = p->tables[t]; o->kind != OPT_KIND_END; o++)
			if (o->letter == letter)
				return o;
	return NULL;
}

static const char *shown(const struct opt *row, const char *text)
{
	return row->secret ? "(hidden)" : text;
}

static int set_flag(const struct opt *row, const char *text, const char *label, struct err *err)
{
	static const char *const yes[] = {"1", "true", "yes", "on"};
	static const char *const no[] = {"0", "false", "no", "off", ""};

	for (size_t i = 0; i < ARRAY_LEN(yes); i++)
		if (strcmp(text, yes[i]) == 0) {
			*(bool *)row->at = true;
			return 0;
		}
	for (size_t i = 0; i < ARRAY_LEN(no); i++)
		if (strcmp(text, no[i]) == 0) {
			*(bool *)row->at = false;
			return 0;
		}
	return err_set(err, FE_EUSAGE, "%s: '%s' is not true or false", label, text);
}

static int set_int(const struct opt *row, const char *text, const char *label, struct err *err)
{
	int64_t max = row->max ? row->max : INT64_MAX;

	if (num_i64(text, row->min, max, row->at) == 0)
		return 0;
	if (row->max)
		return err_set(err, FE_EUSAGE, "%s: '%s' is not a whole number from %lld to %lld",
		    label, shown(row, text), (long long)row->min, (long long)row->max);
	return err_set(err, FE_EUSAGE, "%s: '%s' is not a whole number of at least %lld", label,
	    shown(row, text), (long long)row->min);
}

static int set_seconds(const struct opt *row, const char *text, const char *label, struct err *err)
{
	struct opt_seconds *out = row->at;
	uint64_t ns;
	uint64_t min = (uint64_t)row->min * 1000000U, max = (uint64_t)row->max * 1000000U;

	if (num_seconds_ns(text, &ns))
		return err_set(err, FE_EUSAGE, "%s: '%s' is not a number of seconds, as 30 or 0.25",
		    label, text);
	if (ns < min || (max && ns > max))
		return err_set(err, FE_EUSAGE, "%s: %s s is out of range (%g to %g s)", label, text,
		    (double)row->min / 1e3, max ? (double)row->max / 1e3 : 999999999.0);
	*out = (struct opt_seconds){text, ns};
	return 0;
}

static int set_choice(const struct opt *row, const char *text, const char *label, struct err *err)
{
	struct buf AUTO_BUF all = BUF_INIT(BUF_MAX_TEXT);

	for (int i = 0; row->choices[i]; i++) {
		if (strcmp(row->choices[i], text) == 0) {
			*(int *)row->at = i;
			return 0;
		}
		buf_put(&all, "%s%s", i ? ", " : "", row->choices[i]);
	}
	return err_set(err, FE_EUSAGE, "%s: '%s' is none of %s", label, text, buf_str(&all));
}

int opt_set(const struct opt *row, const char *text, const char *label, struct err *err)
{
	switch (row->kind) {
	case OPT_FLAG:
		return set_flag(row, text, label, err);
	case OPT_INT:
		return set_int(row, text, label, err);
	case OPT_SECONDS:
		return set_seconds(row, text, label, err);
	case OPT_STRING:
		*(const char **)row->at = text;
		return 0;
	case OPT_LIST:
		strv_add(row->at, text);
		return 0;
	case OPT_CHOICE:
		return set_choice(row, text, label, err);
	case OPT_KIND_END:
		break;
	}
	fe_assert_failed(__FILE__, __LINE__, "option row without a kind");
}

void opt_blot(char *arg)
{
	for (; *arg; arg++)
		*(volatile char *)arg = 'x';
}

/* A value from argv; a secret's bytes are taken out of the process title at once. */
static int set_arg(const struct opt *row, char *value, const char *label, struct err *err)
{
	if (!row->secret)
		return opt_set(row, value, label, err);
	char *copy = xstrdup(value);

	opt_blot(value);
	int rc = opt_set(row, copy, label, err);
	if (row->kind == OPT_LIST)
		free(copy); /* which has made its own; a string lives as long as the program */
	return rc;
}

static int from_env(const struct opt_program *p, const struct opt *row, struct err *err)
{
	AUTO_FREE char *made = opt_env_key(p, row);
	const char *key = row->env ? row->env : made;
	const char *value = key ? getenv(key) : NULL;

	if (!value)
		return 0;
	AUTO_FREE char *label = xasprintf("environment %s", key);

	if (row->kind != OPT_LIST)
		return opt_set(row, value, label, err);
	strv_split(row->at, value, " \t\n");
	return 0;
}

static int set_defaults(const struct opt_program *p, struct err *err)
{
	for (size_t t = 0; p->tables[t]; t++)
		for (const struct opt *o = p->tables[t]; o->kind != OPT_KIND_END; o++) {
			if (o->def && opt_set(o, o->def, o->name, err))
				return FE_EUSAGE;
			int rc = from_env(p, o, err);
			if (rc)
				return rc;
		}
	return 0;
}

struct walk {
	const struct opt_program *p;
	int argc;
	char **argv;
	int i;
	bool *list_given; /* one per row, in table order: a list from argv replaces the rest */
};

/* A list given on the command line replaces the one of default and environment. */
static void first_use(struct walk *w, const struct opt *row)
{
	size_t at = 0;

	if (row->kind != OPT_LIST)
		return;
	for (size_t t = 0; w->p->tables[t]; t++)
		for (const struct opt *o = w->p->tables[t]; o->kind != OPT_KIND_END; o++, at++)
			if (o == row && !w->list_given[at]) {
				w->list_given[at] = true;
				strv_done(row->at);
			}
}

static int take_value(
    struct walk *w, const struct opt *row, char *inline_value, const char *label, struct err *err)
{
	if (!inline_value) {
		if (w->i + 1 >= w->argc)
			return err_set(err, FE_EUSAGE, "option %s wants a value (%s)", label,
			    row->arg ? row->arg : "VALUE");
		inline_value = w->argv[++w->i];
	}
	first_use(w, row);
	AUTO_FREE char *named = xasprintf("option %s", label);

	return set_arg(row, inline_value, named, err);
}

static int parse_long(struct walk *w, struct err *err)
{
	char *arg = w->argv[w->i];
	char *value = strchr(arg, '=');
	AUTO_FREE char *name =
	    value ? xmemdup0(arg + 2, (size_t)(value - arg - 2)) : xstrdup(arg + 2);
	AUTO_FREE char *label = xasprintf("--%s", name);
	const struct opt *row = opt_find(w->p, name);
	bool negated = false;

	if (!row && strncmp(name, "no-", 3) == 0) {
		row = opt_find(w->p, name + 3);
		negated = row && row->kind == OPT_FLAG;
		row = negated ? row : NULL;
	}
	if (!row)
		return err_set(err, FE_EUSAGE, "unknown option %s; --help lists them", label);
	if (row->kind != OPT_FLAG)
		return take_value(w, row, value ? value + 1 : NULL, label, err);
	if (value)
		return err_set(err, FE_EUSAGE, "option %s takes no value", label);
	*(bool *)row->at = !negated;
	return 0;
}

static int parse_short(struct walk *w, struct err *err)
{
	char *arg = w->argv[w->i];

	for (char *c = arg + 1; *c; c++) {
		const char label[] = {'-', *c, '\0'};
		const struct opt *row = find_letter(w->p, *c);

		if (!row)
			return err_set(
			    err, FE_EUSAGE, "unknown option %s; --help lists them", label);
		if (row->kind != OPT_FLAG)
			return take_value(w, row, c[1] ? c + 1 : NULL, label, err);
		*(bool *)row->at = true;
	}
	return 0;
}

static int walk_args(struct walk *w, struct strv *rest, struct err *err)
{
	for (w->i = 1; w->i < w->argc; w->i++) {
		const char *arg = w->argv[w->i];
		int rc = 0;

		if (strcmp(arg, "--") == 0) {
			for (w->i++; w->i < w->argc; w->i++)
				strv_add(rest, w->argv[w->i]);
			return 0;
		}
		if (arg[0] != '-' || arg[1] == '\0') {
			strv_add(rest, arg);
			if (!w->p->stop_at_operand)
				continue;
			for (w->i++; w->i < w->argc; w->i++)
				strv_add(rest, w->argv[w->i]);
			return 0;
		}
		if (opt_help_asked(w->p, arg))
			return OPT_SHOWN;
		rc = arg[1] == '-' ? parse_long(w, err) : parse_short(w, err);
		if (rc)
			return rc;
	}
	return 0;
}

int opt_parse(
    const struct opt_program *p, int argc, char **argv, struct strv *rest, struct err *err)
{
	size_t rows = 0;
	int rc;

	for (size_t t = 0; p->tables[t]; t++)
		for (const struct opt *o = p->tables[t]; o->kind != OPT_KIND_END; o++)
			rows++;
	AUTO_FREE bool *given = xcalloc(rows, sizeof *given);
	struct walk w = {.p = p, .argc = argc, .argv = argv, .list_given = given};

	/* --help must work in a wrong environment, so it is looked for before anything is set */
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
		if (argv[i][0] != '-' && p->stop_at_operand)
			break;
		if (opt_help_asked(p, argv[i]))
			return OPT_SHOWN;
	}
	rc = set_defaults(p, err);
	return rc ? rc : walk_args(&w, rest, err);
}
