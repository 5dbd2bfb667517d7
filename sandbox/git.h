/* SPDX-License-Identifier: MIT */
/*
 * git: smart HTTP by the real `git http-backend`, one bare repository per app, made on demand. A push
 * to main or master calls back from inside the pre-receive hook, so the build's output goes out on
 * the side band while the push waits, and its verdict takes or refuses the push.
 *
 * httpd checks the password, collects the request's body into a file and passes on
 * what comes back. The hook is the sandbox's own program called as `PROGRAM git-hook SOCKET`: main
 * must hand that to git_hook_main.
 */
#ifndef FE_SANDBOX_GIT_H
#define FE_SANDBOX_GIT_H

#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

#include "err.h"
#include "kids.h"

struct git;
struct git_call; /* one HTTP request */
struct git_push; /* one push that waits for its verdict */

struct git_rules {
	uv_loop_t *loop;
	struct kids *kids;
	const char *dir;     /* repositories: DIR/NAME.git */
	const char *program; /* what the hook runs: usually /proc/self/exe resolved */
};

struct git_events {
	void *arg;
	/* New commits for main or master. Say things with git_push_say, then git_push_done, at once
	 * or later. Other branches are taken with a notice and not told. */
	void (*push)(void *arg, struct git_push *p);
};

int git_new(const struct git_rules *rules, const struct git_events *ev, struct git **out,
    struct err *err) FE_MUST_CHECK;
void git_close(struct git *g);
/* Make the app's repository if there is none; let it go with the app's name; remove it. */
int git_repo_make(struct git *g, const char *app, struct err *err) FE_MUST_CHECK;
int git_repo_rename(struct git *g, const char *app, const char *to, struct err *err) FE_MUST_CHECK;
void git_repo_remove(struct git *g, const char *app);
/* Of a push that was killed: locks and objects that came in and were not taken. */
void git_repo_recover(struct git *g, const char *app);

const char *git_push_app(const struct git_push *p);
const char *git_push_commit(const struct git_push *p); /* 40 hex digits */
/* Borrowed: environment that lets a git command see the objects of this push (KEY=VALUE..., NULL),
 * and the repository's directory. */
char *const *git_push_env(const struct git_push *p);
const char *git_push_dir(const struct git_push *p);
void git_push_say(struct git_push *p, const void *text, size_t n);
/* ok: taken; else `pre-receive hook declined`. Frees p. */
void git_push_done(struct git_push *p, bool ok);

struct git_request {
	const char *method;       /* GET, POST */
	const char *path;         /* "/NAME.git/info/refs" */
	const char *query;        /* without '?'; "" or NULL: none */
	const char *content_type; /* and these three as the request has them; NULL: none */
	const char *content_encoding;
	const char *protocol; /* Git-Protocol */
	int body;             /* descriptor at offset 0; -1: none. Borrowed until the return. */
};

struct git_answer {
	void *arg;
	/* Once: the status and the headers as "Name: value\r\n" each; always a Content-Type. */
	void (*head)(void *arg, int status, const char *headers);
	void (*data)(void *arg, const char *p, size_t n);
	void (*end)(void *arg); /* last; the call is freed after */
};

/* NULL with err: no such thing could be started. FE_EINVAL: not a path of git's. */
struct git_call *git_start(
    struct git *g, const struct git_request *req, const struct git_answer *answer, struct err *err);
/* The client reads slowly; the client is gone (no event follows, the push goes on). */
void git_pause(struct git_call *c, bool paused);
void git_abandon(struct git_call *c);

/* The hook's own main: exit code. */
int git_hook_main(const char *socket_path);

#endif
