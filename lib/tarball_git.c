/* SPDX-License-Identifier: MIT */
/* Which files belong to a working tree: git is asked where there is one, else they are walked. */
#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guard.h"
#include "io.h"
#include "tarball.h"
#include "xmem.h"

#define NESTED_MAX 16 /* repositories within repositories */

/* ---- git, without a shell ---- */

/* Of a hook's or a caller's own repository: they would be taken for ours. */
static bool misleads(const char *pair)
{
	static const char *const keys[] = {
	    "GIT_DIR=", "GIT_WORK_TREE=", "GIT_INDEX_FILE=", "GIT_COMMON_DIR=", "GIT_PREFIX="};

	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		if (strncmp(pair, keys[i], strlen(keys[i])) == 0)
			return true;
	return false;
}

static int read_back(int fd, struct buf *out)
{
	char chunk[16384];
	ssize_t n;

	if (lseek(fd, 0, SEEK_SET) < 0)
		return FE_EIO;
	while ((n = read(fd, chunk, sizeof chunk)) > 0)
		if (buf_add(out, chunk, (size_t)n))
			return FE_ELIMIT;
	return n < 0 ? FE_EIO : 0;
}

/* What git says goes to memory, not to a pipe: nobody has to read while it runs. */
static int run_git(struct strv *args, struct buf *out, struct buf *words, struct err *err)
{
	struct strv AUTO_STRV env = {0};
	AUTO_FD int to = memfd_create("git", MFD_CLOEXEC);
	AUTO_FD int told = memfd_create("git", MFD_CLOEXEC);
	int status = 0, rc;
	pid_t pid;

	for (char **e = environ; *e; e++)
		if (!misleads(*e))
			strv_add(&env, *e);
	if (to < 0 || told < 0)
		return err_sys(err, errno, "memory for git's answer");
	struct guard_spawn s = {
	    .argv = strv_argv(args),
	    .envp = strv_argv(&env),
	    .in = -1,
	    .out = to,
	    .err = told,
	    .group_only = true,
	};
	rc = guard_spawn(&s, &pid, err);
	if (rc)
		return rc;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return err_sys(err, errno, "git");
	rc = read_back(to, out);
	(void)!read_back(told, words);
	if (rc)
		return err_set(err, rc, "git says more than %zu bytes", out->max);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : FE_EUSAGE;
}

/* Is there a .git in dir or above? */
static bool has_git(const char *dir)
{
	AUTO_FREE char *at = realpath(dir, NULL);

	while (at && *at) {
		AUTO_FREE char *git = xasprintf("%s/.git", at);

		if (access(git, F_OK) == 0)
			return true;
		*strrchr(at, '/') = '\0';
	}
	return false;
}

/* ---- lists ---- */

static int too_many(const char *dir, struct err *err)
{
	return err_set(err, FE_ELIMIT, "%s: more than %lu files, expected a source tree", dir,
	    TARBALL_MAX_FILES);
}

static int list_below(
    const char *root, const char *below, int depth, struct strv *paths, struct err *err);

/* One name of git's list: a file, or a repository of its own (a submodule, or one that nobody knows,
 * with a slash at its end). */
static int take_name(
    const char *root, const char *name, int depth, struct strv *paths, struct err *err)
{
	AUTO_FREE char *full = xasprintf("%s/%s", root, name);
	AUTO_FREE char *git = xasprintf("%s/.git", full);
	struct stat st = {0};

	if (lstat(full, &st) < 0 && (errno == ENOENT || errno == ENOTDIR))
		return 0; /* tracked, and removed */
	if (S_ISDIR(st.st_mode) && access(git, F_OK) < 0)
		return 0; /* a submodule that was never fetched */
	if (!S_ISDIR(st.st_mode)) {
		strv_add(paths, name);
		return paths->n > TARBALL_MAX_FILES ? too_many(root, err) : 0;
	}
	size_t n = strlen(name);
	AUTO_FREE char *below = xmemdup0(name, n && name[n - 1] == '/' ? n - 1 : n);

	return list_below(root, below, depth + 1, paths, err);
}

