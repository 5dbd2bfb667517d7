/* SPDX-License-Identifier: MIT */
/* export: texts, and files below the location, told as they are written and removed. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <unistd.h>

#include "export.h"
#include "io.h"
#include "textline.h"
#include "xmem.h"

void export_text_done(struct export_text *t)
{
	buf_done(&t->b);
}

void export_put(struct export_text *t, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	if (buf_vaddf(&t->b, fmt, ap))
		t->over = true;
	va_end(ap);
}

void export_put_escaped(struct export_text *t, const char *value, const char *set)
{
	for (; *value; value++) {
		if (*value == '\n') {
			export_put(t, "\\n");
			continue;
		}
		export_put(t, strchr(set, *value) ? "\\%c" : "%c", *value);
	}
}

void export_put_xml(struct export_text *t, const char *value)
{
	for (; *value; value++)
		switch (*value) {
		case '&':
			export_put(t, "&amp;");
			break;
		case '<':
			export_put(t, "&lt;");
			break;
		case '>':
			export_put(t, "&gt;");
			break;
		default:
			export_put(t, "%c", *value);
		}
}

void export_say(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	AUTO_FREE char *text = xvasprintf(fmt, ap);
	va_end(ap);
	AUTO_FREE char *line = xasprintf("[foreman export] %s\n", text);

	(void)!io_write_all(STDOUT_FILENO, line, strlen(line));
}

static char *below(const struct export *x, const char *name)
{
	return name[0] == '/' ? xstrdup(name) : xasprintf("%s/%s", x->location, name);
}

int export_write(struct export *x, const char *name, struct export_text *t)
{
	AUTO_FREE char *path = below(x, name);

	if (t->b.len == 0 || t->b.p[t->b.len - 1] != '\n')
		export_put(t, "\n");
	if (t->over)
		return err_set(
		    x->err, FE_ELIMIT, "%s: larger than %lu bytes", path, EXPORT_MAX_FILE);
	export_say("writing: %s", name);
	AUTO_FD int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);

	if (fd < 0 || io_write_all(fd, t->b.p, t->b.len))
		return err_sys(x->err, errno, "%s", path);
	return 0;
}

int export_mode(struct export *x, const char *name, unsigned mode)
{
	AUTO_FREE char *path = below(x, name);

	export_say("setting %s to mode %u", name, mode); /* in decimal, as Foreman says it */
	return chmod(path, mode) == 0 ? 0 : err_sys(x->err, errno, "%s", path);
}

int export_mkdir(struct export *x, const char *name)
{
	AUTO_FREE char *path = below(x, name);

	export_say("creating: %s", name);
	if (mkdir(path, 0777) == 0 || errno == EEXIST)
		return 0;
	return err_sys(x->err, errno, "%s", path);
}

int export_clean(struct export *x, const char *name)
{
	AUTO_FREE char *path = below(x, name);
	struct stat st;

	if (stat(path, &st) != 0)
		return 0;
	export_say("cleaning up: %s", path);
	return unlink(path) == 0 ? 0 : err_sys(x->err, errno, "%s", path);
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st;
	(void)kind;
	(void)at;
	return remove(path);
}

int export_clean_dir(struct export *x, const char *name)
{
	AUTO_FREE char *path = below(x, name);
	struct stat st;

	if (stat(path, &st) != 0 || !S_ISDIR(st.st_mode))
		return 0;
	export_say("cleaning up directory: %s", path);
	if (nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS) == 0)
		return 0;
	return err_sys(x->err, errno, "%s", path);
}

static int by_bytes(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void export_list(const struct export *x, struct strv *out)
{
	DIR *d = opendir(x->location);
	const struct dirent *e;

	if (!d)
		return;
	while ((e = readdir(d)))
		strv_add(out, e->d_name);
	(void)closedir(d);
	qsort(out->v, out->n, sizeof *out->v, by_bytes);
}

bool export_has_line(const struct export *x, const char *name, const char *line)
{
	AUTO_FREE char *path = below(x, name);
	struct buf AUTO_BUF b = BUF_INIT(BUF_MAX_FILE);
	struct textline t = {0};

	if (io_read_file(path, &b, NULL))
		return false;
	t.rest = buf_str(&b);
	t.left = b.len;
	while (textline_next(&t))
		if (t.len == strlen(line) && memcmp(t.p, line, t.len) == 0)
			return true;
	return false;
}
