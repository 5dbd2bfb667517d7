/* SPDX-License-Identifier: MIT */
/* plan: Procfile, env files and settings to the processes wanted. */
#include "plan.h"

#include <sys/stat.h>
#include <unistd.h>

#include "env.h"
#include "num.h"
#include "path.h"
#include "plan_in.h"
#include "xmem.h"

/* Where problems go: all into a list (check), or the first one alone. */
struct problems {
	bool strict;
	struct strv *list;
	size_t left_out;
};

static void problem(struct problems *to, char *text)
{
	if (to->list->n < PLAN_MAX_PROBLEMS) {
		strv_take(to->list, text);
		return;
	}
	to->left_out++;
	free(text);
}

/* Take over an error's text; the error is empty afterwards. */
static void problem_err(struct problems *to, struct err *err)
{
	problem(to, xstrdup(err_text(err)));
	err_done(err);
}

static void odd_line(void *arg, const char *path, int line, const char *why)
{
	struct problems *to = arg;

	if (to->strict)
		problem(to, xasprintf("%s:%d: %s", path, line, why));
}

static void read_env_file(struct plan *p, const char *path, struct problems *to)
{
	struct err err = ERR_INIT;
	int rc = env_read(path, &p->env, odd_line, to, &err);

	if (rc == FE_ENOENT)
		problem(to, xasprintf("%s does not exist.", path));
	else if (rc)
		problem_err(to, &err);
	err_done(&err);
}

static void read_env(struct plan *p, const struct config *c, struct problems *to)
{
	for (size_t i = 0; i < c->env_files.n; i++)
		read_env_file(p, c->env_files.v[i], to);
	if (c->env_given)
		return;
	AUTO_FREE char *dir = c->root ? config_env_dir(c) : NULL;
	AUTO_FREE char *path = dir ? xasprintf("%s/.env", dir) : xstrdup(".env");
	struct stat st;

	if (stat(path, &st) == 0 && S_ISREG(st.st_mode))
		read_env_file(p, path, to);
}

static void find_paths(struct plan *p, const struct config *c)
{
	AUTO_FREE char *root = c->root ? path_absolute(c->root) : NULL;

	if (c->procfile)
		p->procfile_path = xstrdup(c->procfile);
	else
		p->procfile_path = root ? xasprintf("%s/Procfile", root) : xstrdup("Procfile");
	AUTO_FREE char *dir = path_dirname(p->procfile_path);

	p->root = root ? steal(&root) : path_absolute(dir);
}

static int by_name_then_line(const void *a, const void *b)
{
	const struct procfile_entry *x = a, *y = b;
	int c = strcmp(x->name, y->name);

	return c ? c : x->line - y->line;
}

/* Two entries of one name cannot be told apart in lines, ps and restart. */
static void check_duplicates(struct plan *p, struct problems *to)
{
	AUTO_FREE struct procfile_entry *sorted = xcalloc(p->procfile.n + 1, sizeof *sorted);

	for (size_t i = 0; i < p->procfile.n; i++)
		sorted[i] = p->procfile.v[i]; /* a view: nothing in it is freed here */
	qsort(sorted, p->procfile.n, sizeof *sorted, by_name_then_line);
	for (size_t i = 1; i < p->procfile.n; i++)
		if (strcmp(sorted[i].name, sorted[i - 1].name) == 0)
			problem(to,
			    xasprintf("%s:%d: '%s' is there already in line %d, expected a name of "
				      "its own",
				p->procfile_path, sorted[i].line, sorted[i].name,
				sorted[i - 1].line));
}

static void read_procfile(struct plan *p, struct problems *to)
{
	struct err err = ERR_INIT;

	if (procfile_read(p->procfile_path, &p->procfile, odd_line, to, &err)) {
		if (to->strict && err.code == FE_ENOENT && access(p->procfile_path, F_OK) == 0)
			err_set(&err, FE_ENOENT, "%s is no regular file, which could be read again",
			    p->procfile_path);
		problem_err(to, &err);
		return;
	}
	if (to->strict)
		check_duplicates(p, to);
	p->n = p->procfile.n;
	p->v = xcalloc(p->n + 1, sizeof *p->v);
	for (size_t i = 0; i < p->n; i++)
		p->v[i] =
		    (struct plan_entry){p->procfile.v[i].name, p->procfile.v[i].command, (int)i, 0};
}

static void want_entries(struct plan *p, struct problems *to)
{
	if (p->n > 0 || to->list->n > 0)
		return;
	if (!to->strict)
		problem(to, xstrdup("no processes defined"));
	else
		problem(to, xasprintf("%s: no processes defined, expected lines of the form NAME: "
				      "COMMAND",
				p->procfile_path));
}

static void find_port(struct plan *p, const struct config *c, struct problems *to)
{
	const char *in_file = strv_getenv(&p->env, "PORT"), *in_env = getenv("PORT");
	const char *text = c->port ? c->port : in_file ? in_file : in_env;
	const char *label = c->port   ? "option --port"
			    : in_file ? "PORT of the env files"
				      : "environment PORT";

	p->base_port = 5000;
	if (!text)
		return;
	if (!to->strict)
		p->base_port = plan_to_i(text);
	else if (num_i64(text, 1, 65535, &p->base_port))
		problem(to, xasprintf("%s: '%s' is no port, expected 1 to 65535", label, text));
}

