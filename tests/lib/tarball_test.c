/* SPDX-License-Identifier: MIT */
/* tarball: what real tar reads back; the same bytes each time; files that cannot be taken; which
 * files belong to a tree. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdlib.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "buf.h"
#include "io.h"
#include "scratch.h"
#include "tarball.h"
#include "xmem.h"

struct place {
	char *dir;
	int lock;
};

static int make_place(void **state)
{
	struct place *p = xcalloc(1, sizeof *p);

	p->lock = -1;
	p->dir = scratch_make(&p->lock);
	assert_non_null(p->dir);
	assert_int_equal(chdir(p->dir), 0);
	assert_int_equal(mkdir("tree", 0755), 0);
	*state = p;
	return 0;
}

static int leave_place(void **state)
{
	struct place *p = *state;

	assert_int_equal(chdir("/"), 0);
	scratch_remove(p->dir);
	io_close(&p->lock);
	free(p->dir);
	free(p);
	return 0;
}

static void put(const char *path, const char *text, mode_t mode)
{
	AUTO_FD int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(io_write_all(fd, text, strlen(text)), 0);
	assert_int_equal(fchmod(fd, mode), 0);
}

static void run(const char *command)
{
	if (system(command) != 0) // NOLINT(cert-env33-c): the test's own words
		fail_msg("%s", command);
}

/* What command says. Caller frees. */
static char *said(const char *command)
{
	struct buf AUTO_BUF out = BUF_INIT(BUF_MAX_FILE);
	AUTO_FREE char *to = xasprintf("(%s) >said 2>&1", command);

	run(to);
	assert_int_equal(io_read_file("said", &out, NULL), 0);
	return out.len ? buf_take(&out) : xstrdup("");
}

/* The archive as the file `packed`, its digest by sha256sum the one that was told. */
static void save(struct tarball *t)
{
	AUTO_FD int fd = open("packed", O_WRONLY | O_CREAT | O_TRUNC, 0600);
	char chunk[4096];
	uint64_t all = 0;
	ssize_t n;

	while ((n = read(t->fd, chunk, sizeof chunk)) > 0) {
		assert_int_equal(io_write_all(fd, chunk, (size_t)n), 0);
		all += (uint64_t)n;
	}
	assert_int_equal(all, t->bytes);
	AUTO_FREE char *sum = said("sha256sum <packed");
	assert_memory_equal(sum, t->sha256, 64);
}

static void pack(const struct tarball_opts *opts)
{
	struct tarball t = {0};
	struct err err = ERR_INIT;

	if (tarball_make(opts, &t, &err))
		fail_msg("%s", err_text(&err));
	save(&t);
	tarball_done(&t);
	tarball_done(&t);
}

static void refuses(const char *path, const char *why)
{
	struct strv AUTO_STRV paths = {0};
	struct tarball t = {0};
	struct err err = ERR_INIT;

	strv_add(&paths, path);
	assert_int_equal(
	    tarball_make(&(struct tarball_opts){.dir = "tree", .paths = &paths}, &t, &err),
	    FE_EUSAGE);
	assert_string_equal(err_text(&err), why);
	assert_int_equal(t.bytes, 0);
	err_done(&err);
}

static void tar_reads_it_back(void **state)
{
	char deep[600] = "tree/", name[300];

	(void)state;
	put("tree/plain", "one\n", 0600);
	put("tree/run", "#!/bin/sh\n", 0775);
	put("tree/empty", "", 0644);
	put("tree/new\nline and \\ \303\244", "odd\n", 0644);
	assert_int_equal(symlink("run", "tree/link"), 0);
	assert_int_equal(symlink("/nowhere/at all", "tree/dangling"), 0);
	memset(name, 'n', sizeof name);
	name[101] = '\0';
	memcpy(deep + 5, name, 102);
	put(deep, "name of 101\n", 0644);
	memset(name, 'd', 200);
	name[200] = '\0';
	memcpy(deep + 5, name, 201);
	assert_int_equal(mkdir(deep, 0755), 0);
	deep[205] = '/';
	memset(deep + 206, 'f', 200);
	deep[406] = '\0';
	put(deep, "path of 401\n", 0644);
	memset(deep + 206, 'l', 90);
	deep[296] = '\0';
	memset(name, 't', 299);
	name[299] = '\0';
	assert_int_equal(symlink(name, deep), 0);
	run("mkdir -p tree/a/b && head -c 1300000 /dev/urandom >tree/a/b/big");
	pack(&(struct tarball_opts){.dir = "tree"});
	run("gzip -t packed && mkdir out && tar -xzf packed -C out && diff -r --no-dereference "
	    "tree "
	    "out");
	AUTO_FREE char *types = said("tar -tvzf packed | cut -c1-10 | sort | uniq -c | tr -s ' '");
	assert_string_equal(types, " 6 -rw-r--r--\n 1 -rwxr-xr-x\n 3 lrwxrwxrwx\n");
	AUTO_FREE char *owners =
	    said("tar --numeric-owner --utc -tvzf packed | tr -s ' ' | cut -d' ' -f2,4 | sort -u");
	assert_string_equal(owners, "0/0 1980-01-01\n");
	run("python3 -c 'import tarfile; t = tarfile.open(\"packed\"); "
	    "assert len(t.getmembers()) == 10' ");
}

