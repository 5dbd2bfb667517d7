/* SPDX-License-Identifier: MIT */
/*
 * git: real pushes and clones. What http-backend answers is fed to the real git client by a small
 * httpd on the loop; the hook runs this very program.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../sandbox/flow.h"
#include "../../sandbox/git.h"
#include "../../sandbox/head.h"
#include "../../sandbox/sock.h"
#include "io.h"
#include "loop.h"
#include "num.h"
#include "scratch.h"
#include "xmem.h"

struct world {
	uv_loop_t loop;
	struct kids *kids;
	struct git *git;
	struct sock_listener *httpd;
	char *dir, *repos;
	int lock;
	bool refuse, shell_over;
	int shell_code;
	unsigned pushes;
	struct buf seen, out;
	struct flow *shell_out;
};

static char self[4096];

/* One connection of httpd: one request, collected, given to git. */
struct request {
	struct world *w;
	struct flow *flow;
	struct buf in;
	struct git_call *call;
	bool over;
};

static void on_push(void *arg, struct git_push *p)
{
	struct world *w = arg;
	static const char pieces[] = "Building source:\n\n-----> odd pieces of output\n";

	w->pushes++;
	/* the objects of the push can be seen before it is taken */
	AUTO_FREE char *command = xasprintf("%s %s git --git-dir='%s' show %s:file >'%s/file'",
	    git_push_env(p)[0], git_push_env(p)[1], git_push_dir(p), git_push_commit(p), w->dir);
	/* NOLINTNEXTLINE(bugprone-command-processor,cert-env33-c): the test's own words */
	assert_int_equal(system(command), 0);
	for (size_t i = 0; i < sizeof pieces - 1; i += 7)
		git_push_say(p, pieces + i, sizeof pieces - 1 - i < 7 ? sizeof pieces - 1 - i : 7);
	buf_put(&w->seen, "%s ", git_push_app(p));
	git_push_done(p, !w->refuse);
}

static void give_head(void *arg, int status, const char *headers)
{
	struct request *r = arg;
	AUTO_FREE char *text =
	    xasprintf("HTTP/1.1 %d X\r\n%sConnection: close\r\n\r\n", status, headers);

	assert_non_null(strcasestr(headers, "Content-Type:"));
	(void)flow_write(r->flow, text, strlen(text));
}

static void give_data(void *arg, const char *p, size_t n)
{
	(void)flow_write(((struct request *)arg)->flow, p, n);
}

static void free_request(struct request *r)
{
	flow_close(r->flow, true);
	buf_done(&r->in);
	free(r);
}

static void give_end(void *arg)
{
	free_request(arg);
}

static void serve(struct request *r, struct head *h, const char *body, size_t n)
{
	struct err err = ERR_INIT;
	char *query = strchr(h->first[1], '?');
	int AUTO_FD fd = memfd_create("body", MFD_CLOEXEC);

	assert_int_equal(io_write_all(fd, body, n), 0);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	if (query)
		*query++ = '\0';
	r->call = git_start(r->w->git,
	    &(struct git_request){.method = h->first[0],
		.path = h->first[1],
		.query = query,
		.content_type = head_get(h, "Content-Type"),
		.content_encoding = head_get(h, "Content-Encoding"),
		.protocol = head_get(h, "Git-Protocol"),
		.body = fd},
	    &(struct git_answer){.arg = r, .head = give_head, .data = give_data, .end = give_end},
	    &err);
	assert_non_null(r->call);
}

static void httpd_data(void *arg, const char *p, size_t n)
{
	struct request *r = arg;
	struct head h;
	uint64_t length = 0;
	enum head_body kind;

	assert_int_equal(buf_add(&r->in, p, n), 0);
	size_t len = head_length(r->in.p, r->in.len);

	if (!len || r->call)
		return;
	assert_int_equal(head_parse(r->in.p, len, &h), 0);
	assert_int_equal(head_request_body(&h, &kind, &length), 0);
	assert_int_not_equal(kind, HEAD_CHUNKED); /* small pushes have a length */
	if (r->in.len - len >= length)
		serve(r, &h, r->in.p + len, length);
	head_done(&h);
}

static void httpd_end(void *arg)
{
	struct request *r = arg;

	if (r->call)
		git_abandon(r->call);
	free_request(r);
}

static void httpd_accept(void *arg, int fd)
{
	struct world *w = arg;
	struct request *r = xcalloc(1, sizeof *r);

	*r = (struct request){.w = w, .in = BUF_INIT(1 << 22)};
	r->flow = flow_new(
	    &w->loop, fd, &(struct flow_events){.arg = r, .data = httpd_data, .end = httpd_end});
}

static int set_up(void **state)
{
	static struct world w;
	struct err err = ERR_INIT;

	w = (struct world){.seen = BUF_INIT(4096), .out = BUF_INIT(1 << 20)};
	assert_int_equal(uv_loop_init(&w.loop), 0);
	w.kids = kids_new(&w.loop);
	w.dir = scratch_make(&w.lock);
	w.repos = xasprintf("%s/repos", w.dir);
	assert_int_equal(git_new(
			     &(struct git_rules){
				 .loop = &w.loop, .kids = w.kids, .dir = w.repos, .program = self},
			     &(struct git_events){.arg = &w, .push = on_push}, &w.git, &err),
	    0);
	assert_int_equal(sock_listen(&w.loop, (struct sock_at){"127.0.0.1", 0}, httpd_accept, &w,
			     &w.httpd, &err),
	    0);
	assert_int_equal(git_repo_make(w.git, "canary", &err), 0);
	assert_int_equal(git_repo_make(w.git, "canary", &err), 0);
	*state = &w;
	return 0;
}

