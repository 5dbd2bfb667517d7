/* SPDX-License-Identifier: MIT */
/* export: upstart, and daemon (upstart with start-stop-daemon): app, entries, instances. */
#include <ctype.h>
#include <strings.h>

#include "export.h"
#include "xmem.h"

typedef void put_fn(const struct export *x, const struct export_item *item, struct export_text *t);

/* Which text an own template of `name` replaces. */
static int write_one(struct export *x, const char *template, const char *target, put_fn *put,
    const struct export_item *item)
{
	struct export_text AUTO_TEXT t = EXPORT_TEXT;
	bool own;
	int rc = export_template(x, template, item, &t, &own);

	if (rc)
		return rc;
	if (!own)
		put(x, item, &t);
	return export_write(x, target, &t);
}

static bool is_port(const char *pair)
{
	return strncasecmp(pair, "PORT=", 5) == 0;
}

static void put_follows(
    const struct export *x, const struct export_item *item, struct export_text *t)
{
	(void)item;
	export_put(t, "start on starting %s\nstop on stopping %s\n", x->app, x->app);
}

static void put_upstart(
    const struct export *x, const struct export_item *item, struct export_text *t)
{
	(void)item;
	(void)x;
	export_put(t, "start on runlevel [2345]\nstop on runlevel [!2345]\n");
}

static void put_upstart_process(
    const struct export *x, const struct export_item *item, struct export_text *t)
{
	const char *name = item->e->name;

	export_put(t, "start on starting %s-%s\nstop on stopping %s-%s\nrespawn\n\nenv PORT=%lld\n",
	    x->app, name, x->app, name, (long long)plan_port(&x->p, item->e, item->num));
	for (size_t i = 0; i < x->p.env.n; i++) {
		const char *pair = x->p.env.v[i];
		size_t key = strcspn(pair, "=");

		if (is_port(pair))
			continue;
		export_put(t, "env %.*s='", (int)key, pair);
		for (const char *c = pair + key + 1; *c; c++)
			export_put(t, *c == '\'' ? "'\"'\"'" : "%c", *c);
		export_put(t, "'\n");
	}
	export_put(t, "\nsetuid %s\n\nchdir %s\n\nexec %s\n", x->user, x->p.root, item->e->command);
}

static void put_daemon(
    const struct export *x, const struct export_item *item, struct export_text *t)
{
	(void)item;
	export_put(t,
	    "pre-start script\n\nbash << \"EOF\"\nmkdir -p %s\nchown -R %s %s\nmkdir -p %s\n"
	    "chown -R %s %s\nEOF\n\nend script\n\nstart on runlevel [2345]\n\n"
	    "stop on runlevel [016]\n",
	    x->log, x->user, x->log, x->run, x->user, x->run);
}

/* The command's words behind --exec: the program, then -- and its arguments. */
static void put_exec(const char *command, struct export_text *t)
{
	struct strv AUTO_STRV words = {0};

	strv_split(&words, command, " \t\v\f\r\n");
	for (size_t i = 0; i < words.n; i++)
		export_put(t, i == 1 ? " -- %s" : i ? " %s" : "%s", words.v[i]);
}

static void put_daemon_process(
    const struct export *x, const struct export_item *item, struct export_text *t)
{
	AUTO_FREE char *dashed = xstrdup(item->e->name);
	const char *name = item->e->name;

	for (char *c = dashed; *c; c++)
		*c = *c == '_' ? '-' : *c;
	export_put(t, "start on starting %s-%s\nstop on stopping %s-%s\nrespawn\n\nenv PORT=%lld\n",
	    x->app, dashed, x->app, dashed, (long long)plan_port(&x->p, item->e, item->num));
	for (size_t i = 0; i < x->p.env.n; i++)
		if (strncmp(x->p.env.v[i], "PORT=", 5) != 0)
			export_put(t, "env %s\n", x->p.env.v[i]);
	export_put(t,
	    "\nexec start-stop-daemon --start --chuid %s --chdir %s --make-pidfile --pidfile "
	    "%s/%s-%s-%d.pid --exec ",
	    x->user, x->p.root, x->run, x->app, name, item->num);
	put_exec(item->e->command, t);
	export_put(t, " >> %s/%s-%s-%d.log 2>&1\n", x->log, x->app, name, item->num);
}

