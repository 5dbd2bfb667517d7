/* SPDX-License-Identifier: MIT */
/*
 * export: files for other process managers. Called as foreman the bytes are those of Foreman 0.90,
 * but for the faults named in docs/foreman.md; under our own name every value is written by the
 * rules of the manager that reads it.
 *
 * A format's function writes its files with export_write (built text) or lets export_template do
 * so where the user has a template of that name. It returns 0 or an error that export_fail told.
 */
#ifndef FE_RUNNER_EXPORT_H
#define FE_RUNNER_EXPORT_H

#include "buf.h"
#include "config.h"
#include "plan.h"

/* Ceiling of one written file; over it the export fails and says so. */
#define EXPORT_MAX_FILE (256UL * 1024 * 1024)

struct export
{
	const struct config *c;
	struct plan p;
	const char *format;
	const char *location; /* as given */
	const char *app, *user;
	char *log, *run;
	struct err *err;
};

/* One instance, or an entry (num 0), or the app (e NULL), for texts and templates. */
struct export_item {
	const struct plan_entry *e;
	int num;
};

/* Text of a file under construction. */
struct export_text {
	struct buf b;
	bool over;
};
#define EXPORT_TEXT                                                                                \
	{                                                                                          \
		BUF_INIT(EXPORT_MAX_FILE), false                                                   \
	}
void export_text_done(struct export_text *t);
#define AUTO_TEXT __attribute__((cleanup(export_text_done)))
void export_put(struct export_text *t, const char *fmt, ...) FE_PRINTF(2, 3);
/* value with each byte of set preceded by a backslash; a newline as \n. */
void export_put_escaped(struct export_text *t, const char *value, const char *set);
/* value with & < > as XML wants them. */
void export_put_xml(struct export_text *t, const char *value);

/* The entry that stands for place i: of entries with one name the last, as in Foreman. */
const struct plan_entry *export_entry(const struct export *x, size_t i);
/* Next instance in order, over all entries; start with {NULL, 0} and *at 0. */
bool export_next(const struct export *x, size_t *at, struct export_item *item);

/* Messages `[foreman export] ...` on stdout. */
void export_say(const char *fmt, ...) FE_PRINTF(1, 2);
/* Write (mode 0644) below the location; the text ends with a newline afterwards. */
int export_write(struct export *x, const char *name, struct export_text *t) FE_MUST_CHECK;
int export_mode(struct export *x, const char *name, unsigned mode) FE_MUST_CHECK;
int export_mkdir(struct export *x, const char *name) FE_MUST_CHECK;
/* Remove a file or a directory tree of ours, if it is there. */
int export_clean(struct export *x, const char *name) FE_MUST_CHECK;
int export_clean_dir(struct export *x, const char *name) FE_MUST_CHECK;
/* Names in the location, sorted. */
void export_list(const struct export *x, struct strv *out);
/* True if the file has that line. */
bool export_has_line(const struct export *x, const char *name, const char *line);

/* Where the user has a template of that name (--template, ~/.foreman/templates), fill it into t and
 * set *out_found. */
int export_template(struct export *x, const char *name, const struct export_item *item,
    struct export_text *t, bool *out_found) FE_MUST_CHECK;

int export_inittab(struct export *x) FE_MUST_CHECK;
int export_upstart(struct export *x) FE_MUST_CHECK;
int export_daemon(struct export *x) FE_MUST_CHECK;
int export_systemd(struct export *x) FE_MUST_CHECK;
int export_hardened(struct export *x) FE_MUST_CHECK; /* systemd under our own name */
int export_runit(struct export *x) FE_MUST_CHECK;
int export_supervisord(struct export *x) FE_MUST_CHECK;
int export_launchd(struct export *x) FE_MUST_CHECK;
int export_bluepill(struct export *x) FE_MUST_CHECK;
/* systemd's old files in the location: ours by entry name, or by PartOf=. */
int export_clean_systemd(struct export *x) FE_MUST_CHECK;

#endif
