/* SPDX-License-Identifier: MIT */
/*
 * heroku_play: a world for the client that is a script: each request must be the next one of it, and
 * gets its answer; time passes only by waiting.
 */
#ifndef FE_TESTS_HEROKU_PLAY_H
#define FE_TESTS_HEROKU_PLAY_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "clock.h"
#include "heroku_in.h"
#include "xmem.h"

#define KEY "HRKU-0123-very-secret"
#define BASE "http://127.0.0.1:9"
#define S200 "HTTP/1.1 200 OK\r\n"

/* An answer of the script, and the request it is for ("POST /apps"). */
struct step {
	const char *wanted;
	int status;
	const char *body;
	const char *headers; /* "Name: value\r\n" */
	int rc;              /* the transport fails so, ... */
	bool left;           /* ... after the request went out */
	const char *has;     /* the request's headers have to hold this */
};

struct play {
	const struct step *steps;
	size_t at;
	uint64_t now, slept;
	struct buf last; /* the last request: headers, blank line, body */
	char warned[400];
};

static inline void take_request(struct play *p, const struct http_request *req)
{
	buf_clear(&p->last);
	buf_put(&p->last, "%s %s\n", req->method ? req->method : "GET", req->url);
	for (size_t i = 0; req->headers && i < req->headers->n; i++)
		buf_put(&p->last, "%s\n", req->headers->v[i]);
	if (req->token)
		buf_put(&p->last, "token %s\n", req->token);
	buf_put(&p->last, "\n%.*s", (int)req->body_len, req->body ? (const char *)req->body : "");
	if (req->body_fd) {
		char file[4096];
		ssize_t n = pread(*req->body_fd, file, sizeof file, 0);

		assert_true(n >= (ssize_t)req->upload);
		buf_put(&p->last, "%.*s", (int)req->upload, file);
	}
}

static inline int play_perform(
    void *arg, const struct http_request *req, struct http_response *res, struct err *err)
{
	struct play *p = arg;
	const struct step *s = &p->steps[p->at++];
	const char *path =
	    strncmp(req->url, BASE, strlen(BASE)) == 0 ? req->url + strlen(BASE) : req->url;
	AUTO_FREE char *is = xasprintf("%s %s", req->method ? req->method : "GET", path);

	take_request(p, req);
	if (!s->wanted)
		fail_msg("one request too many: %s", is);
	assert_string_equal(is, s->wanted);
	if (s->has && !strstr(p->last.p, s->has))
		fail_msg("'%s' is not in: %s", s->has, p->last.p);
	memset(res, 0, sizeof *res);
	buf_init(&res->headers, HTTP_MAX_HEADERS);
	buf_init(&res->body, req->max_body);
	res->phase = s->rc == 0 || s->left ? HTTP_TTFB : HTTP_CONNECT;
	res->status = s->status;
	res->shown_url = http_shown_url(req->url);
	p->now += 10 * NS_PER_MS;
	buf_put(&res->headers, "HTTP/1.1 %d X\r\nRequest-Id: 11-22\r\n%s\r\n", s->status,
	    s->headers ? s->headers : "");
	const char *body = s->body ? s->body : "";
	if (req->received && s->status / 100 == 2) {
		/* In two pieces; a bar stands for a NUL. */
		size_t n = strlen(body), half = n / 2;
		AUTO_FREE char *copy = xstrdup(body);
		for (char *c = copy; *c; c++)
			*c = *c == '|' ? 0 : *c;
		res->stopped = (half && req->received(req->arg, copy, half)) ||
			       (n > half && req->received(req->arg, copy + half, n - half));
	} else {
		buf_put(&res->body, "%s", body);
		res->body_bytes = strlen(body);
	}
	return s->rc < 0 ? err_set(err, s->rc, "the script fails") : 0;
}

static inline uint64_t play_now(void *arg)
{
	return ((struct play *)arg)->now;
}

static inline void play_sleep(void *arg, uint64_t ns)
{
	struct play *p = arg;

	p->now += ns;
	p->slept += ns;
}

static inline double play_chance(void *arg)
{
	(void)arg;
	return 0.5;
}

static inline void play_warn(void *arg, const char *text)
{
	struct play *p = arg;

	(void)snprintf(p->warned, sizeof p->warned, "%s", text);
}

static inline struct heroku *begin(struct play *p, const struct step *steps)
{
	struct heroku_world world = {play_perform, play_now, play_sleep, play_chance, p};
	struct heroku_opts opts = {
	    .key = KEY, .url = BASE "/", .warn = play_warn, .arg = p, .world = &world};
	struct heroku *h = NULL;

	*p = (struct play){.steps = steps, .now = 1000 * NS_PER_S, .last = BUF_INIT(100000)};
	assert_int_equal(heroku_open(&h, &opts, NULL), 0);
	return h;
}

static inline void end(struct play *p, struct heroku *h, struct err *err)
{
	if (p->steps[p->at].wanted)
		fail_msg("was not asked: %s", p->steps[p->at].wanted);
	assert_null(strstr(err_text(err), "very-secret"));
	err_done(err);
	buf_done(&p->last);
	heroku_close(h);
}

#endif
