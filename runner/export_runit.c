/* SPDX-License-Identifier: MIT */
/* export: runit, a service directory per instance with an environment directory and a logger. */
#include "export.h"
#include "shellword.h"
#include "xmem.h"

/* A word for sh; Foreman writes it bare. */
static char *word(const struct export *x, const char *text)
{
	return x->c->foreman ? xstrdup(text) : shellword_escape(text);
}

static int write_run(struct export *x, const char *dir, const struct export_item *item)
{
	struct export_text AUTO_TEXT t = EXPORT_TEXT;
	AUTO_FREE char *target = xasprintf("%s/run", dir);
	bool own;
	int rc = export_template(x, "run.erb", item, &t, &own);

	if (rc)
		return rc;
	if (!own) {
		size_t len = strlen(x->location);
		bool slash = len > 0 && x->location[len - 1] == '/';
		AUTO_FREE char *env = xasprintf("%s%s%s/env", x->location, slash ? "" : "/", dir);
		AUTO_FREE char *env_word = word(x, env);
		AUTO_FREE char *root = word(x, x->p.root);

		export_put(&t, "#!/bin/sh\ncd %s\nexec 2>&1\nexec chpst -u %s -e %s %s\n", root,
		    x->user, env_word, item->e->command);
	}
	rc = export_write(x, target, &t);
	return rc ? rc : export_mode(x, target, 0755);
}

static int write_log_run(struct export *x, const char *dir, const struct export_item *item)
{
	struct export_text AUTO_TEXT t = EXPORT_TEXT;
	AUTO_FREE char *target = xasprintf("%s/log/run", dir);
	bool own;
	int rc = export_template(x, "log/run.erb", item, &t, &own);

	if (rc)
		return rc;
	if (!own) {
		AUTO_FREE char *log = word(x, x->log);

		export_put(&t,
		    "#!/bin/sh\nset -e\n\nLOG=%s/%s-%d\n\ntest -d \"$LOG\" || mkdir -p -m 2750 "
		    "\"$LOG\" && chown %s \"$LOG\"\nexec chpst -u %s svlogd \"$LOG\"\n",
		    log, item->e->name, item->num, x->user, x->user);
	}
	rc = export_write(x, target, &t);
	return rc ? rc : export_mode(x, target, 0755);
}

static int write_key(
    struct export *x, const char *dir, const char *key, size_t key_len, const char *value)
{
	struct export_text AUTO_TEXT t = EXPORT_TEXT;
	AUTO_FREE char *target = xasprintf("%s/env/%.*s", dir, (int)key_len, key);

	export_put(&t, "%s", value);
	return export_write(x, target, &t);
}

/* The env files' pairs with PORT at its place there, else last. */
static int write_env(struct export *x, const char *dir, const struct export_item *item)
{
	AUTO_FREE char *port = xasprintf("%lld", (long long)plan_port(&x->p, item->e, item->num));
	bool done = false;
	int rc = 0;

	for (size_t i = 0; i < x->p.env.n && !rc; i++) {
		const char *pair = x->p.env.v[i];
		size_t key = strcspn(pair, "=");
		bool is_port = strncmp(pair, "PORT=", 5) == 0;

		done |= is_port;
		rc = write_key(x, dir, pair, key, is_port ? port : pair + key + 1);
	}
	return rc || done ? rc : write_key(x, dir, "PORT", 4, port);
}

static int make_tree(struct export *x, const char *dir)
{
	AUTO_FREE char *env = xasprintf("%s/env", dir);
	AUTO_FREE char *log = xasprintf("%s/log", dir);
	int rc = export_mkdir(x, dir);

	if (!rc)
		rc = export_mkdir(x, env);
	return rc ? rc : export_mkdir(x, log);
}

int export_runit(struct export *x)
{
	struct export_item item = {NULL, 0};
	size_t at = 0;
	int rc = 0;

	while (!rc && export_next(x, &at, &item)) {
		AUTO_FREE char *dir = xasprintf("%s-%s-%d", x->app, item.e->name, item.num);

		rc = make_tree(x, dir);
		if (!rc)
			rc = write_run(x, dir, &item);
		if (!rc)
			rc = write_env(x, dir, &item);
		if (!rc)
			rc = write_log_run(x, dir, &item);
	}
	return rc;
}
