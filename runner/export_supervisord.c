/* SPDX-License-Identifier: MIT */
/* export: supervisord, one file with a program per instance and their group. */
#include "export.h"
#include "shellword.h"
#include "xmem.h"

/* Foreman writes shell escapes and takes them off again before = & ?; supervisord's own reading of
 * such a value needs none of those. Under our own name: its quoting, and % doubled. */
static void put_value(const struct export *x, const char *value, struct export_text *t)
{
	if (!x->c->foreman) {
		for (; *value; value++)
			export_put(t,
			    *value == '%'            ? "%%%%"
			    : strchr("\"\\", *value) ? "\\%c"
						     : "%c",
			    *value);
		return;
	}
	AUTO_FREE char *word = shellword_escape(value);

	for (const char *c = word; *c; c++)
		if (c[0] != '\\' || !c[1] || !strchr("=&?", c[1]))
			export_put(t, "%c", *c);
}

static void put_environment(
    const struct export *x, const struct export_item *item, struct export_text *t)
{
	long long port = plan_port(&x->p, item->e, item->num);
	bool done = false;

	for (size_t i = 0; i < x->p.env.n; i++) {
		const char *pair = x->p.env.v[i];
		size_t key = strcspn(pair, "=");

		export_put(t, "%s%.*s=\"", i ? "," : "", (int)key, pair);
		if (strncmp(pair, "PORT=", 5) == 0) {
			export_put(t, "%lld", port);
			done = true;
		} else {
			put_value(x, pair + key + 1, t);
		}
		export_put(t, "\"");
	}
	if (!done)
		export_put(t, "%sPORT=\"%lld\"", x->p.env.n ? "," : "", port);
}

/* supervisord runs no shell, so a $KEY that we know is put in here (Foreman leaves it). */
static void put_program(
    const struct export *x, const struct export_item *item, struct export_text *t)
{
	AUTO_FREE char *command = plan_command(&x->p, item->e, item->num);
	const char *name = item->e->name;
	int num = item->num;

	export_put(t, "[program:%s-%s-%d]\ncommand=", x->app, name, num);
	for (const char *c = command; *c; c++)
		export_put(t, *c == '%' && !x->c->foreman ? "%%%%" : "%c", *c);
	export_put(t,
	    "\nautostart=true\nautorestart=true\nstdout_logfile=%s/%s-%d.log\n"
	    "stderr_logfile=%s/%s-%d.error.log\nuser=%s\ndirectory=%s\nenvironment=",
	    x->log, name, num, x->log, name, num, x->user, x->p.root);
	put_environment(x, item, t);
	export_put(t, "\n\n");
}

static void put_app(const struct export *x, struct export_text *t)
{
	struct export_item item = {NULL, 0};
	bool first = true;

	for (size_t at = 0; export_next(x, &at, &item);)
		put_program(x, &item, t);
	export_put(t, "[group:%s]\nprograms=", x->app);
	item = (struct export_item){NULL, 0};
	for (size_t at = 0; export_next(x, &at, &item); first = false)
		export_put(t, "%s%s-%s-%d", first ? "" : ",", x->app, item.e->name, item.num);
	export_put(t, "\n");
}

int export_supervisord(struct export *x)
{
	struct export_text AUTO_TEXT t = EXPORT_TEXT;
	AUTO_FREE char *target = xasprintf("%s.conf", x->app);
	bool own = false;
	int rc = export_clean(x, target);

	if (!rc)
		rc = export_template(x, "app.conf.erb", &(struct export_item){NULL, 0}, &t, &own);
	if (rc)
		return rc;
	if (!own)
		put_app(x, &t);
	return export_write(x, target, &t);
}
