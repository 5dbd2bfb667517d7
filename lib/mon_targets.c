/* SPDX-License-Identifier: MIT */
/* mon_targets: names, sources and targets of checks. */
#include "mon_targets.h"

#include <ctype.h>

#include "buf.h"
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
	const char *at = memchr(p, '@', (size_t)(end - p));

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

static bool names_a_secret(const char *s, size_t n)
{
	static const char *const words[] = {
	    "pass", "token", "secret", "apikey", "api-key", "api_key", "authorization", "cookie"};
	AUTO_FREE char *low = xmemdup0(s, n);

	for (char *c = low; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (strstr(low, words[i]))
			return true;
	return false;
}

/* The values of ?key=VALUE&key=VALUE: any of them may be a token. */
static void blot_query(char *p)
{
	char *end = p + strcspn(p, "# '\"");

	while (p < end) {
		size_t key = strcspn(p, "=&"), all = strcspn(p, "&");

		all = all < (size_t)(end - p) ? all : (size_t)(end - p);
		if (key < all)
			memset(p + key + 1, 'x', all - key - 1);
		p += all + 1;
	}
}

/* The password of scheme://user:PASSWORD@host, a token that stands for the user, and the query. */
static void blot_url(char *s)
{
	for (char *p = strstr(s, "://"); p; p = strstr(p, "://")) {
		p += 3;
		if (p[strcspn(p, "?# '\"")] == '?')
			blot_query(p + strcspn(p, "?") + 1);
		char *end = p + strcspn(p, "/?# '\"");
		char *at = memchr(p, '@', (size_t)(end - p));

		if (!at)
			continue;
		char *colon = memchr(p, ':', (size_t)(at - p));

		memset(colon ? colon + 1 : p, 'x', (size_t)(at - (colon ? colon + 1 : p)));
	}
}

/* A copy of an argument as it may be shown: `before` is the argument in front of it. */
static char *shown(const char *arg, const char *before)
{
	char *copy = xstrdup(arg);
	size_t key = strcspn(copy, "=:");

	blot_url(copy);
	if (copy[key] && strncmp(copy + key, "://", 3) != 0 && names_a_secret(copy, key))
		memset(copy + key + 1, 'x', strlen(copy + key + 1));
	else if (before && before[0] == '-' && !strchr(before, '=') && arg[0] != '-' &&
		 names_a_secret(before, strlen(before)))
		memset(copy, 'x', strlen(copy));
	return copy;
}

static void put_shown(struct buf *b, const char *arg, const char *before)
{
	AUTO_FREE char *text = shown(arg, before);

	put_shell(b, text);
}

/* Mark which of argv are operands, from the end, where values of options stand least. */
static bool *find_operands(const struct mon_given *g)
{
	bool *is = xcalloc((size_t)g->argc + 1, sizeof *is);
	size_t left = g->operands->n;

	for (int i = g->argc - 1; i > 0 && left > 0; i--)
		if (strcmp(g->argv[i], g->operands->v[left - 1]) == 0) {
			is[i] = true;
			left--;
		}
	return is;
}

/* The command line that does one check once: for target NULL all that was given. */
static char *repeat_line(const struct mon_given *g, const char *target)
{
	struct buf AUTO_BUF b = BUF_INIT(BUF_MAX_FILE * 2);
	AUTO_FREE bool *operand = find_operands(g);

	put_shell(&b, g->argv[0]);
	buf_put(&b, " --once");
	for (int i = 1; i < g->argc; i++) {
		const char *arg = g->argv[i];

		if ((target && (operand[i] || strcmp(arg, "--") == 0)) ||
		    (!operand[i] && strcmp(arg, "--once") == 0))
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
	l->v = xreallocarray(l->v, l->n + 1, sizeof *l->v);
	l->v[l->n++] = t;
	for (size_t i = 0; i + 1 < l->n; i++)
		if (strcmp(l->v[i].source, t.source) == 0) {
			AUTO_FREE char *a = shown(l->v[i].target, NULL);
			AUTO_FREE char *b = shown(t.target, NULL);

			return err_set(err, FE_EUSAGE,
			    "targets '%s' and '%s' make the same check name '%s'; "
			    "give one of them another with NAME=",
			    a, b, t.name);
		}
	return 0;
}

/* The check of a target, or those of what it stands for (mon.h, expand). */
static int add_expanded(struct mon_targets_list *l, const struct mon_spec *spec,
    const struct mon_given *g, struct mon_target one, struct err *err)
{
	AUTO_STRV struct strv suffixes = {0}, targets = {0};
	int rc = spec->expand ? spec->expand(one.target, &suffixes, &targets) : 0;

	if (rc || targets.n == 0)
		return rc ? rc : add(l, spec, one, err);
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

static int add_target(struct mon_targets_list *l, const struct mon_spec *spec,
    const struct mon_given *g, const char *text, struct err *err)
{
	size_t n = name_len(text);
	const char *target = n ? text + n + 1 : text;
	AUTO_FREE char *where = shown(target, NULL);
	AUTO_FREE char *name = n          ? xmemdup0(text, n)
			       : *g->name ? xstrdup(g->name)
					  : made_name(spec, target);
	int rc = *target ? check_name(name, where, err)
			 : err_set(err, FE_EUSAGE, "target '%s' is empty", text);

	if (!rc && spec->check_target)
		rc = spec->check_target(target, err);
	if (rc)
		return rc;
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

int mon_targets_make(const struct mon_spec *spec, const struct mon_given *given,
    struct mon_targets_list *out, struct err *err)
{
	return spec->targets == MON_TARGETS ? from_targets(out, spec, given, err)
					    : single(out, spec, given, err);
}

void mon_targets_done(struct mon_targets_list *l)
{
	for (size_t i = 0; i < l->n; i++) {
		free(l->v[i].name);
		free(l->v[i].target);
		free(l->v[i].source);
		free(l->v[i].repeat);
	}
	free(l->v);
	*l = (struct mon_targets_list){0};
}