/* True for APP-NAME.conf (num false) and APP-NAME-N.conf (num true). */
static bool is_conf(const struct export *x, const char *file, const char *name, bool num)
{
	AUTO_FREE char *start = xasprintf("%s-%s%s", x->app, name, num ? "-" : "");
	size_t len = strlen(start);

	if (strncmp(file, start, len) != 0)
		return false;
	size_t digits = num ? strspn(file + len, "0123456789") : 0;

	return (digits > 0) == num && strcmp(file + len + digits, ".conf") == 0;
}

/* Old files of one entry, the entry's own first. Another app's, or those of an entry whose name
 * goes on where this one's ends (web and web-api), are none of them. */
static int clean_entry(struct export *x, const char *name)
{
	struct strv AUTO_STRV files = {0};
	int rc = 0;

	export_list(x, &files);
	for (int num = 0; num < 2; num++)
		for (size_t i = 0; i < files.n && !rc; i++)
			if (is_conf(x, files.v[i], name, num))
				rc = export_clean(x, files.v[i]);
	return rc;
}

static int write_instances(
    struct export *x, const char *template, put_fn *put, const struct plan_entry *e)
{
	int rc = 0;

	for (int num = 1; num <= e->count && !rc; num++) {
		AUTO_FREE char *target = xasprintf("%s-%s-%d.conf", x->app, e->name, num);

		rc = write_one(x, template, target, put, &(struct export_item){e, num});
	}
	return rc;
}

int export_upstart(struct export *x)
{
	AUTO_FREE char *master = xasprintf("%s.conf", x->app);
	const struct export_item all = {NULL, 0};
	int rc = export_clean(x, master);

	if (!rc)
		rc = write_one(x, "master.conf.erb", master, put_upstart, &all);
	for (size_t i = 0; i < x->p.n && !rc; i++) {
		const struct plan_entry *e = export_entry(x, i);
		AUTO_FREE char *target = xasprintf("%s-%s.conf", x->app, e->name);

		rc = clean_entry(x, e->name);
		if (rc || e->count == 0)
			continue;
		rc = write_one(
		    x, "process_master.conf.erb", target, put_follows, &(struct export_item){e, 0});
		if (!rc)
			rc = write_instances(x, "process.conf.erb", put_upstart_process, e);
	}
	return rc;
}

/* An entry's file of an earlier export whose entry is gone: it starts with our app alone. */
static bool is_stale_master(const struct export *x, const char *file)
{
	AUTO_FREE char *line = xasprintf("start on starting %s", x->app);
	size_t app = strlen(x->app), len = strlen(file);

	return strncmp(file, x->app, app) == 0 && file[app] == '-' && len > 5 &&
	       strcmp(file + len - 5, ".conf") == 0 && export_has_line(x, file, line);
}

static int clean_daemon(struct export *x)
{
	struct strv AUTO_STRV files = {0}, AUTO_STRV names = {0};
	AUTO_FREE char *master = xasprintf("%s.conf", x->app);
	size_t app = strlen(x->app);
	int rc = 0;

	export_list(x, &files);
	for (size_t i = 0; i < x->p.n; i++)
		strv_add(&names, x->p.v[i].name);
	for (size_t i = 0; i < files.n; i++)
		if (is_stale_master(x, files.v[i]))
			strv_addn(&names, files.v[i] + app + 1, strlen(files.v[i]) - app - 6);
	for (size_t i = 0; i < files.n && !rc; i++) {
		bool ours = false;

		for (size_t k = 0; k < names.n && !ours; k++)
			ours = is_conf(x, files.v[i], names.v[k], false) ||
			       is_conf(x, files.v[i], names.v[k], true);
		rc = ours ? export_clean(x, files.v[i]) : 0;
	}
	return rc ? rc : export_clean(x, master);
}

int export_daemon(struct export *x)
{
	AUTO_FREE char *master = xasprintf("%s.conf", x->app);
	int rc = clean_daemon(x);

	if (!rc)
		rc = write_one(
		    x, "master.conf.erb", master, put_daemon, &(struct export_item){NULL, 0});
	for (size_t i = 0; i < x->p.n && !rc; i++) {
		const struct plan_entry *e = export_entry(x, i);
		AUTO_FREE char *target = xasprintf("%s-%s.conf", x->app, e->name);

		if (e->count == 0)
			continue;
		rc = write_one(
		    x, "process_master.conf.erb", target, put_follows, &(struct export_item){e, 0});
		if (!rc)
			rc = write_instances(x, "process.conf.erb", put_daemon_process, e);
	}
	return rc;
}
