/* SPDX-License-Identifier: MIT */
/* http: URLs are taken apart and shown without secrets; a request against a tiny server in a fork. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "http.h"
#include "io.h"
#include "xmem.h"

static void shown_urls_hold_no_secret(void **state)
{
	static const struct {
		const char *url, *shown;
	} rows[] = {
	    {"http://a.example", "http://a.example/"},
	    {"https://u:p@a.example:8443/x/y?token=abc&b=c&d#frag",
		"https://a.example:8443/x/y?token=...&b=...&..."},
	    {"http://[::1]:80/", "http://[::1]:80/"},
	    {"no scheme", "no scheme"},
	    {"user:secret@nowhere", "(no URL)"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO_FREE char *shown = http_shown_url(rows[i].url);
		assert_string_equal(shown, rows[i].shown);
	}
}

static void urls_are_checked(void **state)
{
	struct err err = ERR_INIT;
	bool tls = false;

	(void)state;
	assert_int_equal(http_check_url("https://a/", &tls, &err), 0);
	assert_true(tls);
	assert_int_equal(http_check_url("http://a/", &tls, &err), 0);
	assert_false(tls);
	assert_int_equal(http_check_url("ftp://a/", NULL, &err), FE_EUSAGE);
	assert_non_null(strstr(err_text(&err), "ftp://a/"));
	assert_int_equal(http_check_url("a.example", NULL, &err), FE_EUSAGE);
	assert_int_equal(http_check_url("", NULL, &err), FE_EUSAGE);
	err_done(&err);
}

static void hosts_and_ports(void **state)
{
	static const struct {
		const char *url, *host;
		uint16_t port;
	} rows[] = {
	    {"http://a.example/x", "a.example", 80},
	    {"https://u@a.example", "a.example", 443},
	    {"http://[2001:db8::1]:81/", "2001:db8::1", 81},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO_FREE char *host = NULL;
		uint16_t port;
		http_host_port(rows[i].url, &host, &port);
		assert_string_equal(host, rows[i].host);
		assert_int_equal(port, rows[i].port);
	}
}

static void headers_are_found(void **state)
{
	struct http_response res = {.headers = BUF_INIT(1000)};

	(void)state;
	assert_int_equal(buf_adds(&res.headers, "HTTP/1.1 200 OK\r\nX-A:  one \r\nx-b:two\r\n"), 0);
	AUTO_FREE char *a = http_header(&res, "x-a");
	AUTO_FREE char *b = http_header(&res, "X-B");
	assert_string_equal(a, "one");
	assert_string_equal(b, "two");
	assert_null(http_header(&res, "X"));
	http_response_done(&res);
}

/* A server that answers n connections with text; its port is written to *port. */
static pid_t serve(const char *text, int n, uint16_t *port)
{
	struct sockaddr_in sa = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t len = sizeof sa;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char request[4096];

	assert_int_equal(bind(fd, (void *)&sa, len), 0);
	assert_int_equal(listen(fd, 8), 0);
	assert_int_equal(getsockname(fd, (void *)&sa, &len), 0);
	*port = ntohs(sa.sin_port);
	pid_t pid = fork();
	if (pid == 0) {
		while (n--) {
			int c = accept(fd, NULL, NULL);
			if (read(c, request, sizeof request) > 0)
				assert_int_equal(io_write_all(c, text, strlen(text)), 0);
			close(c);
		}
		_exit(0);
	}
	close(fd);
	return pid;
}

static void a_request_fills_the_response(void **state)
{
	struct http_response res;
	struct err err = ERR_INIT;
	uint16_t port;
	pid_t pid = serve("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", 1, &port);
	AUTO_FREE char *url = xasprintf("http://127.0.0.1:%u/", (unsigned)port);
	struct http_request req = {.url = url, .max_body = 3, .timeout_ns = 30000000000ULL};

	(void)state;
	assert_int_equal(http_perform(&req, &res, &err), 0);
	assert_int_equal(res.status, 200);
	assert_int_equal(res.body_bytes, 5);
	assert_string_equal(buf_str(&res.body), "hel");
	assert_int_equal(res.version, 11);
	assert_string_equal(res.address, "127.0.0.1");
	assert_true(res.phase_ns[HTTP_CONNECT] > 0 && res.phase_ns[HTTP_TTFB] > 0);
	assert_int_equal(res.phase_ns[HTTP_TLS], 0);
	http_response_done(&res);
	waitpid(pid, NULL, 0);
}

static void credentials_stay_with_their_origin(void **state)
{
	static const char seen[] = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n";
	struct http_response res;
	struct err err = ERR_INIT;
	uint16_t other, port;
	pid_t second = serve(seen, 1, &other);
	AUTO_FREE char *text = xasprintf(
	    "HTTP/1.1 302 F\r\nContent-Length: 0\r\nLocation: http://127.0.0.1:%u/\r\n\r\n",
	    (unsigned)other);
	pid_t first = serve(text, 1, &port);
	AUTO_FREE char *url = xasprintf("http://u:sesame@127.0.0.1:%u/?k=sesame", (unsigned)port);
	struct http_request req = {.url = url, .redirects = 1, .timeout_ns = 30000000000ULL};

	(void)state;
	assert_int_equal(http_perform(&req, &res, &err), 0);
	assert_int_equal(res.hops, 1);
	assert_int_equal(res.status, 200);
	assert_null(strstr(res.shown_url, "sesame"));
	http_response_done(&res);
	waitpid(first, NULL, 0);
	waitpid(second, NULL, 0);
}

static void a_refusal_is_told(void **state)
{
	struct http_response res;
	struct err err = ERR_INIT;
	uint16_t port;
	pid_t pid = serve("", 0, &port);
	AUTO_FREE char *url = xasprintf("http://u:sesame@127.0.0.1:%u/?k=sesame", (unsigned)port);
	struct http_request req = {.url = url};

	(void)state;
	waitpid(pid, NULL, 0);
	assert_int_equal(http_perform(&req, &res, &err), FE_EIO);
	assert_non_null(strstr(err_text(&err), "connection refused by 127.0.0.1:"));
	assert_null(strstr(err_text(&err), "sesame"));
	http_response_done(&res);
	err_done(&err);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(shown_urls_hold_no_secret),
	    cmocka_unit_test(urls_are_checked),
	    cmocka_unit_test(hosts_and_ports),
	    cmocka_unit_test(headers_are_found),
	    cmocka_unit_test(a_request_fills_the_response),
	    cmocka_unit_test(credentials_stay_with_their_origin),
	    cmocka_unit_test(a_refusal_is_told),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
