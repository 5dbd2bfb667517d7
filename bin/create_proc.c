/* SPDX-License-Identifier: MIT */
/*
 * create_proc PATH...: write the Procfile entries of the monitors under PATH (files or folders;
 * `monitors` when none is given). Sources with a main and executables with an extension are
 * listed; built files never are, so the answer is the same before and after make.
 *
 * An entry of the Procfile is its own when it says nothing more than its name does: one path and
 * nothing else, and NAME is that path's process type. All other lines are the user's and stay as
 * they are, but that `web` comes first of all entries, so that it gets the first port. A user's
 * entry whose name is a monitor's takes that monitor's place (that is how one gives it arguments).
 */
#include <errno.h>
#include <fts.h>
#include <sys/stat.h>
#include <unistd.h>

#include "buf.h"
#include "err.h"
#include "io.h"
#include "opt.h"
#include "procfile.h"
#include "proctype.h"
#include "xmem.h"

struct found {
	char *type;
	char *file;    /* as it lies there: monitors/git/clone.c */
	char *command; /* what runs: monitors/git/clone */
};

static struct {
	bool check;
	const char *procfile;
	char *base; /* the Procfile's folder, absolute: commands are relative to it */
	struct found *v;
	size_t n, cap;
	struct strv scanned;  /* the given paths, relative to base; "" is base itself */
	struct strv problems; /* one line each */
} me = {.procfile = "Procfile"};

static void problem(char *line)
{
	strv_take(&me.problems, line);
}

/* Path relative to the Procfile's folder ("" for that folder), NULL when it lies elsewhere. */
static const char *relative(const char *absolute)
{
	fe_assert(me.base);
	size_t n = strlen(me.base);

	if (strcmp(me.base, "/") == 0)
		return absolute + 1;
	if (strncmp(absolute, me.base, n) != 0 || (absolute[n] != '/' && absolute[n] != '\0'))
		return NULL;
	return absolute[n] == '/' ? absolute + n + 1 : absolute + n;
}

/* Past a comment, string or character constant that begins at *p; at least one byte. */
static const char *past_token(const char *p)
{
	if (p[0] == '/' && (p[1] == '*' || p[1] == '/')) {
		const char *end = strstr(p + 2, p[1] == '*' ? "*/" : "\n");

		return end ? end + (p[1] == '*' ? 2 : 1) : p + strlen(p);
	}
	if (*p != '"' && *p != '\'')
		return p + 1;
	const char *q = p + 1;

	while (*q && *q != *p && *q != '\n')
		q += q[0] == '\\' && q[1] ? 2 : 1;
	return *q ? q + 1 : q;
}

static bool in_name(char c)
{
	return strchr("_0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", c) && c;
}

/* Does C text define or declare main? Comments and strings do not count. */
static bool has_main(const char *text)
{
	for (const char *p = text; *p;) {
		if (!in_name(*p)) {
			p = past_token(p);
			continue;
		}
		size_t n = 1;

		while (in_name(p[n]))
			n++;
		if (n == 4 && memcmp(p, "main", 4) == 0 && p[4 + strspn(p + 4, " \t\n")] == '(')
			return true;
		p += n;
	}
	return false;
}

static void add(const char *file, size_t command_len)
{
	struct buf AUTO_BUF type = BUF_INIT(BUF_MAX_LINE);
	struct err err = ERR_INIT;

	if (proctype_of(file, &type, &err)) {
		problem(xstrdup(err_text(&err)));
		err_done(&err);
		return;
	}
	if (me.n == me.cap) {
		me.cap = me.cap ? me.cap * 2 : 32;
		me.v = xreallocarray(me.v, me.cap, sizeof *me.v);
	}
	me.v[me.n++] = (struct found){
	    .type = buf_take(&type),
	    .file = xstrdup(file),
	    .command = xmemdup0(file, command_len),
	};
}

