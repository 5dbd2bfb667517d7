/* SPDX-License-Identifier: MIT */
/* export: systemd as Foreman writes it, a target and a service per instance; and what the old ones
 * of both kinds are. */
#include <ctype.h>

#include "export.h"
#include "xmem.h"

/* Inside quotes systemd reads C escapes, so quotes, backslashes and newlines are written as such
 * (Foreman does not, and its units break there). */
static void put_service(
    const struct export *x, const struct export_item *item, struct export_text *t)
{
	const char *name = item->e->name;

	export_put(t,
	    "[Unit]\nPartOf=%s.target\nStopWhenUnneeded=yes\n\n[Service]\nUser=%s\n"
	    "WorkingDirectory=%s\nEnvironment=PORT=%lld\nEnvironment=PS=%s.%d\n",
	    x->app, x->user, x->p.root, (long long)plan_port(&x->p, item->e, item->num), name,
	    item->num);
	for (size_t i = 0; i < x->p.env.n; i++) {
		if (strncmp(x->p.env.v[i], "PORT=", 5) == 0)
			continue;
		export_put(t, "Environment=\"");
		export_put_escaped(t, x->p.env.v[i], "\"\\");
		export_put(t, "\"\n");
	}
	export_put(t, "ExecStart=/bin/bash -lc 'exec -a \"%s-%s.%d\" ", x->app, name, item->num);
	export_put_escaped(t, item->e->command, "'\\");
	export_put(t,
	    "'\nRestart=always\nRestartSec=14s\nStandardInput=null\nStandardOutput=syslog\n"
	    "StandardError=syslog\nSyslogIdentifier=%%n\nKillMode=mixed\nTimeoutStopSec=%s\n",
	    x->c->timeout.text);
}

/* The name between APP- and the ending, NULL where the file is not of that form. A service's
 * number (.N) or @ goes off as well. */
static char *name_in(const struct export *x, const char *file, const char *ending)
{
	size_t app = strlen(x->app), len = strlen(file), end = strlen(ending);

	if (len < app + 2 + end || strncmp(file, x->app, app) != 0 || file[app] != '-' ||
	    strcmp(file + len - end, ending) != 0)
		return NULL;
	len -= end;
	size_t digits = len;

	while (digits > 0 && isdigit((unsigned char)file[digits - 1]))
		digits--;
	if (strcmp(ending, ".service") == 0 && digits > 0 &&
	    (file[digits - 1] == '.' || file[digits - 1] == '@'))
		len = digits - 1;
	return len > app + 1 ? xmemdup0(file + app + 1, len - app - 1) : NULL;
}

/* Ours: of an entry there is, or saying itself that it is part of our target. app2-* and the files
 * of an app called APP-worker are neither. */
static bool is_ours(const struct export *x, const char *file, const char *ending)
{
	AUTO_FREE char *name = name_in(x, file, ending);
	AUTO_FREE char *line = xasprintf("PartOf=%s.target", x->app);

	return name && (procfile_find(&x->p.procfile, name) || export_has_line(x, file, line));
}

static bool ends(const char *s, const char *with)
{
	size_t n = strlen(s), w = strlen(with);

	return n >= w && strcmp(s + n - w, with) == 0;
}

/* Old layout: the services linked into APP.target.wants and APP-NAME.target.wants. */
static int clean_wants(struct export *x, const struct strv *files)
{
	AUTO_FREE char *own = xasprintf("%s.target.wants", x->app);
	int rc = 0;

	for (size_t i = 0; i < files->n && !rc; i++)
		if (strcmp(files->v[i], own) == 0 || is_ours(x, files->v[i], ".target.wants"))
			rc = export_clean_dir(x, files->v[i]);
	return rc;
}

int export_clean_systemd(struct export *x)
{
	struct strv AUTO_STRV files = {0};
	AUTO_FREE char *target = xasprintf("%s.target", x->app);
	int rc = 0;

	export_list(x, &files);
	for (size_t i = 0; i < files.n && !rc; i++)
		if (strcmp(files.v[i], target) == 0 ||
		    (ends(files.v[i], ".target") && is_ours(x, files.v[i], ".target")))
			rc = export_clean(x, files.v[i]);
	for (size_t i = 0; i < files.n && !rc; i++)
		if (is_ours(x, files.v[i], ".service"))
			rc = export_clean(x, files.v[i]);
	return rc ? rc : clean_wants(x, &files);
}

static int write_services(struct export *x, struct export_text *names)
{
	struct export_item item = {NULL, 0};
	size_t at = 0;
	int rc = 0;

	while (!rc && export_next(x, &at, &item)) {
		struct export_text AUTO_TEXT t = EXPORT_TEXT;
		AUTO_FREE char *file =
		    xasprintf("%s-%s.%d.service", x->app, item.e->name, item.num);
		bool own;

		export_put(names, names->b.len ? " %s" : "%s", file);
		rc = export_template(x, "process.service.erb", &item, &t, &own);
		if (!rc && !own)
			put_service(x, &item, &t);
		if (!rc)
			rc = export_write(x, file, &t);
	}
	return rc;
}

int export_systemd(struct export *x)
{
	struct export_text AUTO_TEXT names = EXPORT_TEXT, AUTO_TEXT t = EXPORT_TEXT;
	AUTO_FREE char *target = xasprintf("%s.target", x->app);
	bool own = false;
	int rc = export_clean_systemd(x);

	if (!rc)
		rc = write_services(x, &names);
	if (!rc)
		rc = export_template(
		    x, "master.target.erb", &(struct export_item){NULL, 0}, &t, &own);
	if (rc)
		return rc;
	if (!own)
		export_put(&t, "[Unit]\nWants=%s\n\n[Install]\nWantedBy=multi-user.target\n",
		    buf_str(&names.b));
	t.over |= names.over;
	return export_write(x, target, &t);
}