static int tear_down(void **state)
{
	struct world *w = *state;

	git_close(w->git);
	sock_close(w->httpd);
	kids_close(w->kids);
	assert_int_equal(uv_run(&w->loop, UV_RUN_DEFAULT), 0);
	assert_int_equal(uv_loop_close(&w->loop), 0);
	scratch_remove(w->dir);
	io_close(&w->lock);
	free(w->dir);
	free(w->repos);
	buf_done(&w->seen);
	buf_done(&w->out);
	return 0;
}

static void shell_data(void *arg, const char *p, size_t n)
{
	assert_int_equal(buf_add(&((struct world *)arg)->out, p, n), 0);
}

static void shell_end(void *arg)
{
	((struct world *)arg)->shell_over = true;
}

static void shell_exit(void *arg, int code)
{
	((struct world *)arg)->shell_code = code;
}

/* A shell command beside the loop; $url is the app's repository. */
static int shell(struct world *w, const char *text)
{
	struct err err = ERR_INIT;
	AUTO_FREE char *all = xasprintf(
	    "cd '%s' && export HOME=$PWD GIT_TERMINAL_PROMPT=0 GIT_CONFIG_NOSYSTEM=1 "
	    "GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a "
	    "no_proxy='*' url=http://127.0.0.1:%u/canary.git && %s",
	    w->dir, (unsigned)sock_port(w->httpd), text);
	char sh[] = "/bin/sh", c[] = "-c";
	char *argv[] = {sh, c, all, NULL};
	int fd[2];
	pid_t pid;

	w->shell_over = false;
	w->shell_code = -1;
	buf_clear(&w->out);
	assert_int_equal(pipe2(fd, O_CLOEXEC), 0);
	assert_int_equal(
	    kids_spawn(w->kids,
		&(struct guard_spawn){.argv = argv, .in = -1, .out = fd[1], .err = fd[1]},
		shell_exit, w, &pid, &err),
	    0);
	io_close(&fd[1]);
	w->shell_out = flow_new(
	    &w->loop, fd[0], &(struct flow_events){.arg = w, .data = shell_data, .end = shell_end});
	LOOP_UNTIL(&w->loop, w->shell_over && w->shell_code >= 0);
	flow_close(w->shell_out, false);
	return w->shell_code;
}

#define COMMIT "git init -q -b main s && cd s && echo text >file && git add . && git commit -qm one"

static void an_empty_one_is_cloned(void **state)
{
	struct world *w = *state;

	assert_int_equal(shell(w, "git clone $url x"), 0);
	assert_non_null(strstr(buf_str(&w->out), "cloned an empty repository"));
}

static void a_push_builds_and_is_taken(void **state)
{
	struct world *w = *state;

	assert_int_equal(shell(w, COMMIT " && git push $url main"), 0);
	assert_int_equal(w->pushes, 1);
	assert_string_equal(buf_str(&w->seen), "canary ");
	assert_non_null(strstr(buf_str(&w->out), "remote: Building source:"));
	assert_non_null(strstr(buf_str(&w->out), "remote: -----> odd pieces of output"));
	assert_int_equal(shell(w, "grep -qx text file && git clone -q $url y && cat y/file"), 0);
	assert_string_equal(buf_str(&w->out), "text\n");
	assert_int_equal(shell(w, "cd s && git push $url main"), 0);
	assert_int_equal(w->pushes, 1); /* nothing new: no build */
}

static void a_refusal_is_the_hooks(void **state)
{
	struct world *w = *state;

	w->refuse = true;
	assert_int_not_equal(shell(w, COMMIT " && git push $url main"), 0);
	assert_non_null(strstr(
	    buf_str(&w->out), "! [remote rejected] main -> main (pre-receive hook declined)"));
	assert_int_equal(shell(w, "git ls-remote $url"), 0);
	assert_string_equal(buf_str(&w->out), "");
}

static void another_branch_does_not_build(void **state)
{
	struct world *w = *state;

	assert_int_equal(shell(w, COMMIT " && git push $url main:topic"), 0);
	assert_int_equal(w->pushes, 0);
	assert_non_null(strstr(buf_str(&w->out), "Pushed to non-main branch, skipping build."));
}

static void other_paths_are_none_of_gits(void **state)
{
	struct world *w = *state;
	static const char *const bad[] = {"/canary.git/config", "/../x.git/info/refs",
	    "/a/b.git/info/refs", "/.git/info/refs", "/Canary.git/info/refs", "x"};

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct err err = ERR_INIT;

		assert_null(git_start(w->git,
		    &(struct git_request){.method = "GET", .path = bad[i], .body = -1},
		    &(struct git_answer){.arg = w}, &err));
		assert_int_equal(err.code, FE_EINVAL);
		err_done(&err);
	}
	assert_int_not_equal(shell(w, "git ls-remote ${url%canary.git}nosuch.git"), 0);
	assert_non_null(strstr(buf_str(&w->out), "not found"));
}

#define ROW(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {ROW(an_empty_one_is_cloned),
	    ROW(a_push_builds_and_is_taken), ROW(a_refusal_is_the_hooks),
	    ROW(another_branch_does_not_build), ROW(other_paths_are_none_of_gits)};

	if (argc == 3 && strcmp(argv[1], "git-hook") == 0)
		return git_hook_main(argv[2]);
	if (readlink("/proc/self/exe", self, sizeof self - 1) < 0 || guard_adopt() < 0)
		return 1;
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
