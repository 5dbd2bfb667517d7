/* SPDX-License-Identifier: MIT */
/* procfile: Procfiles as Foreman reads them. */
#include "procfile.h"

#include <ctype.h>
#include <sys/stat.h>

#include "buf.h"
#include "io.h"
#include "textline.h"
#include "xmem.h"

static size_t name_length(const struct textline *t)
{
	size_t n = 0;

	while (n < t->len && (isalnum((unsigned char)t->p[n]) || t->p[n] == '-' || t->p[n] == '_'))
		n++;
	return n;
}

/* Start of the command: past the white space after the colon, but where there is nothing else the
 * last blank is the command, as a greedy match would have it. */
static size_t command_start(const struct textline *t, size_t colon)
{
	size_t at = colon + 1;

	while (at < t->len && isspace((unsigned char)t->p[at]))
		at++;
	return at == t->len && at > colon + 1 ? at - 1 : at;
}

static const char *why_odd(const struct textline *t, size_t name)
{
	if (memchr(t->p, '\0', t->len))
		return "has a NUL byte, expected NAME: COMMAND in text";
	if (name > 0 && name < t->len && t->p[name] == ':')
		return command_start(t, name) < t->len ? NULL
						       : "has no command, expected NAME: COMMAND";
	if (t->len >= 3 && memcmp(t->p, "\xef\xbb\xbf", 3) == 0)
		return "starts with a byte order mark, expected NAME: COMMAND in the first column";
	if (isspace((unsigned char)t->p[0]))
		return "starts with a blank, expected NAME: COMMAND in the first column";
	if (!memchr(t->p, ':', t->len))
		return "has no colon, expected NAME: COMMAND";
	return "has a name that is not of A-Z, a-z, 0-9, - and _, expected NAME: COMMAND";
}

static void add_entry(struct procfile *out, const struct textline *t, size_t name, size_t *cap)
{
	size_t at = command_start(t, name);

	if (out->n == *cap) {
		*cap = *cap ? *cap * 2 : 16;
		out->v = xreallocarray(out->v, *cap, sizeof *out->v);
	}
	out->v[out->n++] = (struct procfile_entry){
	    .name = xmemdup0(t->p, name),
	    .command = xmemdup0(t->p + at, t->len - at),
	    .line = t->number,
	};
}

void procfile_parse(const struct text *text, struct procfile *out, procfile_odd_fn odd, void *arg)
{
	struct textline t = {.rest = text->p, .left = text->len};
	size_t cap = out->n;

	while (textline_next(&t)) {
		size_t name = name_length(&t);

		if (textline_empty(&t))
			continue;
		const char *why = why_odd(&t, name);

		if (!why)
			add_entry(out, &t, name, &cap);
		else if (odd)
			odd(arg, text->path, t.number, why);
	}
}

int procfile_read(
    const char *path, struct procfile *out, procfile_odd_fn odd, void *arg, struct err *err)
{
	struct buf AUTO_BUF text = BUF_INIT(BUF_MAX_FILE);
	struct stat st;

	if (stat(path, &st) != 0 || !S_ISREG(st.st_mode))
		return err_set(err, FE_ENOENT, "%s does not exist.", path);
	int rc = io_read_file(path, &text, err);

	if (rc)
		return rc;
	procfile_parse(&(struct text){buf_str(&text), text.len, path}, out, odd, arg);
	return 0;
}

const struct procfile_entry *procfile_find(const struct procfile *p, const char *name)
{
	for (size_t i = p->n; i-- > 0;)
		if (strcmp(p->v[i].name, name) == 0)
			return &p->v[i];
	return NULL;
}

void procfile_done(struct procfile *p)
{
	for (size_t i = 0; i < p->n; i++) {
		free(p->v[i].name);
		free(p->v[i].command);
	}
	free(p->v);
	*p = (struct procfile){0};
}
