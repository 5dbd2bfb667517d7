/* SPDX-License-Identifier: MIT */
/* optfile: .foreman and .ferret. */
#include "optfile.h"

#include <ctype.h>
#include <sys/stat.h>

#include "buf.h"
#include "io.h"
#include "textline.h"
#include "xmem.h"

struct place {
	const char *path;
	int line;
	struct err *err;
};

static int refuse(const struct place *at, const char *why)
{
	(void)err_set(at->err, FE_EUSAGE, "%s:%d: %s", at->path, at->line, why);
	return FE_EUSAGE;
}

static size_t trimmed(const char *p, size_t len)
{
	while (len > 0 && isspace((unsigned char)p[len - 1]))
		len--;
	return len;
}

/* A quoted value: up to the closing quote, after which only a comment may stand. */
static int quoted(const struct place *at, const char *p, size_t len, char **out)
{
	struct buf AUTO_BUF b = BUF_INIT(BUF_MAX_FILE);
	size_t i = 1;

	for (; i < len && p[i] != p[0]; i++) {
		if (p[0] == '"' && p[i] == '\\')
			return refuse(at, "has a backslash, expected a value without escapes");
		if (buf_addc(&b, p[i]))
			return refuse(at, "is too long");
	}
	if (i == len)
		return refuse(at, "has no closing quote, expected KEY: \"VALUE\"");
	for (i++; i < len && isblank((unsigned char)p[i]); i++)
		;
	if (i < len && p[i] != '#')
		return refuse(at, "has text after the closing quote, expected KEY: \"VALUE\"");
	*out = buf_take(&b);
	return 0;
}

static int plain(const struct place *at, const char *p, size_t len, char **out)
{
	if (len > 0 && strchr("[]{}|>&*!%@`,", p[0]))
		return refuse(at, "has a list, map or other YAML, expected a plain KEY: VALUE");
	for (size_t i = 1; i < len; i++)
		if (p[i] == '#' && isblank((unsigned char)p[i - 1]))
			len = i;
	*out = xmemdup0(p, trimmed(p, len));
	return 0;
}

static int parse_line(const struct place *at, const struct textline *t, char **key, char **value)
{
	size_t n = 0;

	if (memchr(t->p, '\0', t->len))
		return refuse(at, "has a NUL byte, expected KEY: VALUE in text");
	while (n < t->len && (isalnum((unsigned char)t->p[n]) || t->p[n] == '_' || t->p[n] == '-'))
		n++;
	if (n == 0 || n >= t->len || t->p[n] != ':' ||
	    (n + 1 < t->len && !isblank((unsigned char)t->p[n + 1])))
		return refuse(at, "is no option, expected KEY: VALUE in the first column");
	*key = xmemdup0(t->p, n);
	for (n++; n < t->len && isblank((unsigned char)t->p[n]); n++)
		;
	size_t len = trimmed(t->p + n, t->len - n);
	bool quote = len > 0 && (t->p[n] == '"' || t->p[n] == '\'');

	if (len > 0 && t->p[n] == '#')
		len = 0;
	return (quote ? quoted : plain)(at, t->p + n, len, value);
}

static bool ignored(const struct textline *t)
{
	return textline_empty(t) || (t->len == 3 && memcmp(t->p, "---", 3) == 0);
}

static int set_key(
    const struct place *at, const struct optfile *o, const char *key, const char *value)
{
	const struct opt *row = opt_find(o->program, key);
	AUTO_FREE char *label = xasprintf("%s:%d: %s", at->path, at->line, key);

	if (!row && !o->lenient)
		return err_set(at->err, FE_EUSAGE,
		    "%s:%d: '%s' is no option, expected a long option's name; --help lists them",
		    at->path, at->line, key);
	if (!row || value[0] == '\0')
		return 0;
	strv_add(o->kept, value);
	return opt_set(row, o->kept->v[o->kept->n - 1], label, at->err);
}

int optfile_parse(const struct text *text, const struct optfile *o, struct err *err)
{
	struct textline t = {.rest = text->p, .left = text->len};

	while (textline_next(&t)) {
		AUTO_FREE char *key = NULL;
		AUTO_FREE char *value = NULL;
		struct place at = {text->path, t.number, err};

		if (ignored(&t))
			continue;
		if (parse_line(&at, &t, &key, &value))
			return FE_EUSAGE;
		for (char *c = key; *c; c++)
			*c = *c == '_' ? '-' : *c;
		if (set_key(&at, o, key, value))
			return FE_EUSAGE;
	}
	return 0;
}

int optfile_read(const char *path, const struct optfile *o, struct err *err)
{
	struct buf AUTO_BUF b = BUF_INIT(BUF_MAX_FILE);
	struct stat st;

	if (stat(path, &st) != 0 || !S_ISREG(st.st_mode))
		return 0;
	int rc = io_read_file(path, &b, err);

	return rc ? rc : optfile_parse(&(struct text){buf_str(&b), b.len, path}, o, err);
}
