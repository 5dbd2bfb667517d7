/* SPDX-License-Identifier: MIT */
/* export: bluepill, one Ruby file. */
#include <ctype.h>

#include "export.h"
#include "xmem.h"

/* A string as Ruby writes it in source. */
static void put_ruby(const char *s, size_t len, struct export_text *t)
{
	static const char named[] = "\a\b\t\n\v\f\r\033";
	static const char letters[] = "abtnvfre";

	export_put(t, "\"");
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)s[i];
		const char *at = strchr(named, c);
		bool interpolates = c == '#' && i + 1 < len && strchr("{$@", s[i + 1]);

		if (at && *at)
			export_put(t, "\\%c", letters[at - named]);
		else if (c == '"' || c == '\\' || interpolates)
			export_put(t, "\\%c", c);
		else if (c < 0x20)
			export_put(t, "\\u%04X", c);
		else if (c == 0x7f)
			export_put(t, "\\u007F");
		else
			export_put(t, "%c", c);
	}
	export_put(t, "\"");
}

static void put_environment(const struct export *x, const char *port, struct export_text *t)
{
	bool done = false;

	export_put(t, "{");
	for (size_t i = 0; i < x->p.env.n; i++) {
		const char *pair = x->p.env.v[i];
		size_t key = strcspn(pair, "=");
		const char *value = pair + key + 1;

		if (strncmp(pair, "PORT=", 5) == 0) {
			value = port;
			done = true;
		}
		export_put(t, i ? ", " : "");
		put_ruby(pair, key, t);
		export_put(t, "=>");
		put_ruby(value, strlen(value), t);
	}
	if (!done)
		export_put(t, "%s\"PORT\"=>\"%s\"", x->p.env.n ? ", " : "", port);
	export_put(t, "}");
}

static void put_process(
    const struct export *x, const struct export_item *item, struct export_text *t)
{
	AUTO_FREE char *port = xasprintf("%lld", (long long)plan_port(&x->p, item->e, item->num));
	const char *name = item->e->name;

	export_put(t,
	    "\n  \n  app.process(\"%s-%d\") do |process|\n    process.start_command = %%Q{%s}\n\n"
	    "    process.working_dir = \"%s\"\n    process.daemonize = true\n"
	    "    process.environment = ",
	    name, item->num, item->e->command, x->p.root);
	put_environment(x, port, t);
	export_put(t,
	    "\n    process.stop_signals = [:quit, 30.seconds, :term, 5.seconds, :kill]\n"
	    "    process.stop_grace_time = 45.seconds\n\n"
	    "    process.stdout = process.stderr = \"%s/%s-%s-%d.log\"\n\n"
	    "    process.monitor_children do |children|\n"
	    "      children.stop_command \"kill {{PID}}\"\n    end\n\n"
	    "    process.group = \"%s-%s\"\n  end\n",
	    x->log, x->app, name, item->num, x->app, name);
}

static void put_app(const struct export *x, struct export_text *t)
{
	export_put(t,
	    "Bluepill.application(\"%s\", :foreground => false, :log_file => "
	    "\"/var/log/bluepill.log\") do |app|\n\n  app.uid = \"%s\"\n  app.gid = \"%s\"\n\n",
	    x->app, x->user, x->user);
	for (size_t i = 0; i < x->p.n; i++) {
		const struct plan_entry *e = export_entry(x, i);

		export_put(t, "\n");
		for (int num = 1; num <= e->count; num++)
			put_process(x, &(struct export_item){e, num}, t);
		export_put(t, "\n");
	}
	export_put(t, "\nend\n");
}

int export_bluepill(struct export *x)
{
	struct export_text AUTO_TEXT t = EXPORT_TEXT;
	AUTO_FREE char *target = xasprintf("%s.pill", x->app);
	bool own = false;
	int rc = export_clean(x, target);

	if (!rc)
		rc =
		    export_template(x, "master.pill.erb", &(struct export_item){NULL, 0}, &t, &own);
	if (rc)
		return rc;
	if (!own)
		put_app(x, &t);
	return export_write(x, target, &t);
}