/* One regular file below a given path: a monitor, or none. */
static void look_at(const char *absolute, const char *name, mode_t mode)
{
	struct buf AUTO_BUF text = BUF_INIT(BUF_MAX_FILE);
	const char *file = relative(absolute);
	size_t stem = proctype_stem(file);
	bool executable = mode & 0111;

	if (name[0] == '.' || file[stem] == '\0' || file[strlen(file) - 1] == '~')
		return;
	if (strcmp(file + stem, ".c") != 0 && executable) {
		add(file, strlen(file));
		return;
	}
	if (io_read_file(absolute, &text, NULL)) {
		problem(xasprintf(
		    "%s: cannot be read, or is larger than %lu bytes", file, BUF_MAX_FILE));
	} else if (strcmp(file + stem, ".c") == 0) {
		if (has_main(buf_str(&text)))
			add(file, stem);
	} else if (strncmp(buf_str(&text), "#!", 2) == 0) {
		problem(xasprintf("%s: starts with #! but is not executable, expected chmod +x, "
				  "or another place for it",
		    file));
	}
}

static void visit(FTS *tree, FTSENT *e)
{
	switch (e->fts_info) {
	case FTS_D:
		if (e->fts_level > 0 && e->fts_name[0] == '.')
			(void)fts_set(tree, e, FTS_SKIP);
		break;
	case FTS_F:
		look_at(e->fts_path, e->fts_name, e->fts_statp->st_mode);
		break;
	case FTS_DNR:
	case FTS_ERR:
	case FTS_NS:
		problem(xasprintf("%s: %s", e->fts_path, strerrordesc_np(e->fts_errno)));
		break;
	case FTS_DC:
		problem(xasprintf("%s: a link leads back to a folder above it", e->fts_path));
		break;
	default:
		break;
	}
}

static void scan(const char *path)
{
	AUTO_FREE char *absolute = realpath(path, NULL);

	if (!absolute) {
		problem(xasprintf("%s: %s", path, strerrordesc_np(errno)));
		return;
	}
	const char *below = relative(absolute);

	if (!below) {
		problem(xasprintf(
		    "%s: expected a path below %s, the Procfile's folder", path, me.base));
		return;
	}
	strv_add(&me.scanned, below);
	char *const roots[] = {absolute, NULL};
	FTS *tree = fts_open(roots, FTS_LOGICAL | FTS_NOCHDIR, NULL);

	for (FTSENT *e = tree ? fts_read(tree) : NULL; e; e = fts_read(tree))
		visit(tree, e);
	if (!tree || fts_close(tree) != 0)
		problem(xasprintf("%s: %s", path, strerrordesc_np(errno)));
}

/* web first, then by type; files of one type in order, so that messages are the same everywhere. */
static int compare(const void *pa, const void *pb)
{
	const struct found *a = pa, *b = pb;
	int web = (strcmp(b->type, "web") == 0) - (strcmp(a->type, "web") == 0);
	int type = strcmp(a->type, b->type);

	return web ? web : type ? type : strcmp(a->file, b->file);
}

/* One file found through two given paths is one; two files of one type are a collision. */
static void find_collisions(void)
{
	size_t kept = 0;

	if (me.n > 0)
		qsort(me.v, me.n, sizeof *me.v, compare);
	for (size_t i = 0; i < me.n; i++) {
		struct found *last = kept ? &me.v[kept - 1] : NULL;

		if (last && strcmp(last->file, me.v[i].file) == 0) {
			free(me.v[i].type);
			free(me.v[i].file);
			free(me.v[i].command);
			continue;
		}
		if (last && strcmp(last->type, me.v[i].type) == 0)
			problem(xasprintf("%s and %s both give the process type %s", last->file,
			    me.v[i].file, last->type));
		me.v[kept++] = me.v[i];
	}
	me.n = kept;
}

static bool below_scanned(const char *command)
{
	for (size_t i = 0; i < me.scanned.n; i++) {
		const char *root = me.scanned.v[i];
		size_t n = strlen(root), stem = proctype_stem(root);

		if (n == 0 || (strncmp(command, root, n) == 0 && strchr("/", command[n])))
			return true;
		if (strlen(command) == stem && strncmp(command, root, stem) == 0)
			return true; /* a single source was given: monitors/git/clone.c */
	}
	return false;
}

