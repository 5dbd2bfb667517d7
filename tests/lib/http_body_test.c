/* SPDX-License-Identifier: MIT */
/* http: bodies both ways as an API's client needs them, through libcurl, to a server in a fork. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "heroku_apps.h"
#include "heroku_deploy.h"
#include "http.h"
#include "io.h"
#include "io.h"
#include "xmem.h"

#define CHUNKED "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

/* Answers connections with the texts in turn, each behind a whole request; a text that ends in
 * "..." leaves its connection open. All requests go into the pipe *seen. */
struct server {
	pid_t pid;
	uint16_t port;
	int seen;
};

static bool whole(const struct buf *b)
{
	const char *end = strstr(buf_str(b), "\r\n\r\n"),
		   *length = strstr(buf_str(b), "Content-Length: ");
	size_t body = length && length < end ? strtoul(length + 16, NULL, 10) : 0;

	return end && b->len >= (size_t)(end - b->p) + 4 + body;
}

static void answer(int listener, int seen, const char *text)
{
	struct buf AUTO_BUF b = BUF_INIT(BUF_MAX_FILE);
	int c = accept(listener, NULL, NULL);
	size_t n = strlen(text);
	bool open = n > 3 && strcmp(text + n - 3, "...") == 0;
	char block[4096];

	while (!whole(&b)) {
		ssize_t got = read(c, block, sizeof block);
		if (got <= 0 || buf_add(&b, block, (size_t)got) < 0)
			_exit(1);
	}
	if (io_write_all(seen, b.p, b.len) < 0 || io_write_all(c, text, open ? n - 3 : n) < 0)
		_exit(2);
	if (!open)
		close(c);
}

static struct server serve(const char *const *texts)
{
	struct sockaddr_in sa = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t len = sizeof sa;
	struct server s;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), ends[2];

	assert_int_equal(pipe(ends), 0);
	assert_int_equal(bind(fd, (void *)&sa, len), 0);
	assert_int_equal(listen(fd, 8), 0);
	assert_int_equal(getsockname(fd, (void *)&sa, &len), 0);
	s.port = ntohs(sa.sin_port);
	s.seen = ends[0];
	s.pid = fork();
	if (s.pid == 0) {
		close(ends[0]);
		while (*texts)
			answer(fd, ends[1], *texts++);
		pause();
		_exit(0);
	}
	close(fd);
	close(ends[1]);
	return s;
}

/* Ends it; what it was asked. Caller frees. */
static char *asked(struct server *s)
{
	struct buf b = BUF_INIT(BUF_MAX_FILE);
	char block[4096];
	ssize_t n;

	kill(s->pid, SIGTERM);
	while ((n = read(s->seen, block, sizeof block)) > 0)
		assert_int_equal(buf_add(&b, block, (size_t)n), 0);
	close(s->seen);
	waitpid(s->pid, NULL, 0);
	return b.p ? buf_take(&b) : xstrdup("");
}

static int get(
    struct server *s, struct http_request *req, struct http_response *res, struct err *err)
{
	AUTO_FREE char *url = xasprintf("http://127.0.0.1:%u/x", (unsigned)s->port);

	req->url = url;
	req->max_body = 1000;
	int rc = http_perform(req, res, err);
	req->url = NULL;
	return rc;
}

struct taken {
	struct buf text;
	size_t enough;
};

static bool take(void *arg, const void *p, size_t n)
{
	struct taken *t = arg;

	assert_int_equal(buf_add(&t->text, p, n), 0);
	return t->text.len >= t->enough;
}

static void a_body_is_handed_out_as_it_comes(void **state)
{
	static const char *const texts[] = {CHUNKED "3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n",
	    CHUNKED "3\r\none\r\n...", "HTTP/1.1 404 No\r\nContent-Length: 4\r\n\r\ngone",
	    CHUNKED "3\r\none\r\n", NULL};
	struct server s = serve(texts);
	struct taken t = {.text = BUF_INIT(1000), .enough = 100};
	struct http_request req = {.received = take, .arg = &t};
	struct http_response res;
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(get(&s, &req, &res, &err), 0);
	assert_string_equal(buf_str(&t.text), "onetwo");
	assert_int_equal(res.body.len, 0);
	assert_false(res.stopped);
	http_response_done(&res);
	/* Enough: a server that hangs is left. */
	t.enough = 9;
	assert_int_equal(get(&s, &req, &res, &err), 0);
	assert_true(res.stopped);
	assert_string_equal(buf_str(&t.text), "onetwoone");
	http_response_done(&res);
	/* The body of a refusal is no part of the stream. */
	assert_int_equal(get(&s, &req, &res, &err), 0);
	assert_int_equal(res.status, 404);
	assert_string_equal(buf_str(&res.body), "gone");
	assert_int_equal(t.text.len, 9);
	http_response_done(&res);
	/* Cut off in the middle: a failure, with what came handed out. */
	t.enough = 100;
	assert_int_equal(get(&s, &req, &res, &err), FE_ECLOSED);
	assert_int_equal(t.text.len, 12);
	http_response_done(&res);
	buf_done(&t.text);
	err_done(&err);
	free(asked(&s));
}