static void the_same_tree_gives_the_same_bytes(void **state)
{
	struct tarball t = {0}, u = {0}, v = {0};
	struct tarball_opts opts = {.dir = "tree"}, other = {.dir = "copy"};

	(void)state;
	run("umask 022; mkdir tree/b tree/a; echo 1 >tree/b/x; echo 2 >tree/a/y; chmod 755 "
	    "tree/a/y");
	run("umask 077; mkdir -p copy/a copy/b; echo 2 >copy/a/y; echo 1 >copy/b/x; "
	    "chmod 700 copy/a/y; touch -d 2001-01-01 copy/b/x");
	assert_int_equal(tarball_make(&opts, &t, NULL), 0);
	assert_int_equal(tarball_make(&other, &u, NULL), 0);
	assert_string_equal(t.sha256, u.sha256);
	assert_int_equal(t.files, 2);
	assert_int_equal(t.content, 4);
	run("chmod 644 copy/a/y");
	assert_int_equal(tarball_make(&other, &v, NULL), 0);
	assert_string_not_equal(t.sha256, v.sha256);
	tarball_done(&t);
	tarball_done(&u);
	tarball_done(&v);
}

static void a_prefix_and_files_more(void **state)
{
	struct strv AUTO_STRV paths = {0};

	(void)state;
	put("tree/VERSION", "old", 0755);
	put("tree/x", "x", 0644);
	put("tree/y", "y", 0644);
	strv_split(&paths, "y x VERSION y", " ");
	pack(&(struct tarball_opts){.dir = "tree",
	    .prefix = "./app/",
	    .paths = &paths,
	    .extra = (const struct tarball_extra[]){{"VERSION", "7"}, {"new", "8"}, {NULL, NULL}}});
	AUTO_FREE char *names = said("tar -tzf packed; tar -xzOf packed ./app/VERSION ./app/new");
	assert_string_equal(names, "./app/VERSION\n./app/new\n./app/x\n./app/y\n78");
}

static void what_cannot_be_taken_is_named(void **state)
{
	(void)state;
	refuses("gone", "gone: No such file or directory");
	run("mkdir tree/sub && mkfifo tree/pipe");
	refuses("sub", "sub: expected a file or a symlink, is a directory");
	refuses("pipe", "pipe: expected a file or a symlink, is neither");
	refuses("../tree/x",
	    "../tree/x: expected a path below the directory, without empty, . and .. parts");
	refuses("/etc/passwd",
	    "/etc/passwd: expected a path below the directory, without empty, . and .. parts");
	refuses(
	    "sub/..", "sub/..: expected a path below the directory, without empty, . and .. parts");
	refuses("", ": expected a path below the directory, without empty, . and .. parts");
	put("tree/secret", "s", 0);
	if (geteuid() != 0)
		refuses("secret", "secret: Permission denied");
	struct tarball t = {0};
	struct err err = ERR_INIT;
	assert_int_equal(
	    tarball_make(&(struct tarball_opts){.dir = "missing"}, &t, &err), FE_EUSAGE);
	assert_string_equal(err_text(&err), "missing: expected a directory");
	err_done(&err);
}

