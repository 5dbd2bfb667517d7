/* SPDX-License-Identifier: MIT */
/* export: the command; which format, where to, and what is common to all. */
#include "export.h"

#include <ctype.h>
#include <errno.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "commands.h"
#include "xmem.h"

static const struct format {
	const char *name;
	int (*as_foreman)(struct export *x);
	int (*as_ferret)(struct export *x);
	bool one_file; /* the location is a file, or - for stdout */
} formats[] = {
    {"inittab", export_inittab, export_inittab, true},
    {"upstart", export_upstart, export_upstart, false},
    {"daemon", export_daemon, export_daemon, false},
    {"systemd", export_systemd, export_hardened, false},
    {"runit", export_runit, export_runit, false},
    {"supervisord", export_supervisord, export_supervisord, false},
    {"launchd", export_launchd, export_launchd, false},
    {"bluepill", export_bluepill, export_bluepill, false},
};

static const struct format *find_format(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(formats); i++)
		if (strcmp(formats[i].name, name) == 0)
			return &formats[i];
	return NULL;
}

const struct plan_entry *export_entry(const struct export *x, size_t i)
{
	const struct procfile_entry *last = procfile_find(&x->p.procfile, x->p.v[i].name);

	return &x->p.v[last - x->p.procfile.v];
}

bool export_next(const struct export *x, size_t *at, struct export_item *item)
{
	for (; *at < x->p.n; (*at)++, item->num = 0) {
		item->e = export_entry(x, *at);
		if (item->num < item->e->count) {
			item->num++;
			return true;
		}
	}
	return false;
}

/* mkdir -p; what exists is no error. */
static int make_dirs(const char *path)
{
	AUTO_FREE char *p = xstrdup(path);
	struct stat st;

	for (char *c = p + 1; *c; c++)
		if (*c == '/') {
			*c = '\0';
			(void)mkdir(p, 0777);
			*c = '/';
		}
	(void)mkdir(p, 0777);
	return stat(p, &st) == 0 && S_ISDIR(st.st_mode) ? 0 : FE_EIO;
}

static bool all_digits(const char *s)
{
	return s[0] && s[strspn(s, "0123456789")] == '\0' && strlen(s) < 10;
}

/* Give an existing directory to the user; where that cannot be it must at least be writable. */
static int give(struct export *x, const char *dir)
{
	/* export has one thread. NOLINTNEXTLINE(concurrency-mt-unsafe) */
	const struct passwd *pw = getpwnam(x->user);
	bool known = pw || all_digits(x->user);
	uid_t uid = pw ? pw->pw_uid : (uid_t)strtoul(x->user, NULL, 10);

	if (known && chown(dir, uid, (gid_t)-1) == 0)
		return 0;
	if (access(dir, F_OK) != 0 || access(dir, W_OK) == 0)
		return 0;
	return err_set(x->err, FE_EACCES, "Could not chown %s to %s", dir, x->user);
}

static int prepare(struct export *x, const struct format *f)
{
	if (f->one_file)
		return 0;
	if (make_dirs(x->location))
		return err_set(x->err, FE_EIO, "Could not create: %s", x->location);
	int rc = give(x, x->log);

	return rc ? rc : give(x, x->run);
}

/* Under our own name the app becomes part of file names, unit names and scripts. */
static int check_names(struct export *x)
{
	const char *const named[] = {x->app, x->user};

	for (size_t i = 0; i < ARRAY_LEN(named) && !x->c->foreman; i++)
		for (const char *c = named[i]; *c || c == named[i]; c++)
			if (!isalnum((unsigned char)*c) && !(*c && strchr("._-", *c)))
				return err_set(x->err, FE_EUSAGE,
				    "option --%s: '%s' is not of A-Z, a-z, 0-9, '.', '_' and '-'",
				    i ? "user" : "app", named[i]);
	return 0;
}

static int export_to(struct export *x, const struct format *f)
{
	int rc = check_names(x);

	if (!rc)
		rc = plan_load(&x->p, x->c, NULL, x->err);
	if (!rc && !x->location)
		rc = err_set(x->err, FE_EUSAGE, "Must specify a location");
	if (!rc)
		rc = prepare(x, f);
	if (!rc)
		rc = (x->c->foreman ? f->as_foreman : f->as_ferret)(x);
	plan_done(&x->p);
	return rc;
}

int cmd_export(const struct config *c)
{
	struct err err = ERR_INIT;
	bool named = c->foreman || c->args.n == 2 || find_format(c->args.v[0]);
	const char *format = named ? c->args.v[0] : "systemd";
	const struct format *f = find_format(format);
	struct export x = {.c = c, .format = format, .err = &err};
	int rc;

	x.location = named ? (c->args.n == 2 ? c->args.v[1] : NULL) : c->args.v[0];
	x.app = c->app ? c->app : "app";
	x.user = c->user ? c->user : x.app;
	x.log = c->log ? xstrdup(c->log) : xasprintf("/var/log/%s", x.app);
	x.run = c->run_dir ? xstrdup(c->run_dir) : xasprintf("/var/run/%s", x.app);
	if (f)
		rc = export_to(&x, f);
	else if (c->foreman)
		rc = err_set(&err, FE_EUSAGE,
		    "Unknown export format: %s (unable to load file 'foreman/export/%s').", format,
		    format);
	else
		rc = err_set(&err, FE_EUSAGE,
		    "export: '%s' is none of systemd, upstart, inittab, runit, supervisord, "
		    "launchd, "
		    "daemon, bluepill",
		    format);
	rc = rc ? config_fail(c, &err) : FE_EXIT_OK;
	free(x.log);
	free(x.run);
	err_done(&err);
	return rc;
}
