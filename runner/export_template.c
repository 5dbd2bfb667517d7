/* SPDX-License-Identifier: MIT */
/* export: the user's own templates, text with <%= KEY %> filled in; any other ERB is refused. */
#include <ctype.h>
#include <sys/stat.h>

#include "export.h"
#include "io.h"
#include "xmem.h"

#define KEYS "<%= app|user|log|run|port|name|num|command %>"

struct fill {
	struct export *x;
	const struct export_item *item;
	const char *path;
	int line;
};

static int refuse(const struct fill *f, const char *tag, size_t len, const char *why)
{
	size_t shown = len < 60 ? len : 60;

	return err_set(
	    f->x->err, FE_EUSAGE, "%s:%d: '%.*s' %s", f->path, f->line, (int)shown, tag, why);
}

/* The value of a key; NULL with *out_known where this file has none of that kind. */
static char *value_of(const struct fill *f, const char *key, size_t len, bool *out_known)
{
	const struct export *x = f->x;
	const struct plan_entry *e = f->item->e;
	AUTO_FREE char *k = xmemdup0(key, len);

	*out_known = true;
	if (strcmp(k, "app") == 0)
		return xstrdup(x->app);
	if (strcmp(k, "user") == 0)
		return xstrdup(x->user);
	if (strcmp(k, "log") == 0)
		return xstrdup(x->log);
	if (strcmp(k, "run") == 0)
		return xstrdup(x->run);
	if (strcmp(k, "name") == 0)
		return e ? xstrdup(e->name) : NULL;
	if (strcmp(k, "command") == 0)
		return e ? xstrdup(e->command) : NULL;
	if (strcmp(k, "num") == 0)
		return f->item->num ? xasprintf("%d", f->item->num) : NULL;
	if (strcmp(k, "port") == 0)
		return f->item->num
			   ? xasprintf("%lld", (long long)plan_port(&x->p, e, f->item->num))
			   : NULL;
	*out_known = false;
	return NULL;
}

/* One tag at p, from <% to %> (len bytes); trim is set by a closing -%>. */
static int put_tag(
    const struct fill *f, const char *p, size_t len, struct export_text *t, bool *out_trim)
{
	size_t at = 3, end = len - 2;
	bool known = false;

	if (len < 5 || p[2] != '=')
		return refuse(f, p, len, "is ERB that is not filled in, expected " KEYS);
	*out_trim = p[end - 1] == '-' && end > at;
	end -= *out_trim;
	while (at < end && isblank((unsigned char)p[at]))
		at++;
	while (end > at && isblank((unsigned char)p[end - 1]))
		end--;
	AUTO_FREE char *value = value_of(f, p + at, end - at, &known);

	if (!known)
		return refuse(f, p, len, "is ERB that is not filled in, expected " KEYS);
	if (!value)
		return refuse(f, p, len, "has no value in this file, which is not one process's");
	export_put(t, "%s", value);
	return 0;
}

static int fill_in(struct fill *f, const char *text, struct export_text *t)
{
	while (*text) {
		const char *tag = strstr(text, "<%");
		size_t plain = tag ? (size_t)(tag - text) : strlen(text);
		bool trim = false;

		for (size_t i = 0; i < plain; i++)
			f->line += text[i] == '\n';
		export_put(t, "%.*s", (int)plain, text);
		if (!tag)
			break;
		const char *end = strstr(tag + 2, "%>");

		if (!end)
			return refuse(f, tag, strcspn(tag, "\n"), "is not closed, expected %>");
		end += 2;
		int rc = put_tag(f, tag, (size_t)(end - tag), t, &trim);

		if (rc)
			return rc;
		text = end;
		if (trim && *text == '\n') {
			text++;
			f->line++;
		}
	}
	return 0;
}

static char *find(const struct export *x, const char *name)
{
	const char *home = getenv("HOME");
	struct stat st;
	char *path;

	if (x->c->template_dir) {
		path = xasprintf("%s/%s", x->c->template_dir, name);
		if (stat(path, &st) == 0)
			return path;
		free(path);
	}
	if (!home)
		return NULL;
	path = xasprintf("%s/.foreman/templates/%s/%s", home, x->format, name);
	if (stat(path, &st) == 0)
		return path;
	free(path);
	return NULL;
}

int export_template(struct export *x, const char *name, const struct export_item *item,
    struct export_text *t, bool *out_found)
{
	AUTO_FREE char *path = find(x, name);
	struct buf AUTO_BUF text = BUF_INIT(BUF_MAX_FILE);
	struct fill f = {x, item, path, 1};

	*out_found = path != NULL;
	if (!path)
		return 0;
	int rc = io_read_file(path, &text, x->err);

	if (rc)
		return rc;
	if (memchr(buf_str(&text), '\0', text.len))
		return err_set(x->err, FE_EUSAGE, "%s: has a NUL byte, expected text", path);
	return fill_in(&f, buf_str(&text), t);
}
