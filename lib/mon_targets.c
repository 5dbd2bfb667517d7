/* SPDX-License-Identifier: MIT */
/* mon_targets: names, sources and targets of checks. */
#include "mon_targets.h"

#include <ctype.h>
#include <signal.h>
#include <unistd.h>

#include "buf.h"
#include "mon_secrets.h"
#include "xmem.h"

static bool is_name_byte(char c)
{
	return isalnum((unsigned char)c) || c == '.' || c == '_' || c == '-';
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

char *mon_env_prefix(const struct mon_spec *spec)
{
	char *key = xstrdup(spec->targets == MON_COMMAND ? base_name(spec->name) : spec->name);

	for (char *c = key; *c; c++)
		*c = isalnum((unsigned char)*c) ? (char)toupper((unsigned char)*c) : '_';
	return key;
}

/* Sources have dots between their parts and dashes for underscores, as Ferret's always had. */
static char *dashed(char *source)
{
	for (char *c = source; *c; c++)
		*c = *c == '_' ? '-' : *c == '/' ? '.' : *c;
	return source;
}

char *mon_source(const struct mon_spec *spec, const char *check)
{
	if (spec->targets != MON_COMMAND)
		return dashed(xasprintf("%s.%s", spec->name, check));
	if (strchr(check, '.'))
		return dashed(xstrdup(check));
	return dashed(xasprintf("%s.%s.%s", base_name(spec->name), check, check));
}

static int check_name(const char *name, const char *where, struct err *err)
{
	if (!*name || strlen(name) > MON_CHECK_NAME_MAX)
		return err_set(err, FE_EUSAGE,
		    "%s: a check's name has 1 to %d characters; give a shorter one with NAME=",
		    where, MON_CHECK_NAME_MAX);
	for (const char *c = name; *c; c++)
		if (!is_name_byte(*c))
			return err_set(err, FE_EUSAGE,
			    "%s: '%s' is no name of a check (letters, digits, '.', '_', '-')",
			    where, name);
	return 0;
}

/* Length of a NAME= in front of a target, 0 when there is none. */
static size_t name_len(const char *text)
{
	size_t n = 0;

	while (is_name_byte(text[n]))
		n++;
	return n && text[n] == '=' ? n : 0;
}

/* The host at p (up to end), without user, brackets and port; out_rest: what stands behind a colon
 * that is no port, as in git's host:path. */
static void put_host(struct buf *b, const char *p, const char *end, const char **out_rest)
{
	const char *at = memrchr(p, '@', (size_t)(end - p));

	p = at ? at + 1 : p;
	if (*p == '[') { /* [::1]:80 */
		p++;
		buf_put(b, "%.*s", (int)strcspn(p, "]"), p);
		return;
	}
	const char *colon = memchr(p, ':', (size_t)(end - p));

	buf_put(b, "%.*s", (int)((colon ? colon : end) - p), p);
	if (colon && colon + 1 + strspn(colon + 1, "0123456789") != end)
		*out_rest = colon;
}

/* Host and path of a target: no scheme, user, password, port or query. */
static void host_and_path(struct buf *b, const char *target)
{
	const char *scheme = strstr(target, "://");
	const char *p = scheme ? scheme + 3 : target;
	const char *path = p + strcspn(p, "/?#");

	put_host(b, p, path, &path);
	buf_put(b, "%.*s", (int)strcspn(path, "?#"), path);
}

/* Everything that is no name becomes a dash, one for a run, none at the ends. */
static char *made_name(const struct mon_spec *spec, const char *target)
{
	struct buf AUTO_BUF raw = BUF_INIT(BUF_MAX_FILE), out = BUF_INIT(BUF_MAX_FILE);
	AUTO_FREE char *own = spec->name_of ? spec->name_of(target) : NULL;

	host_and_path(&raw, target);
	for (const char *c = own ? own : buf_str(&raw); *c; c++) {
		if (is_name_byte(*c) && *c != '_')
			buf_put(&out, "%c", *c);
		else if (out.len && out.p[out.len - 1] != '-')
			buf_put(&out, "-");
	}
	while (out.len && out.p[out.len - 1] == '-')
		out.p[--out.len] = '\0';
	return buf_take(&out);
}

static bool plain_for_shell(const char *s)
{
	for (const char *c = s; *c; c++)
		if (!isalnum((unsigned char)*c) && !strchr("_./:=@%+,-", *c))
			return false;
	return *s != '\0';
}

static void put_shell(struct buf *b, const char *s)
{
	if (b->len)
		buf_put(b, " ");
	if (plain_for_shell(s)) {
		buf_put(b, "%s", s);
		return;
	}
	buf_put(b, "'");
	for (; *s; s++)
		buf_put(b, *s == '\'' ? "'\\''" : "%c", *s);
	buf_put(b, "'");
}

static void put_shown(struct buf *b, const char *arg, const char *before)
{
	AUTO_FREE char *text = mon_secrets_blotted(arg, before);

	put_shell(b, text);
}

/* Mark which of argv are operands, from the end, where values of options stand least. */
static void find_operands(struct mon_given *g)
{
	size_t left = g->operands->n;

	g->is_operand = xcalloc((size_t)g->argc + 1, sizeof *g->is_operand);
	for (int i = g->argc - 1; i > 0 && left > 0; i--)
		if (strcmp(g->argv[i], g->operands->v[left - 1]) == 0) {
			g->is_operand[i] = true;
			left--;
		}
}

/* `ps` shows argv: take out of the targets what is secret. (A command gets its own as they are.) */
static void blot_operands(const struct mon_given *g)
{
	for (int i = 1; i < g->argc; i++) {
		AUTO_FREE char *blotted = mon_secrets_blotted(g->argv[i], NULL);

		if (g->is_operand[i])
			memcpy(g->argv[i], blotted, strlen(blotted));
	}
}

/* The command line that does one check once: for target NULL all that was given. */
static char *repeat_line(const struct mon_given *g, const char *target)
{
	struct buf AUTO_BUF b = BUF_INIT(BUF_MAX_FILE * 2);

	put_shell(&b, g->argv[0]);
	buf_put(&b, " --once");
	for (int i = 1; i < g->argc; i++) {
		const char *arg = g->argv[i];

		if ((target && (g->is_operand[i] || strcmp(arg, "--") == 0)) ||
		    (!g->is_operand[i] && strcmp(arg, "--once") == 0))
			continue;
		put_shown(&b, arg, i > 1 ? g->argv[i - 1] : NULL);
	}
	if (target)
		put_shown(&b, target, NULL);
	return buf_take(&b);
}

static int add(
    struct mon_targets_list *l, const struct mon_spec *spec, struct mon_target t, struct err *err)
{
	t.source = mon_source(spec, t.name);
	mon_secrets_of_target(&t.secrets, t.target);
	l->v = xreallocarray(l->v, l->n + 1, sizeof *l->v);
	l->v[l->n++] = t;
	for (size_t i = 0; i + 1 < l->n; i++)
		if (strcmp(l->v[i].source, t.source) == 0) {
			AUTO_FREE char *a = mon_secrets_blotted(l->v[i].target, NULL);
			AUTO_FREE char *b = mon_secrets_blotted(t.target, NULL);

			return err_set(err, FE_EUSAGE,
			    "targets '%s' and '%s' make the same check name '%s'; "
			    "give one of them another with NAME=",
			    a, b, t.name);
		}
	return 0;
}

static int not_expanded(int rc, const char *target, struct err *err)
{
	AUTO_FREE char *shown = mon_secrets_blotted(target, NULL);

	if (rc == FE_ELIMIT)
		return err_set(err, FE_EUSAGE, "%s: it stands for too many checks", shown);
	return err_set(err, rc, "%s: cannot be looked up now", shown);
}

/* The check of a target, or those of what it stands for (mon.h, expand). */
static int add_expanded(struct mon_targets_list *l, const struct mon_spec *spec,
    const struct mon_given *g, struct mon_target one, struct err *err)
{
	AUTO_STRV struct strv suffixes = {0}, targets = {0};
	int rc = spec->expand ? spec->expand(one.target, &suffixes, &targets) : 0;

	if (!rc && targets.n == 0)
		return add(l, spec, one, err);
	if (rc)
		rc = not_expanded(rc, one.target, err);
	for (size_t i = 0; !rc && i < targets.n; i++) {
		AUTO_FREE char *text = xasprintf("%s-%s=%s", one.name, suffixes.v[i], targets.v[i]);
		struct mon_target t = {
		    .name = xasprintf("%s-%s", one.name, suffixes.v[i]),
		    .target = xstrdup(targets.v[i]),
		    .repeat = repeat_line(g, text),
		};

		rc = add(l, spec, t, err);
	}
	free(one.name);
	free(one.target);
	free(one.repeat);
	return rc;
}

/* A message about a target that is none may show it, not what is secret in it. */
static void hide_in(struct err *err, const char *target)
{
	AUTO_STRV struct strv known = {0};

	mon_secrets_of_target(&known, target);
	if (err->text)
		mon_secrets_hide(&known, err->text, strlen(err->text));
}

static int add_target(struct mon_targets_list *l, const struct mon_spec *spec,
    const struct mon_given *g, const char *text, struct err *err)
{
	size_t n = name_len(text);
	const char *target = n ? text + n + 1 : text;
	AUTO_FREE char *where = mon_secrets_blotted(target, NULL);
	AUTO_FREE char *name = n          ? xmemdup0(text, n)
			       : *g->name ? xstrdup(g->name)
					  : made_name(spec, target);
	int rc = *target ? check_name(name, where, err)
			 : err_set(err, FE_EUSAGE, "target '%s' is empty", text);

	if (!rc && spec->check_target)
		rc = spec->check_target(target, err);
	if (rc) {
		hide_in(err, target);
		return rc;
	}
	return add_expanded(l, spec, g,
	    (struct mon_target){
		.name = steal(&name), .target = xstrdup(target), .repeat = repeat_line(g, text)},
	    err);
}

static int add_targets(struct mon_targets_list *l, const struct mon_spec *spec,
    const struct mon_given *g, const struct strv *list, struct err *err)
{
	int rc = 0;

	if (*g->name && list->n > 1)
		return err_set(err, FE_EUSAGE,
		    "--name '%s' names one check, there are %zu targets; give NAME= to each",
		    g->name, list->n);
	for (size_t i = 0; !rc && i < list->n; i++)
		rc = add_target(l, spec, g, list->v[i], err);
	return rc;
}

static void leave(int signal)
{
	(void)signal;
	_exit(FE_EXIT_OK);
}

/* It may take its time; a signal to end is obeyed meanwhile as it is later on. */
static int discover(
    const struct mon_spec *spec, const struct mon_given *g, struct strv *targets, struct err *err)
{
	static const int ends[] = {SIGTERM, SIGINT, SIGHUP};
	struct sigaction before[ARRAY_LEN(ends)], now = {.sa_handler = leave};

	for (size_t i = 0; i < ARRAY_LEN(ends); i++)
		(void)sigaction(ends[i], &now, &before[i]);
	int rc = spec->discover(g->app, targets, err);
	for (size_t i = 0; i < ARRAY_LEN(ends); i++)
		(void)sigaction(ends[i], &before[i], NULL);
	return rc;
}

static int from_targets(struct mon_targets_list *l, const struct mon_spec *spec,
    const struct mon_given *g, struct err *err)
{
	AUTO_STRV struct strv from_env = {0};
	AUTO_FREE char *prefix = mon_env_prefix(spec);
	AUTO_FREE char *key = xasprintf("%s_TARGETS", prefix);
	const char *value = getenv(key);

	if (g->operands->n)
		return add_targets(l, spec, g, g->operands, err);
	strv_split(&from_env, value ? value : "", " \t\n");
	if (!from_env.n && spec->discover) {
		int rc = discover(spec, g, &from_env, err);

		return rc ? rc : add_targets(l, spec, g, &from_env, err);
	}
	int rc = add_targets(l, spec, g, &from_env, err);

	return rc ? err_wrap(err, "environment %s", key) : 0;
}

static int single(struct mon_targets_list *l, const struct mon_spec *spec,
    const struct mon_given *g, struct err *err)
{
	AUTO_FREE char *made = NULL;
	const char *name = *g->name ? g->name : spec->check;

	if (spec->targets == MON_COMMAND && g->operands->n == 0)
		return err_set(err, FE_EUSAGE, "no command given; --help shows how");
	if (spec->targets == MON_NO_TARGETS && g->operands->n)
		return err_set(err, FE_EUSAGE, "'%s' is too much: %s takes no targets",
		    g->operands->v[0], spec->name);
	if (!name) {
		/* not a source of its own, whatever dots the command's name has */
		made = made_name(spec, base_name(g->operands->v[0]));
		for (char *c = made; *c; c++)
			*c = *c == '.' ? '-' : *c;
		name = made;
	}
	if (check_name(name, "--name", err))
		return FE_EUSAGE;
	return add(l, spec,
	    (struct mon_target){
		.name = xstrdup(name), .target = xstrdup(""), .repeat = repeat_line(g, NULL)},
	    err);
}

int mon_targets_make(const struct mon_spec *spec, struct mon_given *given,
    struct mon_targets_list *out, struct err *err)
{
	int rc;

	find_operands(given);
	if (spec->targets == MON_TARGETS) {
		blot_operands(given);
		rc = from_targets(out, spec, given, err);
	} else {
		rc = single(out, spec, given, err);
	}
	free(given->is_operand);
	given->is_operand = NULL;
	return rc;
}

void mon_targets_done(struct mon_targets_list *l)
{
	for (size_t i = 0; i < l->n; i++) {
		free(l->v[i].name);
		free(l->v[i].target);
		free(l->v[i].source);
		free(l->v[i].repeat);
		strv_done(&l->v[i].secrets);
	}
	free(l->v);
	*l = (struct mon_targets_list){0};
}
