/* SPDX-License-Identifier: MIT */
/* git: the repositories, and requests as CGI runs of git http-backend. */
#include "git.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <strings.h>
#include <unistd.h>

#include "flow.h"
#include "git_hook.h"
#include "guard.h"
#include "head.h"
#include "io.h"
#include "num.h"
#include "scratch.h"
#include "strv.h"
#include "xmem.h"

#define CGI_HEAD_MAX (64UL * 1024)

struct git {
	struct git_rules rules;
	char *dir, *program, *socket;
	struct git_hooks *hooks;
};

struct git_call {
	struct git_answer answer;
	struct flow *out;
	struct buf head;
	bool in_body, reaped, ended, abandoned;
	int code;
};

int git_new(
    const struct git_rules *rules, const struct git_events *ev, struct git **out, struct err *err)
{
	struct git *g = xcalloc(1, sizeof *g);

	*g = (struct git){.rules = *rules,
	    .dir = xstrdup(rules->dir),
	    .program = xstrdup(rules->program),
	    .socket = xasprintf("%s/hook.sock", rules->dir)};
	int rc = 0;

	if (mkdir(g->dir, 0700) < 0 && errno != EEXIST)
		rc = err_sys(err, errno, "%s", g->dir);
	if (rc == 0)
		rc = git_hooks_new(rules->loop, g->socket, ev, &g->hooks, err);
	if (rc < 0)
		git_close(g);
	else
		*out = g;
	return rc;
}

void git_close(struct git *g)
{
	if (!g)
		return;
	git_hooks_close(g->hooks);
	if (g->socket)
		(void)unlink(g->socket);
	free(g->dir);
	free(g->program);
	free(g->socket);
	free(g);
}

/* A short git command to its end; a few milliseconds, so the loop waits for it. */
static int run_git(const char *const *argv, struct err *err)
{
	struct strv AUTO_STRV args = {0}, env = {0};
	pid_t pid;
	int status = 0;

	for (; *argv; argv++)
		strv_add(&args, *argv);
	strv_setenv(&env, "PATH", getenv("PATH") ? getenv("PATH") : "/usr/local/bin:/usr/bin:/bin");
	strv_setenv(&env, "GIT_CONFIG_NOSYSTEM", "1");
	int rc = guard_spawn(
	    &(struct guard_spawn){
		.argv = strv_argv(&args), .envp = strv_argv(&env), .in = -1, .out = -1, .err = -1},
	    &pid, err);

	if (rc < 0)
		return rc;
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return status == 0 ? 0 : err_set(err, FE_ESYS, "git %s failed", args.v[1]);
}

static bool good_name(const char *name, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!islower((unsigned char)name[i]) && !isdigit((unsigned char)name[i]) &&
		    (name[i] != '-' || i == 0))
			return false;
	return n > 0 && n < 64;
}

int git_repo_make(struct git *g, const char *app, struct err *err)
{
	if (!good_name(app, strlen(app)))
		return err_set(err, FE_EINVAL, "app name '%s': wanted a-z, 0-9 and '-'", app);
	AUTO_FREE char *repo = xasprintf("%s/%s.git", g->dir, app);
	AUTO_FREE char *hook = xasprintf("%s/hooks/pre-receive", repo);
	AUTO_FREE char *text =
	    xasprintf("#!/bin/sh\nexec '%s' git-hook '%s'\n", g->program, g->socket);

	if (access(hook, X_OK) == 0)
		return 0;
	int rc = run_git((const char *const[]){"git", "init", "-q", "--bare", "-b", "main",
			     "--template=", repo, NULL},
	    err);
	for (const char *const *c = (const char *const[]){"http.receivepack", "true", "gc.auto",
		 "0", "receive.autogc", "false", "receive.denyNonFastForwards", "false", NULL};
	     rc == 0 && *c; c += 2)
		rc = run_git(
		    (const char *const[]){"git", "--git-dir", repo, "config", c[0], c[1], NULL},
		    err);
	AUTO_FREE char *hooks = xasprintf("%s/hooks", repo);

	if (rc == 0 && mkdir(hooks, 0700) < 0 && errno != EEXIST)
		rc = err_sys(err, errno, "%s", hooks);
	if (rc == 0)
		rc = io_replace_file(hook, text, strlen(text), err);
	if (rc == 0 && chmod(hook, 0700) < 0)
		rc = err_sys(err, errno, "%s", hook);
	return rc;
}

