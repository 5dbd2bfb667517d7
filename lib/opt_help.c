/* SPDX-License-Identifier: MIT */
/* opt_help: what is printed from option rows. */
#include "opt_help.h"

#include <ctype.h>
#include <unistd.h>

#include "buf.h"
#include "io.h"
#include "xmem.h"

char *opt_env_key(const struct opt_program *p, const struct opt *row)
{
	if (!p->env_prefix || row->env)
		return NULL;
	char *key = xasprintf("%s_%s", p->env_prefix, row->name);

	for (char *c = key; *c; c++)
		*c = isalnum((unsigned char)*c) ? (char)toupper((unsigned char)*c) : '_';
	return key;
}

static void row_flags(struct buf *b, const struct opt *o)
{
	if (o->letter)
		buf_put(b, "-%c, ", o->letter);
	buf_put(b, "--%s", o->name);
	if (o->kind != OPT_FLAG)
		buf_put(b, " %s", o->arg ? o->arg : "VALUE");
}

static void row_notes(struct buf *b, const struct opt_program *p, const struct opt *o)
{
	AUTO_FREE char *made = opt_env_key(p, o);
	const char *key = o->env ? o->env : made;

	if (o->kind == OPT_CHOICE) {
		buf_put(b, ": ");
		for (int i = 0; o->choices[i]; i++)
			buf_put(b, "%s%s", i ? ", " : "", o->choices[i]);
	}
	if (o->def && o->kind != OPT_FLAG && o->def[0])
		buf_put(b, " (default %s)", o->def);
	if (key)
		buf_put(b, " [%s]", key);
}

static void print_help(const struct opt_program *p)
{
	struct buf AUTO_BUF b = BUF_INIT(BUF_MAX_TEXT);

	buf_put(&b, "%s: %s\n\nusage: %s [options]%s%s\n", p->name, p->summary, p->name,
	    p->synopsis && *p->synopsis ? " " : "", p->synopsis ? p->synopsis : "");
	if (p->about)
		buf_put(&b, "\n%s\n", p->about);
	buf_put(&b, "\noptions:\n");
	for (size_t t = 0; p->tables[t]; t++)
		for (const struct opt *o = p->tables[t]; o->kind != OPT_KIND_END; o++) {
			struct buf AUTO_BUF flags = BUF_INIT(BUF_MAX_TEXT);

			row_flags(&flags, o);
			buf_put(&b, "  %-28s %s", buf_str(&flags), o->help);
			row_notes(&b, p, o);
			buf_put(&b, "\n");
		}
	buf_put(&b, "  %-28s %s\n", "--help", "this text");
	buf_put(&b, "  %-28s %s\n", "--man", "the manual page, for man -l -");
	if (p->version)
		buf_put(&b, "  %-28s %s\n", "--version", "the version");
	if (p->exits)
		buf_put(&b, "\nexit codes: %s\n", p->exits);
	(void)!io_write_all(STDOUT_FILENO, buf_str(&b), b.len);
}

/* mdoc text: a dot or quote that starts a line, and backslashes, would be requests; a sentence
 * begins a line, so that the formatter spaces it. */
static void mdoc_text(struct buf *b, const char *s)
{
	bool line_start = true;

	for (const char *start = s; *s; s++) {
		if (*s == ' ' && s > start && strchr(".?!", s[-1]) &&
		    isupper((unsigned char)s[1])) {
			buf_put(b, "\n");
			line_start = true;
			continue;
		}
		if (line_start && (*s == '.' || *s == '\''))
			buf_put(b, "\\&");
		line_start = *s == '\n';
		if (*s == '\\')
			buf_put(b, "\\e");
		else if (*s == '-')
			buf_put(b, "\\-");
		else if (*s == '\n' && s[1] == '\n')
			buf_put(b, "\n.Pp");
		else
			buf_put(b, "%c", *s);
	}
}

static void man_name(struct buf *b, const char *name)
{
	for (; *name; name++)
		buf_put(b, "%c", *name == '/' || *name == ' ' ? '-' : *name);
}

static void man_options(struct buf *b, const struct opt_program *p)
{
	buf_put(b, ".Sh OPTIONS\n.Bl -tag -width Ds\n");
	for (size_t t = 0; p->tables[t]; t++)
		for (const struct opt *o = p->tables[t]; o->kind != OPT_KIND_END; o++) {
			struct buf AUTO_BUF text = BUF_INIT(BUF_MAX_TEXT);

			row_flags(&text, o);
			buf_put(b, ".It ");
			mdoc_text(b, buf_str(&text));
			buf_clear(&text);
			buf_put(&text, "%s", o->help);
			row_notes(&text, p, o);
			buf_put(b, "\n");
			mdoc_text(b, buf_str(&text));
			buf_put(b, ".\n");
		}
	buf_put(b, ".El\n");
}

static void print_man(const struct opt_program *p)
{
	struct buf AUTO_BUF b = BUF_INIT(BUF_MAX_TEXT);

	buf_put(&b, ".Dd November 21, 2026\n.Dt ");
	for (const char *c = p->name; *c; c++)
		buf_put(&b, "%c", *c == '/' || *c == ' ' ? '-' : toupper((unsigned char)*c));
	buf_put(&b, " 1\n.Os Ferret\n.Sh NAME\n.Nm ");
	man_name(&b, p->name);
	buf_put(&b, "\n.Nd ");
	mdoc_text(&b, p->summary);
	buf_put(&b, "\n.Sh SYNOPSIS\n.Nm\n.Op Ar options\n");
	if (p->synopsis && p->synopsis[0]) {
		buf_put(&b, ".Li \"");
		mdoc_text(&b, p->synopsis);
		buf_put(&b, "\"\n");
	}
	buf_put(&b, ".Sh DESCRIPTION\n");
	mdoc_text(&b, p->about ? p->about : p->summary);
	buf_put(&b, "\n");
	man_options(&b, p);
	if (p->exits) {
		buf_put(&b, ".Sh EXIT STATUS\n");
		mdoc_text(&b, p->exits);
		buf_put(&b, "\n");
	}
	(void)!io_write_all(STDOUT_FILENO, buf_str(&b), b.len);
}

bool opt_help_asked(const struct opt_program *p, const char *arg)
{
	if (strcmp(arg, "--help") == 0) {
		print_help(p);
		return true;
	}
	if (strcmp(arg, "--man") == 0) {
		print_man(p);
		return true;
	}
	if (p->version && strcmp(arg, "--version") == 0) {
		(void)!io_write_all(STDOUT_FILENO, p->version, strlen(p->version));
		(void)!io_write_all(STDOUT_FILENO, "\n", 1);
		return true;
	}
	return false;
}
