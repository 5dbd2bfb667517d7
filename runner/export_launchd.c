/* SPDX-License-Identifier: MIT */
/* export: launchd, a property list per instance. */
#include <ctype.h>

#include "export.h"
#include "xmem.h"

/* Foreman writes values as they are; a list with & or < in one cannot be read, so ours escape. */
static void put_string(const struct export *x, const char *value, struct export_text *t)
{
	if (x->c->foreman)
		export_put(t, "%s", value);
	else
		export_put_xml(t, value);
}

static void put_pair(
    const struct export *x, const char *key, size_t len, const char *value, struct export_text *t)
{
	export_put(t, "        <key>%.*s</key>\n        <string>", (int)len, key);
	put_string(x, value, t);
	export_put(t, "</string>\n");
}

static void put_env(const struct export *x, const char *port, struct export_text *t)
{
	bool done = false;

	for (size_t i = 0; i < x->p.env.n; i++) {
		const char *pair = x->p.env.v[i];
		size_t key = strcspn(pair, "=");
		bool is_port = strncmp(pair, "PORT=", 5) == 0;

		done |= is_port;
		put_pair(x, pair, key, is_port ? port : pair + key + 1, t);
	}
	if (!done)
		put_pair(x, "PORT", 4, port, t);
}

/* The command's words; launchd runs no shell, and $PORT alone is filled in. */
static void put_words(
    const struct export *x, const char *command, const char *port, struct export_text *t)
{
	struct strv AUTO_STRV words = {0};

	if (isspace((unsigned char)command[0]))
		strv_add(&words, "");
	strv_split(&words, command, " \t\n\v\f\r");
	for (size_t i = 0; i < words.n; i++) {
		export_put(t, "        <string>");
		put_string(x, strcmp(words.v[i], "$PORT") == 0 ? port : words.v[i], t);
		export_put(t, "</string>\n");
	}
}

static void put_plist(const struct export *x, const struct export_item *item, struct export_text *t)
{
	AUTO_FREE char *port = xasprintf("%lld", (long long)plan_port(&x->p, item->e, item->num));
	const char *name = item->e->name;

	export_put(t,
	    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	    "<!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" "
	    "\"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n"
	    "<plist version=\"1.0\">\n<dict>\n    <key>Label</key>\n    <string>%s-%s-%d</string>\n"
	    "    <key>EnvironmentVariables</key>\n    <dict>\n",
	    x->app, name, item->num);
	put_env(x, port, t);
	export_put(t, "    </dict>\n    <key>ProgramArguments</key>\n    <array>\n");
	put_words(x, item->e->command, port, t);
	export_put(t,
	    "    </array>\n    <key>KeepAlive</key>\n    <true/>\n    <key>RunAtLoad</key>\n"
	    "    <true/>\n");
	for (const char *const *way = (const char *const[]){"Out", "Error", NULL}; *way; way++)
		export_put(t,
		    "    <key>Standard%sPath</key>\n    <string>%s/%s-%s-%d.log</string>\n", *way,
		    x->log, x->app, name, item->num);
	export_put(t,
	    "    <key>UserName</key>\n    <string>%s</string>\n"
	    "    <key>WorkingDirectory</key>\n    <string>%s</string>\n</dict>\n</plist>\n",
	    x->user, x->p.root);
}

int export_launchd(struct export *x)
{
	struct export_item item = {NULL, 0};
	size_t at = 0;
	int rc = 0;

	while (!rc && export_next(x, &at, &item)) {
		struct export_text AUTO_TEXT t = EXPORT_TEXT;
		AUTO_FREE char *target =
		    xasprintf("%s-%s-%d.plist", x->app, item.e->name, item.num);
		bool own;

		rc = export_template(x, "launchd.plist.erb", &item, &t, &own);
		if (!rc && !own)
			put_plist(x, &item, &t);
		if (!rc)
			rc = export_write(x, target, &t);
	}
	return rc;
}
