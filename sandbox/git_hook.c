/* SPDX-License-Identifier: MIT */
/* git_hook: the sandbox's side of a hook. The other side is git_hook_main, below. */
#include "git_hook.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "flow.h"
#include "io.h"
#include "sock.h"
#include "strv.h"
#include "xmem.h"

#define HELLO_MAX (256UL * 1024)
#define NOTHING "0000000000000000000000000000000000000000"

struct git_hooks {
	uv_loop_t *loop;
	struct git_events ev;
	struct sock_listener *listener;
	struct git_push *first;
};

struct git_push {
	struct git_push *next, **at; /* at NULL: the hooks are closed */
	struct git_hooks *hooks;
	struct flow *flow; /* NULL: the hook is gone */
	struct buf hello;
	char *app, *dir, commit[41];
	struct strv env;
	bool told,
	    other; /* told: the owner says when it is done; other: a branch without a build */
};

static void free_push(struct git_push *p)
{
	if (p->at) {
		*p->at = p->next;
		if (p->next)
			p->next->at = p->at;
	}
	flow_close(p->flow, true);
	buf_done(&p->hello);
	strv_done(&p->env);
	free(p->app);
	free(p->dir);
	free(p);
}

static void take_dir(struct git_push *p, const char *dir)
{
	const char *slash = strrchr(dir, '/');
	const char *name = slash ? slash + 1 : dir;
	size_t n = strlen(name);

	free(p->dir);
	free(p->app);
	p->dir = xstrdup(dir);
	p->app = xmemdup0(name, n > 4 && strcmp(name + n - 4, ".git") == 0 ? n - 4 : n);
}

static void take_ref(struct git_push *p, const char *text)
{
	const char *name = strlen(text) > 82 ? text + 82 : "";
	char new[41];

	if (!*name)
		return;
	memcpy(new, text + 41, 40);
	new[40] = '\0';
	if (strcmp(name, "refs/heads/main") != 0 && strcmp(name, "refs/heads/master") != 0)
		p->other = true;
	else if (strcmp(new, NOTHING) != 0)
		memcpy(p->commit, new, sizeof new);
}

static void take_hello(struct git_push *p)
{
	struct strv AUTO_STRV lines = {0};

	strv_split(&lines, buf_str(&p->hello), "\n");
	for (size_t i = 0; i < lines.n; i++) {
		const char *line = lines.v[i];

		if (strncmp(line, "dir ", 4) == 0)
			take_dir(p, line + 4);
		else if (strncmp(line, "env ", 4) == 0)
			strv_add(&p->env, line + 4);
		else if (strncmp(line, "ref ", 4) == 0)
			take_ref(p, line + 4);
	}
	p->told = true;
	if (*p->commit && p->app) {
		p->hooks->ev.push(p->hooks->ev.arg, p);
		return;
	}
	static const char notice[] = " !     Pushed to non-main branch, skipping build.\n";

	if (p->other)
		git_push_say(p, notice, sizeof notice - 1);
	git_push_done(p, true);
}

static void on_data(void *arg, const char *text, size_t n)
{
	struct git_push *p = arg;

	if (p->told)
		return;
	if (buf_add(&p->hello, text, n) < 0)
		free_push(p);
	else if (strstr(buf_str(&p->hello), "\n\n"))
		take_hello(p);
}

static void on_end(void *arg)
{
	struct git_push *p = arg;

	if (!p->told) {
		free_push(p);
		return;
	}
	flow_close(p->flow, false);
	p->flow = NULL;
}

static void on_hook(void *arg, int fd)
{
	struct git_hooks *h = arg;
	struct git_push *p = xcalloc(1, sizeof *p);

	*p = (struct git_push){
	    .hooks = h, .next = h->first, .at = &h->first, .hello = BUF_INIT(HELLO_MAX)};
	if (p->next)
		p->next->at = &p->next;
	h->first = p;
	p->flow =
	    flow_new(h->loop, fd, &(struct flow_events){.arg = p, .data = on_data, .end = on_end});
}

int git_hooks_new(uv_loop_t *loop, const char *socket_path, const struct git_events *ev,
    struct git_hooks **out, struct err *err)
{
	struct git_hooks *h = xcalloc(1, sizeof *h);

