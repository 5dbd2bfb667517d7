/* SPDX-License-Identifier: MIT */
/* mon: the options of every monitor, and its main. */
#include "mon.h"

#include <ctype.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "buf.h"
#include "clock.h"
#include "guard.h"
#include "mon_loop.h"
#include "mon_secrets.h"
#include "mon_targets.h"
#include "num.h"
#include "xmem.h"

#define APP_MAX 128 /* bytes: the head of a line must leave room for values */
#define DEFAULT_TIMEOUT "180"
#define NO_APP "local"
#define MULTIPLE_MAX 10000
#define FREQ_MAX_MS 86400000 /* a day; times MULTIPLE_MAX it still fits 64 bits of ns */

struct common {
	const char *app, *site, *name, *status, *pattern;
	struct opt_seconds freq, every, timeout;
	int64_t retry, multiple;
	bool once;
};

static const char exits[] = "0 stopped by a signal, or with --once passed; with --once 1 passed "
			    "with a warning, 2 failed, 3 unknown; 100 wrong usage or "
			    "configuration; 111 the system refused something";

#define COMMON_ROWS 11

/* The rows every monitor has; `multiple` is text that outlives them. */
static void common_rows(
    struct common *c, const struct mon_spec *spec, const char *multiple, struct opt *out)
{
	const struct opt rows[COMMON_ROWS] = {
	    {"retry", 0, OPT_INT, &c->retry, "N", "1", 1, 1000, NULL,
		"tries in all before a failure counts", NULL, false},
	    {"timeout", 0, OPT_SECONDS, &c->timeout, "SECONDS",
		spec->timeout ? spec->timeout : DEFAULT_TIMEOUT, 1, 0, NULL,
		"time over all tries of a round", NULL, false},
	    {"status", 0, OPT_STRING, &c->status, "N|any", NULL, 0, 0, NULL,
		"exit status that is a success (0 unless given)", NULL, false},
	    {"pattern", 0, OPT_STRING, &c->pattern, "RE", NULL, 0, 0, NULL,
		"regular expression (PCRE2) the output must match", NULL, false},
	    {"every", 0, OPT_SECONDS, &c->every, "SECONDS", NULL, 10, 0, NULL,
		"interval of the slots, instead of multiple x FREQ", NULL, false},
	    {"multiple", 0, OPT_INT, &c->multiple, "N", multiple, 1, MULTIPLE_MAX, NULL,
		"interval of the slots in units of FREQ", NULL, false},
	    {"freq", 0, OPT_SECONDS, &c->freq, "SECONDS", "10", 10, FREQ_MAX_MS, NULL,
		"the unit of intervals", "FREQ", false},
	    {"name", 0, OPT_STRING, &c->name, "NAME", NULL, 0, 0, NULL,
		"name of the check, where there is only one", NULL, false},
	    {"app", 0, OPT_STRING, &c->app, "APP", NO_APP, 0, 0, NULL, "app= of every line", "APP",
		false},
	    {"site", 0, OPT_STRING, &c->site, "SITE", NULL, 0, 0, NULL,
		"where this monitor stands, as site=", "FERRET_SITE", false},
	    {"once", 0, OPT_FLAG, &c->once, NULL, NULL, 0, 0, NULL,
		"run every check once and tell the verdict by the exit code", NULL, false},
	};

	memcpy(out, rows, sizeof rows);
}

/* A monitor's own row of the same name takes the place of the common one. */
static void leave_out_own(struct opt *common, size_t n, const struct opt *own)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++) {
		bool taken = false;

		for (const struct opt *o = own; o && o->kind != OPT_KIND_END; o++)
			taken |= strcmp(o->name, common[i].name) == 0;
		if (!taken)
			common[kept++] = common[i];
		else if (common[i].def) /* its default still holds */
			fe_assert(opt_set(&common[i], common[i].def, common[i].name, NULL) == 0);
	}
	common[kept] = (struct opt)OPT_END;
}

static int check_word(const char *what, const char *text, struct err *err)
{
	size_t n = strlen(text);
	bool good = n > 0 && n <= APP_MAX;

	for (size_t i = 0; i < n; i++)
		good = good && (isalnum((unsigned char)text[i]) || strchr("._-", text[i]));
	if (good)
		return 0;
	return err_set(err, FE_EUSAGE, "%s: '%s' is not 1 to %d letters, digits, '.', '_' or '-'",
	    what, text, APP_MAX);
}

char *mon_origin(const struct mon_spec *spec, const char *option, const char *value)
{
	AUTO_FREE char *prefix = mon_env_prefix(spec);
	AUTO_FREE char *key = xasprintf("%s_%s", prefix, option);

	for (char *c = key; *c; c++)
		*c = isalnum((unsigned char)*c) ? (char)toupper((unsigned char)*c) : '_';
	const char *given = getenv(key);

	if (given && (given == value || strcmp(given, value) == 0))
		return xasprintf("environment %s", key);
	return xasprintf("option --%s", option);
}

static int parse_status(
    const struct mon_spec *spec, const char *text, struct mon_settings *set, struct err *err)
{
	int64_t n = 0;

	set->status_given = text != NULL;
	set->any_status = text && strcmp(text, "any") == 0;
	if (text && !set->any_status && num_i64(text, 0, 999, &n)) {
		AUTO_FREE char *origin = mon_origin(spec, "status", text);

		return err_set(
		    err, FE_EUSAGE, "%s: '%s' is neither 0 to 999 nor 'any'", origin, text);
	}
	set->wanted_status = (int)n;
	return 0;
}