static void silence_ends_a_request(void **state)
{
	static const char *const texts[] = {CHUNKED "3\r\none\r\n...", NULL};
	struct server s = serve(texts);
	struct http_request req = {.silence_s = 1};
	struct http_response res;
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(get(&s, &req, &res, &err), FE_ETIMEOUT);
	http_response_done(&res);
	err_done(&err);
	free(asked(&s));
}

#define NO_BODY "Content-Length: 0\r\n\r\n"

/* The client over libcurl: what is on the wire. */
static void the_client_on_the_wire(void **state)
{
	static const char *const texts[] = {"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}",
	    "HTTP/1.1 202 Accepted\r\n" NO_BODY, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
	    "HTTP/1.1 200 OK\r\n" NO_BODY, NULL};
	struct server s = serve(texts);
	AUTO_FREE char *url = xasprintf("http://127.0.0.1:%u", (unsigned)s.port);
	AUTO_FREE char *put = xasprintf("%s/put?Signature=s", url);
	struct heroku_opts opts = {.key = "the-key", .url = url};
	struct heroku *h = NULL;
	struct err err = ERR_INIT;
	json_t *source = NULL;
	AUTO_FD int fd = memfd_create("blob", MFD_CLOEXEC);

	(void)state;
	assert_int_equal(write(fd, "tarball and more", 16), 16);
	assert_int_equal(heroku_open(&h, &opts, &err), 0);
	assert_int_equal(heroku_source_create(h, &source, &err), HEROKU_OK);
	json_decref(source);
	assert_int_equal(heroku_app_delete(h, "x", &err), HEROKU_OK);
	assert_int_equal(
	    heroku_config_set(h, "x", json_pack("{s:s}", "A", "b"), NULL, &err), HEROKU_OK);
	assert_int_equal(heroku_upload(h, put, fd, 7, &err), HEROKU_OK);
	heroku_close(h);
	assert_int_equal(prctl(PR_GET_DUMPABLE), 0); /* no core that holds the key */
	AUTO_FREE char *all = asked(&s);
	char *post = strstr(all, "POST /sources HTTP/1.1\r\n");
	char *del = strstr(all, "DELETE /apps/x HTTP/1.1\r\n");
	char *patch = strstr(all, "PATCH /apps/x/config-vars HTTP/1.1\r\n");
	char *upload = strstr(all, "PUT /put?Signature=s HTTP/1.1\r\n");
	assert_true(post && del && patch && upload);
	assert_true(post < del && del < patch && patch < upload);
	del[0] = patch[0] = upload[0] = 0; /* apart */
	assert_non_null(strstr(post, "Authorization: Bearer the-key\r\n"));
	assert_non_null(strstr(post, "Accept: application/vnd.heroku+json; version=3\r\n"));
	assert_non_null(strstr(post, "User-Agent: ferret/" FERRET_VERSION "\r\n"));
	assert_non_null(strstr(post, "Content-Length: 0\r\n"));
	assert_null(strstr(post, "Content-Type"));
	assert_null(strstr(del + 1, "Content-"));
	assert_non_null(strstr(patch + 1, "Content-Type: application/json\r\n"));
	assert_non_null(strstr(patch + 1, "Content-Length: 9\r\n"));
	assert_non_null(strstr(patch + 1, "\r\n\r\n{\"A\":\"b\"}"));
	assert_non_null(strstr(upload + 1, "Content-Length: 7\r\n"));
	assert_non_null(strstr(upload + 1, "\r\n\r\ntarball"));
	assert_null(strstr(upload + 1, "Content-Type"));
	assert_null(strstr(upload + 1, "the-key"));
	assert_null(strstr(upload + 1, "Transfer-Encoding"));
	assert_null(strstr(upload + 1, "Expect"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_body_is_handed_out_as_it_comes),
	    cmocka_unit_test(silence_ends_a_request),
	    cmocka_unit_test(the_client_on_the_wire),
	};

	signal(SIGPIPE, SIG_IGN); // NOLINT(cert-err33-c): cannot fail
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