int git_repo_rename(struct git *g, const char *app, const char *to, struct err *err)
{
	AUTO_FREE char *repo = xasprintf("%s/%s.git", g->dir, app);
	AUTO_FREE char *moved = xasprintf("%s/%s.git", g->dir, to);

	if (!good_name(app, strlen(app)) || !good_name(to, strlen(to)))
		return err_set(err, FE_EINVAL, "app name '%s': wanted a-z, 0-9 and '-'", to);
	return rename(repo, moved) == 0 || errno == ENOENT ? 0 : err_sys(err, errno, "%s", moved);
}

void git_repo_remove(struct git *g, const char *app)
{
	AUTO_FREE char *repo = xasprintf("%s/%s.git", g->dir, app);

	if (good_name(app, strlen(app)))
		scratch_remove(repo);
}

void git_repo_recover(struct git *g, const char *app)
{
	static const char *const leftovers[] = {"objects/tmp_objdir-incoming-*",
	    "objects/incoming-*", "*.lock", "refs/heads/*.lock", NULL};

	for (size_t i = 0; good_name(app, strlen(app)) && leftovers[i]; i++) {
		AUTO_FREE char *pattern = xasprintf("%s/%s.git/%s", g->dir, app, leftovers[i]);
		glob_t found;

		/* NOLINTNEXTLINE(concurrency-mt-unsafe): one thread */
		if (glob(pattern, GLOB_NOSORT, NULL, &found) == 0)
			for (size_t n = 0; n < found.gl_pathc; n++)
				scratch_remove(found.gl_pathv[n]);
		globfree(&found);
	}
}

/* Requests. */

static void over(struct git_call *c)
{
	if (!c->abandoned) {
		if (!c->in_body)
			c->answer.head(c->answer.arg, 500, "Content-Type: text/plain\r\n");
		c->answer.end(c->answer.arg);
	}
	flow_close(c->out, false);
	buf_done(&c->head);
	free(c);
}

/* "Status: 404 Not Found" and the other fields of a CGI head; the answer's head is given. */
static void give_head(struct git_call *c, const char *p, size_t n)
{
	struct buf AUTO_BUF headers = BUF_INIT(CGI_HEAD_MAX * 2);
	uint64_t status = 200;
	bool typed = false;

	while (n) {
		const char *nl = memchr(p, '\n', n);
		size_t whole = nl ? (size_t)(nl - p) + 1 : n, len = nl ? whole - 1 : n;

		if (len && p[len - 1] == '\r')
			len--;
		AUTO_FREE char *line = xmemdup0(p, len);

		typed |= strncasecmp(line, "Content-Type:", 13) == 0;
		if (strncasecmp(line, "Status: ", 8) == 0) {
			line[8 + strspn(line + 8, "0123456789")] = '\0';
			if (num_u64(line + 8, 100, 999, &status) < 0)
				status = 500;
		} else if (len) {
			buf_put(&headers, "%s\r\n", line);
		}
		p += whole;
		n -= whole;
	}
	if (!typed)
		buf_put(&headers, "Content-Type: text/plain\r\n");
	c->answer.head(c->answer.arg, (int)status, buf_str(&headers));
}