/* Says the line nothing more than its name does, about one of the places looked at? */
static bool is_own(const struct procfile_entry *e)
{
	struct buf AUTO_BUF type = BUF_INIT(BUF_MAX_LINE);

	return strpbrk(e->command, " \t\"'$;|&<>()*?[#~\\") == NULL &&
	       proctype_of(e->command, &type, NULL) == 0 && strcmp(buf_str(&type), e->name) == 0 &&
	       below_scanned(e->command);
}

/* The old text's lines: kept ones before and after our block, the user's web line, our old ones. */
struct old {
	struct strv before, after, own, names;
	char *web;
};

static void sort_line(struct old *o, const char *line, size_t len)
{
	struct procfile one = {0};

	procfile_parse(&(struct text){line, len, me.procfile}, &one, NULL, NULL);
	if (one.n && is_own(&one.v[0])) {
		strv_addn(&o->own, line, len);
	} else if (one.n && strcmp(one.v[0].name, "web") == 0 && !o->web) {
		o->web = xmemdup0(line, len);
		strv_add(&o->names, "web");
	} else {
		strv_addn(o->own.n ? &o->after : &o->before, line, len);
		if (one.n)
			strv_add(&o->names, one.v[0].name);
	}
	procfile_done(&one);
}

static void sort_lines(struct old *o, const char *text, size_t len)
{
	while (len > 0) {
		const char *end = memchr(text, '\n', len);
		size_t n = end ? (size_t)(end - text) : len;

		sort_line(o, text, n);
		text += n + (end != NULL);
		len -= n + (end != NULL);
	}
}

static bool holds(const struct strv *v, const char *text)
{
	for (size_t i = 0; i < v->n; i++)
		if (strcmp(v->v[i], text) == 0)
			return true;
	return false;
}

static bool is_entry(const char *line)
{
	struct procfile one = {0};

	procfile_parse(&(struct text){line, strlen(line), me.procfile}, &one, NULL, NULL);
	bool yes = one.n > 0;

	procfile_done(&one);
	return yes;
}

/* The new text. With --check, lines of ours that are new or gone are told on the way. */
static void compose(struct old *o, struct buf *out, struct strv *differs)
{
	struct strv AUTO_STRV fresh = {0};

	for (size_t i = 0; i < me.n; i++) {
		if (!holds(&o->names, me.v[i].type))
			strv_take(&fresh, xasprintf("%s: %s", me.v[i].type, me.v[i].command));
	}
	for (size_t i = 0; i < o->before.n; i++) {
		if (o->web && is_entry(o->before.v[i])) {
			buf_put(out, "%s\n", o->web);
			free(steal(&o->web));
		}
		buf_put(out, "%s\n", o->before.v[i]);
	}
	if (o->web)
		buf_put(out, "%s\n", o->web);
	for (size_t i = 0; i < fresh.n; i++) {
		buf_put(out, "%s\n", fresh.v[i]);
		if (!holds(&o->own, fresh.v[i]))
			strv_take(differs, xasprintf("%s: lacks \"%s\"", me.procfile, fresh.v[i]));
	}
	for (size_t i = 0; i < o->own.n; i++) {
		if (!holds(&fresh, o->own.v[i]))
			strv_take(differs, xasprintf("%s: has \"%s\" but no such monitor",
					       me.procfile, o->own.v[i]));
	}
	for (size_t i = 0; i < o->after.n; i++)
		buf_put(out, "%s\n", o->after.v[i]);
}

static int tell(const struct strv *lines, int code)
{
	for (size_t i = 0; i < lines->n; i++)
		(void)fprintf(stderr, "create_proc: %s\n", lines->v[i]);
	return code;
}

