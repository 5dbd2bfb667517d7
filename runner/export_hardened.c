/* SPDX-License-Identifier: MIT */
/*
 * export: systemd under our own name. A target, a service per instance with as few rights as a
 * process of an app needs, and the env files' pairs in APP.env (mode 0600, read by systemd before
 * it drops its rights): unit files and `systemctl show` are open to every user, secrets are not.
 *
 * systemd reads C escapes within quotes, % specifiers everywhere and $KEY in ExecStart; all three
 * are escaped, so that the shell sees the Procfile's text and expands its variables itself.
 */
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "export.h"
#include "path.h"
#include "xmem.h"

/* For quotes: \ and " escaped; % doubled; $ doubled where the value is a command. */
static void put_quoted(struct export_text *t, const char *value, bool command)
{
	export_put(t, "\"");
	for (; *value; value++) {
		if (*value == '\n')
			export_put(t, "\\n");
		else if (*value == '%' || (*value == '$' && command))
			export_put(t, "%c%c", *value, *value);
		else if (*value == '"' || *value == '\\')
			export_put(t, "\\%c", *value);
		else
			export_put(t, "%c", *value);
	}
	export_put(t, "\"");
}

/* A path as a setting's whole value: no quotes there, only specifiers. */
static void put_path(struct export_text *t, const char *path)
{
	for (; *path; path++)
		export_put(t, *path == '%' ? "%%%%" : "%c", *path);
}

static void put_unit(const struct export *x, const char *id, struct export_text *t)
{
	export_put(t,
	    "# Written by ferret export; the next export replaces it.\n[Unit]\nDescription=%s\n"
	    "PartOf=%s.target\nAfter=network-online.target\nWants=network-online.target\n"
	    "StartLimitIntervalSec=0\n\n",
	    id, x->app);
}

/* A command that needs no shell replaces it, so that signals reach it alone. */
static void put_exec(const struct plan_entry *e, struct export_text *t)
{
	struct strv AUTO_STRV argv = {0};

	bool bare = !plan_argv(e->command, &argv);
	AUTO_FREE char *text = xasprintf("%s%s", bare ? "exec " : "", e->command);

	export_put(t, "ExecStart=/bin/sh -c ");
	put_quoted(t, text, true);
	export_put(t, "\n");
}

static void put_hardening(const struct export *x, struct export_text *t)
{
	export_put(t, "NoNewPrivileges=yes\nCapabilityBoundingSet=\nAmbientCapabilities=\n"
		      "ProtectSystem=strict\nProtectHome=read-only\nReadWritePaths=\"");
	put_path(t, x->p.root);
	export_put(t,
	    "\"\nPrivateTmp=yes\nPrivateDevices=yes\nProtectClock=yes\nProtectControlGroups=yes\n"
	    "ProtectHostname=yes\nProtectKernelLogs=yes\nProtectKernelModules=yes\n"
	    "ProtectKernelTunables=yes\nProtectProc=invisible\nLockPersonality=yes\n"
	    "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK\n"
	    "RestrictNamespaces=yes\nRestrictRealtime=yes\nRestrictSUIDSGID=yes\n"
	    "SystemCallArchitectures=native\nSystemCallFilter=@system-service\n"
	    "SystemCallErrorNumber=EPERM\nUMask=0027\n");
}

static void put_service(
    const struct export *x, const struct export_item *item, const char *env, struct export_text *t)
{
	const char *name = item->e->name;
	AUTO_FREE char *id = xasprintf("%s-%s.%d", x->app, name, item->num);

	put_unit(x, id, t);
	export_put(t, "[Service]\nType=exec\nUser=%s\nWorkingDirectory=", x->user);
	put_path(t, x->p.root);
	if (env) {
		export_put(t, "\nEnvironmentFile=");
		put_path(t, env);
	}
	export_put(t, "\nEnvironment=\"PORT=%lld\" \"PS=%s.%d\"\n",
	    (long long)plan_port(&x->p, item->e, item->num), name, item->num);
	put_exec(item->e, t);
	export_put(t,
	    "Restart=always\nRestartSec=5\nRestartPreventExitStatus=100\nKillMode=mixed\n"
	    "TimeoutStopSec=%s\nStandardInput=null\nStandardOutput=journal\n"
	    "StandardError=journal\nSyslogIdentifier=%s\n",
	    x->c->timeout.text, id);
	put_hardening(x, t);
}

static int write_services(struct export *x, const char *env, struct export_text *names)
{
	struct export_item item = {NULL, 0};
	int rc = 0;

	for (size_t at = 0; !rc && export_next(x, &at, &item);) {
		struct export_text AUTO_TEXT t = EXPORT_TEXT;
		AUTO_FREE char *file =
		    xasprintf("%s-%s.%d.service", x->app, item.e->name, item.num);
		bool own;

		export_put(names, names->b.len ? " %s" : "%s", file);
		rc = export_template(x, "process.service.erb", &item, &t, &own);
		if (!rc && !own)
			put_service(x, &item, env, &t);
		if (!rc)
			rc = export_write(x, file, &t);
	}
	return rc;
}

/* PORT is each instance's own, and an Environment= would lose against the file's. */
static int write_env(struct export *x, const char *file)
{
	struct export_text AUTO_TEXT t = EXPORT_TEXT;
	mode_t before = umask(077);

	for (size_t i = 0; i < x->p.env.n; i++) {
		const char *pair = x->p.env.v[i];
		size_t key = strcspn(pair, "=");

		if (strncmp(pair, "PORT=", 5) == 0 || strncmp(pair, "PS=", 3) == 0)
			continue;
		export_put(&t, "%.*s=\"", (int)key, pair);
		for (const char *c = pair + key + 1; *c; c++)
			export_put(&t, strchr("\"\\$`", *c) ? "\\%c" : "%c", *c);
		export_put(&t, "\"\n");
	}
	int rc = export_clean(x, file);

	if (!rc)
		rc = export_write(x, file, &t);
	(void)umask(before);
	return rc;
}

static int write_target(struct export *x, const char *file, const struct export_text *names)
{
	struct export_text AUTO_TEXT t = EXPORT_TEXT;
	bool own;
	int rc = export_template(x, "master.target.erb", &(struct export_item){NULL, 0}, &t, &own);

	if (rc)
		return rc;
	if (!own)
		export_put(&t,
		    "# Written by ferret export; the next export replaces it.\n[Unit]\n"
		    "Description=%s\nWants=%s\n\n[Install]\nWantedBy=multi-user.target\n",
		    x->app, buf_str(&names->b));
	t.over |= names->over;
	return export_write(x, file, &t);
}

int export_hardened(struct export *x)
{
	struct export_text AUTO_TEXT names = EXPORT_TEXT;
	AUTO_FREE char *env = xasprintf("%s.env", x->app);
	AUTO_FREE char *target = xasprintf("%s.target", x->app);
	AUTO_FREE char *dir = path_absolute(x->location);
	AUTO_FREE char *env_path = xasprintf("%s/%s", dir, env);
	int rc = export_clean_systemd(x);

	if (!rc)
		rc = x->p.env.n ? write_env(x, env) : export_clean(x, env);
	if (!rc)
		rc = write_services(x, x->p.env.n ? env_path : NULL, &names);
	return rc ? rc : write_target(x, target, &names);
}
