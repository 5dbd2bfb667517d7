/* SPDX-License-Identifier: MIT */
/* export: inittab, one file of respawn lines, or stdout for `-`. */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <strings.h>
#include <unistd.h>

#include "export.h"
#include "io.h"
#include "shellword.h"
#include "xmem.h"

/* Inside the single quotes of su -c: a quote ends them, stands escaped, and opens them anew. */
static void put_quoted(struct export_text *t, const char *text)
{
	for (; *text; text++)
		export_put(t, *text == '\'' ? "'\\''" : "%c", *text);
}

/* `export K=V;`, already for inside the quotes; Foreman writes the key in capitals. PORT of a file
 * gives way to the instance's. An empty value needs no escape: its '' close and open the quotes. */
static void put_export(const struct export *x, const char *pair, struct export_text *t)
{
	size_t key = strcspn(pair, "=");
	const char *value = pair + key + 1;
	AUTO_FREE char *word = shellword_escape(value);

	if (key == 4 && strncasecmp(pair, "PORT", 4) == 0)
		return;
	export_put(t, "export ");
	for (size_t k = 0; k < key; k++)
		export_put(t, "%c", x->c->foreman ? toupper((unsigned char)pair[k]) : pair[k]);
	export_put(t, "=");
	if (value[0] && !strchr(value, '\n'))
		put_quoted(t, word);
	else
		export_put(t, "%s", word);
	export_put(t, ";");
}

static void put_line(
    const struct export *x, const struct export_item *item, unsigned index, struct export_text *t)
{
	for (const char *c = x->app; *c && c < x->app + 2; c++)
		export_put(t, "%c", toupper((unsigned char)*c));
	export_put(t, "%02u:4:respawn:/bin/su - %s -c 'cd %s;export PORT=%lld;", index, x->user,
	    x->p.root, (long long)plan_port(&x->p, item->e, item->num));
	for (size_t i = 0; i < x->p.env.n; i++)
		put_export(x, x->p.env.v[i], t);
	put_quoted(t, item->e->command);
	export_put(t, " >> %s/%s-%d.log 2>&1'\n", x->log, item->e->name, item->num);
}

/* An inittab entry is one line; Foreman breaks it. */
static int refuse_newlines(struct export *x)
{
	for (size_t i = 0; i < x->p.env.n && !x->c->foreman; i++)
		if (strchr(x->p.env.v[i], '\n'))
			return err_set(x->err, FE_EUSAGE,
			    "inittab: the value of %.*s has a newline, expected one line",
			    (int)strcspn(x->p.env.v[i], "="), x->p.env.v[i]);
	return 0;
}

static int put_out(struct export *x, const struct export_text *t)
{
	if (strcmp(x->location, "-") == 0)
		return io_write_all(STDOUT_FILENO, t->b.p, t->b.len)
			   ? err_sys(x->err, errno, "stdout")
			   : 0;
	export_say("writing: %s", x->location);
	AUTO_FD int fd = open(x->location, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);

	if (fd < 0 || io_write_all(fd, t->b.p, t->b.len))
		return err_sys(x->err, errno, "%s", x->location);
	return 0;
}

int export_inittab(struct export *x)
{
	struct export_text AUTO_TEXT t = EXPORT_TEXT;
	struct export_item item = {NULL, 0};
	unsigned index = 1;
	size_t at = 0;
	int rc = refuse_newlines(x);

	if (rc)
		return rc;
	export_put(&t, "# ----- foreman %s processes -----\n", x->app);
	while (export_next(x, &at, &item))
		put_line(x, &item, index++, &t);
	export_put(&t, "# ----- end foreman %s processes -----\n", x->app);
	if (t.over)
		return err_set(
		    x->err, FE_ELIMIT, "%s: larger than %lu bytes", x->location, EXPORT_MAX_FILE);
	return put_out(x, &t);
}