static int ask_git(
    const char *root, const char *below, int depth, struct strv *paths, struct err *err)
{
	struct strv AUTO_STRV args = {0};
	struct buf AUTO_BUF names = BUF_INIT(TARBALL_MAX_NAMES);
	struct buf AUTO_BUF words = BUF_INIT(BUF_MAX_TEXT);
	AUTO_FREE char *dir = *below ? xasprintf("%s/%s", root, below) : xstrdup(root);

	strv_split(&args, "git -C", " ");
	strv_add(&args, dir);
	strv_split(&args, "ls-files -z -co --exclude-standard", " ");
	int rc = run_git(&args, &names, &words, err);
	if (rc == FE_EUSAGE) {
		const char *said = buf_str(&words);
		size_t n = strcspn(said, "\n");

		return err_set(err, rc, "%s: git cannot list its files: %.*s", dir,
		    (int)(n < 300 ? n : 300), said);
	}
	if (rc)
		return err_wrap(err, "%s is a git working tree, but", dir);
	for (const char *at = buf_str(&names), *end = at + names.len; at < end && !rc;
	     at += strlen(at) + 1) {
		AUTO_FREE char *name = *below ? xasprintf("%s/%s", below, at) : xstrdup(at);

		rc = take_name(root, name, depth, paths, err);
	}
	return rc;
}

static bool left_out(const FTSENT *e)
{
	return e->fts_level > 0 &&
	       (strcmp(e->fts_name, ".git") == 0 || strcmp(e->fts_name, ".env") == 0);
}

static int walk(const char *root, struct strv *paths, struct err *err)
{
	AUTO_FREE char *top = realpath(root, NULL);
	char *const roots[] = {top, NULL};
	FTS *tree = top ? fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL) : NULL;
	size_t skip = top ? strlen(top) + 1 : 0;
	int rc = tree ? 0 : err_sys(err, errno, "%s", root);

	for (FTSENT *e = tree ? fts_read(tree) : NULL; e && !rc; e = rc ? NULL : fts_read(tree)) {
		if (left_out(e))
			(void)fts_set(tree, e, FTS_SKIP);
		else if (e->fts_info == FTS_F || e->fts_info == FTS_SL || e->fts_info == FTS_SLNONE)
			strv_add(paths, e->fts_path + skip);
		else if (e->fts_info == FTS_DNR || e->fts_info == FTS_ERR || e->fts_info == FTS_NS)
			rc = err_set(
			    err, FE_EUSAGE, "%s: %s", e->fts_path, strerrordesc_np(e->fts_errno));
		if (paths->n > TARBALL_MAX_FILES)
			rc = too_many(root, err);
	}
	if (tree)
		(void)fts_close(tree);
	return rc;
}

/* What lies below root/below, named from root. */
static int list_below(
    const char *root, const char *below, int depth, struct strv *paths, struct err *err)
{
	if (depth > NESTED_MAX)
		return err_set(err, FE_ELIMIT, "%s/%s: more than %d repositories in each other",
		    root, below, NESTED_MAX);
	return ask_git(root, below, depth, paths, err);
}

static int by_bytes(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* A file in conflict is listed once for each of its sides. */
static void sort_once(struct strv *paths)
{
	size_t kept = 0;

	if (paths->n)
		qsort(paths->v, paths->n, sizeof *paths->v, by_bytes);
	for (size_t i = 0; i < paths->n; i++) {
		if (kept && strcmp(paths->v[kept - 1], paths->v[i]) == 0)
			free(paths->v[i]);
		else
			paths->v[kept++] = paths->v[i];
	}
	if (paths->n)
		paths->v[kept] = NULL;
	paths->n = kept;
}

int tarball_list(const char *dir, struct strv *paths, struct err *err)
{
	struct stat st;
	int rc;

	if (stat(dir, &st) < 0 || !S_ISDIR(st.st_mode))
		return err_set(err, FE_EUSAGE, "%s: expected a directory", dir);
	rc = has_git(dir) ? list_below(dir, "", 0, paths, err) : walk(dir, paths, err);
	if (!rc)
		sort_once(paths);
	return rc;
}

char *tarball_commit(const char *dir)
{
	struct strv AUTO_STRV args = {0};
	struct buf AUTO_BUF out = BUF_INIT(BUF_MAX_TEXT);
	struct buf AUTO_BUF words = BUF_INIT(BUF_MAX_TEXT);

	if (!has_git(dir))
		return NULL;
	strv_split(&args, "git -C", " ");
	strv_add(&args, dir);
	strv_split(&args, "describe --always --dirty --abbrev=12 --exclude=*", " ");
	if (run_git(&args, &out, &words, NULL) || !out.len)
		return NULL;
	return xmemdup0(out.p, strcspn(out.p, "\n"));
}