/* All names, for errors that say what there is; long lists are cut with their count. */
static char *names_of(const struct plan *p)
{
	char *out = xstrdup("");
	size_t i = 0;

	for (; i < p->n && strlen(out) < 200; i++) {
		char *longer = xasprintf("%s%s%s", out, i ? ", " : "", p->v[i].name);

		free(out);
		out = longer;
	}
	if (i == p->n)
		return out;
	char *cut = xasprintf("%s and %zu more", out, p->n - i);

	free(out);
	return cut;
}

static void apply_formation(
    struct plan *p, const struct config *c, const char *only, struct problems *to)
{
	AUTO_FREE char *one = only ? xasprintf("%s=1", only) : NULL;
	const char *wanted = one ? one : c->formation ? c->formation : "all=1";
	bool starts = to->strict || strcmp(c->command, "start") == 0;

	if (only && p->n && !procfile_find(&p->procfile, only)) {
		AUTO_FREE char *names = names_of(p);

		problem(
		    to, xasprintf("'%s' is no entry of %s (%s)", only, p->procfile_path, names));
		return;
	}
	struct strv AUTO_STRV bad = {0};

	if (p->n)
		plan_formation_all(p, wanted, to->strict, &bad);
	for (size_t i = 0; i < bad.n; i++)
		problem(to, xstrdup(bad.v[i]));
	if (p->n && !bad.n && starts && p->instances == 0)
		problem(to, xasprintf("formation: '%s' starts nothing", wanted));
}

static int digits(int n)
{
	int d = 1;

	for (; n > 9; n /= 10)
		d++;
	return d;
}

static void find_width(struct plan *p)
{
	int most = 0;

	p->width = 6;
	for (size_t i = 0; i < p->n; i++)
		most = p->v[i].count > most ? p->v[i].count : most;
	for (size_t i = 0; i < p->n; i++) {
		int w = (int)strlen(p->v[i].name) + 1 + digits(most);

		p->width = w > p->width ? w : p->width;
	}
}

static void load(struct plan *p, const struct config *c, const char *only, struct problems *to)
{
	*p = (struct plan){0};
	find_paths(p, c);
	read_env(p, c, to);
	read_procfile(p, to);
	want_entries(p, to);
	find_port(p, c, to);
	apply_formation(p, c, only, to);
	find_width(p);
}

/* The first of the problems as the error. */
static int first_problem(struct plan *p, const struct problems *found, struct err *err)
{
	size_t more = found->list->n + found->left_out;

	if (more == 0)
		return 0;
	plan_done(p);
	if (!found->strict || more == 1)
		return err_set(err, FE_EUSAGE, "%s", found->list->v[0]);
	return err_set(err, FE_EUSAGE, "%s (and %zu more: ferret check tells all)",
	    found->list->v[0], more - 1);
}

int plan_load(struct plan *p, const struct config *c, const char *only, struct err *err)
{
	struct strv AUTO_STRV list = {0};
	struct problems found = {!c->foreman, &list, 0};

	load(p, c, only, &found);
	return first_problem(p, &found, err);
}

int plan_load_run(struct plan *p, const struct config *c, struct err *err)
{
	struct strv AUTO_STRV list = {0};
	struct problems found = {!c->foreman, &list, 0};
	struct stat st;

	*p = (struct plan){0};
	find_paths(p, c);
	read_env(p, c, &found);
	found.strict = false; /* what is wrong inside it is told by start and check */
	if (stat(p->procfile_path, &st) == 0 && S_ISREG(st.st_mode))
		read_procfile(p, &found);
	else if (c->procfile && !c->foreman)
		problem(&found, xasprintf("%s does not exist.", p->procfile_path));
	return first_problem(p, &found, err);
}

void plan_problems(const struct config *c, struct strv *out)
{
	struct problems found = {true, out, 0};
	struct plan p;

	load(&p, c, NULL, &found);
	if (found.left_out)
		strv_take(out, xasprintf("and %zu more problems", found.left_out));
	plan_done(&p);
}

int64_t plan_port(const struct plan *p, const struct plan_entry *e, int instance)
{
	return p->base_port + 100 * (int64_t)e->position + instance - 1;
}

void plan_env(const struct plan *p, const struct plan_entry *e, int instance, struct strv *out)
{
	for (char **v = environ; *v; v++)
		strv_add(out, *v);
	for (size_t i = 0; i < p->env.n; i++)
		strv_add(out, p->env.v[i]);
	if (e) {
		strv_take(out, xasprintf("PORT=%lld", (long long)plan_port(p, e, instance)));
		strv_take(out, xasprintf("PS=%s.%d", e->name, instance));
	}
	env_last_wins(out);
}

void plan_done(struct plan *p)
{
	if (!p)
		return;
	procfile_done(&p->procfile);
	strv_done(&p->env);
	free(p->v);
	free(p->root);
	free(p->procfile_path);
	*p = (struct plan){0};
}