	*h = (struct git_hooks){.loop = loop, .ev = *ev};
	int rc = sock_listen_unix(loop, socket_path, on_hook, h, &h->listener, err);

	if (rc < 0)
		free(h);
	else
		*out = h;
	return rc;
}

void git_hooks_close(struct git_hooks *h)
{
	if (!h)
		return;
	for (struct git_push *p = h->first, *next; p; p = next) {
		next = p->next;
		flow_close(p->flow, false);
		p->flow = NULL;
		p->at = NULL;
		if (!p->told)
			free_push(p);
	}
	sock_close(h->listener);
	free(h);
}

const char *git_push_app(const struct git_push *p)
{
	return p->app;
}

const char *git_push_commit(const struct git_push *p)
{
	return p->commit;
}

char *const *git_push_env(const struct git_push *p)
{
	static char *const none[] = {NULL};

	return p->env.n ? p->env.v : none;
}

const char *git_push_dir(const struct git_push *p)
{
	return p->dir;
}

void git_push_say(struct git_push *p, const void *text, size_t n)
{
	const char *at = text;

	/* a NUL is the end of it all: none may come from a build */
	while (p->flow && n) {
		const char *nul = memchr(at, '\0', n);
		size_t part = nul ? (size_t)(nul - at) : n;

		if (part)
			(void)flow_write(p->flow, at, part);
		part += nul != NULL;
		at += part;
		n -= part;
	}
}

void git_push_done(struct git_push *p, bool ok)
{
	if (p->flow)
		(void)flow_write(p->flow, ok ? "\0y" : "\0n", 2);
	free_push(p);
}

/* In the hook. */

static void put_env(struct buf *b, const char *cwd, const char *key)
{
	const char *v = getenv(key);

	if (!v || strchr(v, '\n'))
		return;
	if (*v == '/' || *v == '"')
		buf_put(b, "env %s=%s\n", key, v);
	else
		buf_put(b, "env %s=%s/%s\n", key, cwd, strncmp(v, "./", 2) == 0 ? v + 2 : v);
}

static int say_hello(int fd)
{
	struct buf AUTO_BUF b = BUF_INIT(HELLO_MAX);
	AUTO_FREE char *cwd = getcwd(NULL, 0);
	char line[4096];

	if (!cwd)
		return FE_ESYS;
	buf_put(&b, "dir %s\n", cwd);
	put_env(&b, cwd, "GIT_OBJECT_DIRECTORY");
	put_env(&b, cwd, "GIT_ALTERNATE_OBJECT_DIRECTORIES");
	put_env(&b, cwd, "GIT_QUARANTINE_PATH");
	while (fgets(line, sizeof line, stdin))
		if (buf_addf(&b, "ref %s", line) < 0)
			return FE_ELIMIT;
	if (buf_adds(&b, "\n") < 0)
		return FE_ELIMIT;
	return io_write_all(fd, b.p, b.len);
}

/* A last word of the hook's own; refused, whether it could be said or not. */
static int say(const char *text)
{
	(void)!io_write_all(1, text, strlen(text));
	return 1;
}

/* Text to the client until the verdict: the exit code. */
static int pass_on(int fd)
{
	static const char *const gone = " !     The platform went away\n";
	char p[4096];
	bool verdict = false;
	ssize_t n;

	while ((n = read(fd, p, sizeof p)) > 0) {
		const char *at = p, *end = p + n;

		if (!verdict) {
			const char *nul = memchr(p, '\0', (size_t)n);

			at = nul ? nul : end;
			if (io_write_all(1, p, (size_t)(at - p)) < 0)
				return 1;
			verdict = nul != NULL;
			at += verdict;
		}
		if (verdict && at < end)
			return *at == 'y' ? 0 : 1;
	}
	return say(gone);
}

int git_hook_main(const char *socket_path)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int AUTO_FD fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || strlen(socket_path) >= sizeof a.sun_path)
		return 1;
	memcpy(a.sun_path, socket_path, strlen(socket_path));
	if (connect(fd, (struct sockaddr *)&a, sizeof a) < 0 || say_hello(fd) < 0) {
		static const char *const text = " !     The platform cannot be reached\n";

		return say(text);
	}
	return pass_on(fd);
}