static int make_settings(
    const struct mon_spec *spec, const struct common *c, struct mon_settings *set, struct err *err)
{
	int rc = check_word("app (APP)", c->app, err);

	if (!rc && c->site)
		rc = check_word("site (FERRET_SITE)", c->site, err);
	if (!rc)
		rc = parse_status(spec, c->status, set, err);
	if (rc)
		return rc;
	set->app = c->app;
	set->site = c->site ? c->site : "";
	set->tries = (uint64_t)c->retry;
	set->timeout = c->timeout;
	set->once = c->once;
	set->interval_ns = c->every.ns ? c->every.ns : (uint64_t)c->multiple * c->freq.ns;
	return 0;
}

/* A monitor without a target still has a source, and a slot for each verdict it cannot give. */
static void stand_in(const struct mon_spec *spec, struct mon_targets_list *l)
{
	l->v = xcalloc(1, sizeof *l->v);
	l->n = 1;
	l->v[0].name = xstrdup("unconfigured");
	l->v[0].source = mon_source(spec, "unconfigured");
}

struct run {
	const struct mon_spec *spec;
	struct common common;
	struct mon_settings set;
	struct strv operands;
	struct mon_targets_list targets;
	struct pattern *pattern;
};

static int parse(struct run *r, int argc, char **argv, struct err *err)
{
	const struct mon_spec *spec = r->spec;
	struct opt rows[COMMON_ROWS + 1];
	const struct opt none[] = {OPT_END};
	const struct opt *const tables[] = {spec->opts ? spec->opts : none, rows, NULL};
	AUTO_FREE char *prefix = mon_env_prefix(spec);
	AUTO_FREE char *multiple = xasprintf("%d", spec->multiple ? spec->multiple : 1);
	AUTO_FREE char *synopsis =
	    spec->targets == MON_TARGETS
		? xasprintf("[NAME=]%s...", spec->target ? spec->target : "TARGET")
		: xstrdup(spec->targets == MON_COMMAND ? "-- COMMAND..." : "");
	struct opt_program program = {
	    .name = spec->name,
	    .summary = spec->summary,
	    .synopsis = synopsis,
	    .about = spec->about,
	    .exits = exits,
	    .version = FERRET_VERSION,
	    .env_prefix = prefix,
	    .tables = tables,
	    .stop_at_operand = spec->targets == MON_COMMAND,
	};

	common_rows(&r->common, spec, multiple, rows);
	leave_out_own(rows, COMMON_ROWS, spec->opts);
	return opt_parse(&program, argc, argv, &r->operands, err);
}

/* A core would hold them. The limit is 1 byte, not 0: only so the kernel also leaves alone a program
 * that core_pattern names (core(5)); no file is that small. Where a hard limit of 0 forbids even
 * that, the process is not dumpable at all. */
static void keep_from_core(void)
{
	const struct rlimit none = {1, 1};

	if (setrlimit(RLIMIT_CORE, &none) < 0)
		(void)prctl(PR_SET_DUMPABLE, 0);
}

/* Commands keep the limit they were given. */
static void guard_secrets(struct run *r)
{
	size_t n = r->set.secrets.n;

	for (size_t i = 0; i < r->targets.n; i++)
		n += r->targets.v[i].secrets.n;
	if (n && r->spec->targets != MON_COMMAND)
		keep_from_core();
}

static int prepare(struct run *r, int argc, char **argv, struct err *err)
{
	struct mon_given given = {
	    .argc = argc,
	    .argv = argv,
	    .operands = &r->operands,
	    .name = r->common.name ? r->common.name : "",
	    .app = strcmp(r->common.app, NO_APP) != 0 || getenv("APP") ? r->common.app : NULL,
	};
	int rc = make_settings(r->spec, &r->common, &r->set, err);

	mon_secrets_of_options(&r->set.secrets, r->spec->opts);
	if (!rc && r->common.pattern) {
		AUTO_FREE char *origin = mon_origin(r->spec, "pattern", r->common.pattern);

		rc = pattern_new(r->common.pattern, &r->pattern, err);
		if (rc)
			err_wrap(err, "%s", origin);
		r->set.pattern = r->pattern;
	}
	if (!rc)
		rc = mon_targets_make(r->spec, &given, &r->targets, err);
	if (rc)
		return rc;
	guard_secrets(r);
	r->set.operands = strv_argv(&r->operands);
	if (r->targets.n == 0)
		stand_in(r->spec, &r->targets);
	else if (r->spec->prepare)
		rc = r->spec->prepare(err);
	return rc;
}

int mon_main(int argc, char **argv, const struct mon_spec *spec)
{
	struct run r = {.spec = spec};
	struct err err = ERR_INIT;
	int rc = parse(&r, argc, argv, &err);
	int code = FE_EXIT_OK;

	guard_forbid_core(); /* targets and options may hold tokens */
	if (rc == OPT_OK)
		rc = prepare(&r, argc, argv, &err);
	if (rc < 0) {
		if (err.text)
			mon_secrets_hide(&r.set.secrets, err.text, strlen(err.text));
		err_print(spec->name, &err);
		code = err_exit_code(rc);
	} else if (rc == OPT_OK) {
		code = mon_loop_run(spec, &r.set, &r.targets);
	}
	mon_targets_done(&r.targets);
	strv_done(&r.operands);
	strv_done(&r.set.secrets);
	pattern_free(r.pattern);
	err_done(&err);
	return code;
}