static int update(struct err *err)
{
	struct buf AUTO_BUF text = BUF_INIT(BUF_MAX_FILE);
	struct buf AUTO_BUF wanted = BUF_INIT(2 * BUF_MAX_FILE);
	struct strv AUTO_STRV differs = {0};
	struct old o = {0};
	int rc = io_read_file(me.procfile, &text, err);

	if (rc && rc != FE_ENOENT)
		return err_exit_code(rc);
	err_done(err);
	if (text.len && memchr(text.p, '\0', text.len))
		return err_exit_code(err_set(err, FE_EUSAGE,
		    "%s: has a NUL byte, expected NAME: COMMAND lines in text", me.procfile));
	sort_lines(&o, buf_str(&text), text.len);
	compose(&o, &wanted, &differs);
	strv_done(&o.before);
	strv_done(&o.after);
	strv_done(&o.own);
	strv_done(&o.names);
	free(o.web);
	if (rc == 0 && text.len == wanted.len && strcmp(buf_str(&text), buf_str(&wanted)) == 0)
		return FE_EXIT_OK;
	if (me.check) {
		if (differs.n == 0)
			strv_take(&differs,
			    xasprintf("%s: has its lines in another order or form", me.procfile));
		strv_take(
		    &differs, xasprintf("%s is stale; bin/create_proc writes it", me.procfile));
		return tell(&differs, FE_EXIT_FAIL);
	}
	rc = io_replace_file(me.procfile, buf_str(&wanted), wanted.len, err);
	return rc ? err_exit_code(rc) : FE_EXIT_OK;
}

/* The folder that the commands are relative to. */
static int find_base(struct err *err)
{
	const char *slash = strrchr(me.procfile, '/');
	AUTO_FREE char *folder =
	    slash ? xmemdup0(me.procfile, (size_t)(slash - me.procfile) + 1) : xstrdup(".");

	me.base = realpath(folder, NULL);
	return me.base ? 0 : err_sys(err, errno, "%s", folder);
}

static int run(const struct strv *paths, struct err *err)
{
	int rc = find_base(err);

	if (rc)
		return err_exit_code(rc);
	for (size_t i = 0; i < paths->n; i++)
		scan(paths->v[i]);
	if (paths->n == 0)
		scan("monitors");
	find_collisions();
	if (me.problems.n)
		return tell(&me.problems, FE_EXIT_USAGE);
	return update(err);
}

int main(int argc, char **argv)
{
	const struct opt rows[] = {
	    {.name = "check",
		.kind = OPT_FLAG,
		.at = &me.check,
		.help = "write nothing; fail and say what differs when the Procfile is stale"},
	    {.name = "procfile",
		.letter = 'f',
		.kind = OPT_STRING,
		.at = &me.procfile,
		.arg = "FILE",
		.def = "Procfile",
		.help = "the Procfile; commands are relative to its folder"},
	    OPT_END,
	};
	const struct opt *const tables[] = {rows, NULL};
	const struct opt_program program = {
	    .name = "bin/create_proc",
	    .summary = "write the Procfile entries of the monitors under a path",
	    .synopsis = "[PATH...]",
	    .about =
		"Lists every C source with a main and every executable with an extension under "
		"the given files and folders (default: monitors) as TYPE: PATH, ordered by type, "
		"web first. Other lines of the Procfile are kept; an entry of one's own with a "
		"monitor's type takes its place.",
	    .exits = "0 done or up to date, 2 stale (--check), 100 a collision, an illegal name or "
		     "wrong usage, 111 the system refused something",
	    .version = FERRET_VERSION,
	    .tables = tables,
	};
	struct strv AUTO_STRV paths = {0};
	struct err err = ERR_INIT;
	int rc = opt_parse(&program, argc, argv, &paths, &err);

	if (rc == OPT_SHOWN)
		return FE_EXIT_OK;
	rc = rc ? FE_EXIT_USAGE : run(&paths, &err);
	if (err.code)
		err_print("create_proc", &err);
	err_done(&err);
	for (size_t i = 0; i < me.n; i++) {
		free(me.v[i].type);
		free(me.v[i].file);
		free(me.v[i].command);
	}
	free(me.v);
	free(me.base);
	strv_done(&me.scanned);
	strv_done(&me.problems);
	return rc;
}