static void a_file_that_changes_is_named(void **state)
{
	struct tarball t = {0};
	struct err err = ERR_INIT;
	pid_t pid = -1;

	(void)state;
	run("head -c 20000000 /dev/urandom >tree/log");
	pid = fork();
	if (pid == 0) {
		for (;;) {
			int fd = open("tree/log", O_WRONLY | O_APPEND | O_CLOEXEC);
			if (fd < 0 || write(fd, "more\n", 5) != 5)
				_exit(1);
			(void)close(fd);
		}
	}
	int rc = tarball_make(&(struct tarball_opts){.dir = "tree"}, &t, &err);
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
	assert_int_equal(rc, FE_EUSAGE);
	assert_string_equal(
	    err_text(&err), "log: changed while it was read; try again when nothing writes to it");
	err_done(&err);
}

static char *listed(const char *dir)
{
	struct strv AUTO_STRV paths = {0};
	struct buf AUTO_BUF out = BUF_INIT(BUF_MAX_TEXT);
	struct err err = ERR_INIT;

	if (tarball_list(dir, &paths, &err)) {
		char *text = xstrdup(err_text(&err));
		err_done(&err);
		return text;
	}
	for (size_t i = 0; i < paths.n; i++)
		buf_put(&out, "%s ", paths.v[i]);
	return out.len ? buf_take(&out) : xstrdup("");
}

static void a_tree_without_git_is_walked(void **state)
{
	(void)state;
	run("cd tree && mkdir -p a/.git/x b && touch a/1 b/2 .env .hidden a/.git/HEAD && ln -s b c "
	    "&& "
	    "mkfifo p");
	AUTO_FREE char *is = listed("tree/");
	assert_string_equal(is, ".hidden a/1 b/2 c ");
}

#define GIT "git -c user.name=x -c user.email=x@y -c init.defaultBranch=main "

static void git_tells_what_belongs_to_its_tree(void **state)
{
	(void)state;
	run("cd tree && " GIT
	    "init -q && printf 'out\\n*.o\\n.env\\n' >.gitignore && mkdir d out && "
	    "touch -- out/x d/1 d/2.o d/gone '-odd name' .env && " GIT "add -A && " GIT
	    "commit -qm x && rm d/gone && touch d/new");
	AUTO_FREE char *is = listed("tree");
	assert_string_equal(is, "-odd name .gitignore d/1 d/new ");
	AUTO_FREE char *below = listed("tree/d");
	assert_string_equal(below, "1 new ");
	/* A hook's or caller's own repository is not meant. */
	assert_int_equal(setenv("GIT_DIR", "/nonexistent", 1), 0);
	AUTO_FREE char *again = listed("tree");
	assert_int_equal(unsetenv("GIT_DIR"), 0);
	assert_string_equal(again, is);
	/* A repository within, unknown, then known. */
	static const char *const wanted_nested =
	    "-odd name .gitignore d/1 d/new nested/.gitignore nested/n ";
	run("cd tree && " GIT "init -q nested && cd nested && touch n n.o && echo '*.o' "
	    ">.gitignore && " GIT "add -A && " GIT "commit -qm n");
	AUTO_FREE char *unknown = listed("tree");
	assert_string_equal(unknown, wanted_nested);
	run("cd tree && git add nested 2>/dev/null");
	AUTO_FREE char *known = listed("tree");
	assert_string_equal(known, wanted_nested);
	run("cd tree && rm -rf nested && mkdir nested");
	AUTO_FREE char *unfetched = listed("tree");
	assert_string_equal(unfetched, is);
	AUTO_FREE char *commit = tarball_commit("tree");
	AUTO_FREE char *wanted = said("git -C tree rev-parse HEAD | cut -c1-12 | tr -d '\\n'");
	AUTO_FREE char *dirty = xasprintf("%s-dirty", wanted);
	assert_string_equal(commit, dirty);
}

static void git_that_cannot_tell_is_quoted(void **state)
{
	(void)state;
	run("cd tree && " GIT "init -q && echo '[x' >.git/config");
	AUTO_FREE char *is = listed("tree");
	if (!strstr(is, "tree: git cannot list its files: fatal: bad config"))
		fail_msg("%s", is);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define IN_PLACE(f) cmocka_unit_test_setup_teardown(f, make_place, leave_place)
	    IN_PLACE(tar_reads_it_back),
	    IN_PLACE(the_same_tree_gives_the_same_bytes),
	    IN_PLACE(a_prefix_and_files_more),
	    IN_PLACE(what_cannot_be_taken_is_named),
	    IN_PLACE(a_file_that_changes_is_named),
	    IN_PLACE(a_tree_without_git_is_walked),
	    IN_PLACE(git_tells_what_belongs_to_its_tree),
	    IN_PLACE(git_that_cannot_tell_is_quoted),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