static void on_data(void *arg, const char *p, size_t n)
{
	struct git_call *c = arg;

	if (c->abandoned)
		return;
	if (c->in_body) {
		c->answer.data(c->answer.arg, p, n);
		return;
	}
	if (buf_add(&c->head, p, n) < 0)
		return; /* told as 500 at the end */
	size_t len = head_length(c->head.p, c->head.len);

	if (!len)
		return;
	c->in_body = true;
	give_head(c, c->head.p, len);
	if (c->head.len > len && !c->abandoned)
		c->answer.data(c->answer.arg, c->head.p + len, c->head.len - len);
	buf_clear(&c->head);
}

static void on_end(void *arg)
{
	struct git_call *c = arg;

	c->ended = true;
	if (c->reaped)
		over(c);
}

static void on_exit_of(void *arg, int code)
{
	struct git_call *c = arg;

	c->reaped = true;
	c->code = code;
	if (c->ended)
		over(c);
}

static bool good_path(const char *path)
{
	static const char *const services[] = {
	    "/info/refs", "/git-upload-pack", "/git-receive-pack"};
	const char *dot = *path == '/' ? strstr(path, ".git/") : NULL;

	if (!dot || !good_name(path + 1, (size_t)(dot - path - 1)))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(services); i++)
		if (strcmp(dot + 4, services[i]) == 0)
			return true;
	return false;
}

static void cgi_env(const struct git *g, const struct git_request *r, struct strv *env)
{
	const char *const pairs[][2] = {{"GIT_PROJECT_ROOT", g->dir}, {"GIT_HTTP_EXPORT_ALL", "1"},
	    {"GIT_CONFIG_NOSYSTEM", "1"}, {"PATH_INFO", r->path},
	    {"QUERY_STRING", r->query ? r->query : ""}, {"REQUEST_METHOD", r->method},
	    {"REMOTE_USER", "sandbox"}, {"REMOTE_ADDR", "127.0.0.1"},
	    {"CONTENT_TYPE", r->content_type}, {"HTTP_CONTENT_ENCODING", r->content_encoding},
	    {"GIT_PROTOCOL", r->protocol}, {"HOME", g->dir},
	    {"PATH", getenv("PATH") ? getenv("PATH") : "/usr/local/bin:/usr/bin:/bin"}};

	for (size_t i = 0; i < ARRAY_LEN(pairs); i++)
		if (pairs[i][1])
			strv_setenv(env, pairs[i][0], pairs[i][1]);
}

struct git_call *git_start(
    struct git *g, const struct git_request *req, const struct git_answer *answer, struct err *err)
{
	struct strv AUTO_STRV env = {0}, args = {0};
	int fd[2];
	pid_t pid;

	if (!good_path(req->path)) {
		(void)err_set(err, FE_EINVAL, "%s is no path of git's", req->path);
		return NULL;
	}
	cgi_env(g, req, &env);
	strv_add(&args, "git");
	strv_add(&args, "http-backend");
	if (pipe2(fd, O_CLOEXEC) < 0) {
		(void)err_sys(err, errno, "pipe");
		return NULL;
	}
	struct git_call *c = xcalloc(1, sizeof *c);
	int rc = kids_spawn(g->rules.kids,
	    &(struct guard_spawn){.argv = strv_argv(&args),
		.envp = strv_argv(&env),
		.in = req->body,
		.out = fd[1],
		.err = -1},
	    on_exit_of, c, &pid, err);

	io_close(&fd[1]);
	if (rc < 0) {
		io_close(&fd[0]);
		free(c);
		return NULL;
	}
	*c = (struct git_call){.answer = *answer, .head = BUF_INIT(CGI_HEAD_MAX)};
	c->out = flow_new(
	    g->rules.loop, fd[0], &(struct flow_events){.arg = c, .data = on_data, .end = on_end});
	return c;
}

void git_pause(struct git_call *c, bool paused)
{
	flow_pause(c->out, paused);
}

void git_abandon(struct git_call *c)
{
	c->abandoned = true;
	flow_pause(c->out, false);
}
