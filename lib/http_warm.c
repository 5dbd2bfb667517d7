/* SPDX-License-Identifier: MIT */
/*
 * A first request to ourselves, in the parent: what libcurl, OpenSSL and the dynamic linker do
 * once a process is then done before the forks, instead of by every child on copied pages.
 */
#include <arpa/inet.h>
#include <malloc.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"
#include "http_in.h"
#include "io.h"
#include "xmem.h"

struct warm {
	int listener;
	int accepted;
	bool tls;
};

/* libcurl is connected and about to speak: our side answers before it is asked. */
static void on_entered(void *arg, enum http_phase phase, const char *peer)
{
	static const char page[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
	static const char alert[] = "\x15\x03\x03\x00\x02\x02\x28"; /* handshake_failure */
	struct warm *w = arg;

	(void)peer;
	if (phase != (w->tls ? HTTP_TLS : HTTP_TTFB))
		return;
	w->accepted = accept4(w->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (w->accepted >= 0)
		(void)!write(w->accepted, w->tls ? alert : page,
		    w->tls ? sizeof alert - 1 : sizeof page - 1);
}

static int listen_here(uint16_t *port)
{
	struct sockaddr_in sa = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t len = sizeof sa;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd >= 0 && bind(fd, (struct sockaddr *)&sa, len) == 0 && listen(fd, 1) == 0 &&
	    getsockname(fd, (struct sockaddr *)&sa, &len) == 0) {
		*port = ntohs(sa.sin_port);
		return fd;
	}
	io_close(&fd);
	return -1;
}

/* Whatever goes wrong here the children would meet, and tell, themselves. */
void http_warm(bool tls)
{
	uint16_t port = 0;
	int listener AUTO_FD = listen_here(&port);
	struct warm w = {.listener = listener, .accepted = -1, .tls = tls};
	AUTO_FREE char *url =
	    xasprintf("%s://127.0.0.1:%u/", tls ? "https" : "http", (unsigned)port);
	struct http_request req = {
	    .url = url, .timeout_ns = NS_PER_S, .max_body = 100, .entered = on_entered, .arg = &w};
	struct http_response res;

	if (listener < 0)
		return;
	(void)!http_perform(&req, &res, NULL);
	http_response_done(&res);
	io_close(&w.accepted);
	malloc_trim(0);
}
