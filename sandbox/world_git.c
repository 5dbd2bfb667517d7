/* SPDX-License-Identifier: MIT */
/* Requests of git's, between httpd and git http-backend. */
#include "world_in.h"
#include "xmem.h"

struct talk {
	struct exch *x;
	struct git_call *call;
	bool ended;
};

static void on_head(void *arg, int status, const char *headers)
{
	struct talk *t = arg;
	struct strv AUTO_STRV lines = {0};

	strv_split(&lines, headers, "\r\n");
	for (size_t i = 0; i < lines.n; i++) {
		char *colon = strchr(lines.v[i], ':');

		if (!colon || strncasecmp(lines.v[i], "Content-Length:", 15) == 0)
			continue;
		*colon = '\0';
		exch_add_header(t->x, lines.v[i], colon + 1 + strspn(colon + 1, " "));
	}
	exch_stream(t->x, status, NULL, NULL, NULL);
}

static void on_data(void *arg, const char *p, size_t n)
{
	struct talk *t = arg;

	exch_write(t->x, p, n);
}

static void on_end(void *arg)
{
	struct talk *t = arg;

	t->call = NULL;
	t->ended = true;
	exch_end(t->x);
}

static void on_gone(void *arg)
{
	struct talk *t = arg;

	if (t->call)
		git_abandon(t->call);
	free(t);
}

void world_git(struct world *w, struct exch *x)
{
	struct git_request req = {.method = exch_method(x),
	    .path = exch_path(x) + 4,
	    .query = exch_query(x),
	    .content_type = exch_header(x, "Content-Type"),
	    .content_encoding = exch_header(x, "Content-Encoding"),
	    .protocol = exch_header(x, "Git-Protocol"),
	    .body = exch_body_file(x)};
	const char *dot = strstr(req.path, ".git");
	char AUTO_FREE *app = xmemdup0(req.path + 1, dot ? (size_t)(dot - req.path - 1) : 0);
	struct err err = ERR_INIT;
	struct git_answer answer = {.head = on_head, .data = on_data, .end = on_end};
	struct talk *t;

	if (!state_app(w->rules.api->state, app) || git_repo_make(w->git, app, &err)) {
		exch_answer(x, 404, "text/plain", "No such app\n", 12);
		err_done(&err);
		return;
	}
	t = xcalloc(1, sizeof *t);
	t->x = x;
	answer.arg = t;
	exch_on_gone(x, on_gone, t);
	t->call = git_start(w->git, &req, &answer, &err);
	if (!t->call) {
		err_print("sandbox", &err);
		exch_answer(x, 404, "text/plain", "Not git's\n", 10);
	}
	err_done(&err);
}
