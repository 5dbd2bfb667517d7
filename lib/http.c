/* SPDX-License-Identifier: MIT */
/*
 * Phases are stamped as they begin, by libcurl's callbacks, so they tile the request and are known
 * of failures too; libcurl's own clock is used for one border, the end of the TCP handshake.
 */
#include "http.h"

#include <errno.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"
#include "http_in.h"
#include "xmem.h"

#define A_DAY_MS (24L * 3600 * 1000) /* libcurl's connect timeout where we want none */

const char *const http_phase_names[HTTP_PHASES] = {
    [HTTP_DNS] = "dns",
    [HTTP_CONNECT] = "connect",
    [HTTP_TLS] = "tls",
    [HTTP_TTFB] = "ttfb",
    [HTTP_TRANSFER] = "transfer",
};

/* ---- phases ---- */

static void close_phase(struct http_hop *hop)
{
	uint64_t now = clock_mono_ns();

	if (hop->entered_ns)
		hop->res->phase_ns[hop->res->phase] += now - hop->entered_ns;
	hop->entered_ns = now;
}

static void enter(struct http_hop *hop, enum http_phase phase)
{
	close_phase(hop);
	hop->res->phase = phase;
	if (!hop->req->entered)
		return;
	hop->req->entered(hop->req->arg, phase, hop->res->peer);
	hop->entered_ns = clock_mono_ns(); /* what the caller did is no phase */
}

/* libcurl makes its TLS objects between connection and handshake: that belongs to tls. */
static void mend_connect(struct http_hop *hop, uint64_t connect_before)
{
	uint64_t *ns = hop->res->phase_ns;
	uint64_t stamped = ns[HTTP_CONNECT] - connect_before;
	curl_off_t real_us = 0;

	curl_easy_getinfo(hop->curl, CURLINFO_CONNECT_TIME_T, &real_us);
	uint64_t real = (uint64_t)real_us * NS_PER_US;
	if (!hop->res->tls.host || !real || real >= stamped)
		return;
	ns[HTTP_CONNECT] -= stamped - real;
	ns[HTTP_TLS] += stamped - real;
}

/* ---- libcurl's callbacks ---- */

static CURLcode on_tls(CURL *curl, void *ssl_ctx, void *arg)
{
	struct http_hop *hop = arg;

	(void)curl;
	enter(hop, HTTP_TLS);
	if (tls_peer_watch(ssl_ctx, hop->req->store, hop->host, &hop->res->tls) < 0)
		return CURLE_OUT_OF_MEMORY;
	return CURLE_OK;
}

/* libcurl gives the type. NOLINTNEXTLINE(readability-non-const-parameter) */
static int on_ready(void *arg, char *ip, char *local_ip, int port, int local_port)
{
	struct http_hop *hop = arg;

	(void)ip, (void)local_ip, (void)port, (void)local_port;
	enter(hop, HTTP_TTFB);
	return CURL_PREREQFUNC_OK;
}

static curl_socket_t on_open(void *arg, curlsocktype purpose, struct curl_sockaddr *a)
{
	struct http_hop *hop = arg;
	int fd = socket(a->family, a->socktype | SOCK_CLOEXEC, a->protocol);

	(void)purpose;
	if (fd >= 0)
		return fd;
	hop->open_errno = errno;
	return CURL_SOCKET_BAD;
}

static int on_close(void *arg, curl_socket_t fd)
{
	struct http_hop *hop = arg;

	if (hop->req->closing)
		hop->req->closing(hop->req->arg, fd);
	return close(fd);
}

static size_t on_header(char *p, size_t size, size_t n, void *arg)
{
	struct http_hop *hop = arg;
	struct buf *headers = &hop->res->headers;

	n *= size;
	if (hop->res->phase != HTTP_TRANSFER)
		enter(hop, HTTP_TRANSFER);
	/* An interim answer (100) or one to a challenge came before: the last one counts. */
	if (n > 5 && memcmp(p, "HTTP/", 5) == 0)
		buf_clear(headers);
	if (buf_add(headers, p, n) == 0)
		return n;
	hop->headers_over = true;
	return 0;
}

static bool succeeds(const struct http_hop *hop)
{
	long status = 0;

	curl_easy_getinfo(hop->curl, CURLINFO_RESPONSE_CODE, &status);
	return status / 100 == 2;
}

static size_t on_body(char *p, size_t size, size_t n, void *arg)
{
	struct http_hop *hop = arg;
	struct buf *body = &hop->res->body;

	n *= size;
	if (hop->res->phase != HTTP_TRANSFER)
		enter(hop, HTTP_TRANSFER);
	hop->res->body_bytes += n;
	/* What libcurl takes for HTTP/0.9 is garbage from a server of today. */
	hop->no_http = hop->res->headers.len == 0;
	if (hop->req->received && !hop->no_http && succeeds(hop)) {
		hop->res->stopped = hop->req->received(hop->req->arg, p, n);
		return hop->res->stopped ? 0 : n;
	}
	size_t room = body->max - body->len;
	if (room && buf_add(body, p, n < room ? n : room) < 0)
		return 0;
	return hop->no_http ? 0 : n;
}

/* ---- one hop ---- */

static void set_callbacks(struct http_hop *hop)
{
	CURL *c = hop->curl;

	curl_easy_setopt(c, CURLOPT_ERRORBUFFER, hop->text);
	curl_easy_setopt(c, CURLOPT_SSL_CTX_FUNCTION, on_tls);
	curl_easy_setopt(c, CURLOPT_SSL_CTX_DATA, hop);
	curl_easy_setopt(c, CURLOPT_PREREQFUNCTION, on_ready);
	curl_easy_setopt(c, CURLOPT_PREREQDATA, hop);
	curl_easy_setopt(c, CURLOPT_OPENSOCKETFUNCTION, on_open);
	curl_easy_setopt(c, CURLOPT_OPENSOCKETDATA, hop);
	curl_easy_setopt(c, CURLOPT_CLOSESOCKETFUNCTION, on_close);
	curl_easy_setopt(c, CURLOPT_CLOSESOCKETDATA, hop);
	curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(c, CURLOPT_HEADERDATA, hop);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, hop);
}

static void set_connection(struct http_hop *hop, long left_ms)
{
	CURL *c = hop->curl;

	curl_easy_setopt(c, CURLOPT_URL, hop->url);
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_NOPROXY, "*");
	curl_easy_setopt(c, CURLOPT_FRESH_CONNECT, 1L);
	curl_easy_setopt(c, CURLOPT_FORBID_REUSE, 1L);
	curl_easy_setopt(c, CURLOPT_CAINFO, NULL); /* the store is ours, see tls_peer */
	curl_easy_setopt(c, CURLOPT_CAPATH, NULL);
	curl_easy_setopt(c, CURLOPT_SSL_SESSIONID_CACHE, 0L);
	curl_easy_setopt(c, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
	curl_easy_setopt(c, CURLOPT_HTTP09_ALLOWED, 1L); /* to see garbage, see on_body */
	curl_easy_setopt(c, CURLOPT_USERAGENT, "ferret/" FERRET_VERSION);
	curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, left_ms ? left_ms : A_DAY_MS);
	curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, left_ms);
	if (hop->req->silence_s) {
		curl_easy_setopt(c, CURLOPT_LOW_SPEED_LIMIT, 1L);
		curl_easy_setopt(c, CURLOPT_LOW_SPEED_TIME, (long)hop->req->silence_s);
	}
}

static bool takes_body(const char *method)
{
	return method && (strcmp(method, "POST") == 0 || strcmp(method, "PUT") == 0 ||
			     strcmp(method, "PATCH") == 0);
}

static void set_method(struct http_hop *hop)
{
	const struct http_request *req = hop->req;
	uint64_t upload = req->upload ? req->upload : req->body_len;
	CURL *c = hop->curl;

	if (hop->plain_get) {
		curl_easy_setopt(c, CURLOPT_HTTPGET, 1L);
		return;
	}
	if (upload)
		http_set_upload(hop, upload);
	else if (takes_body(req->method)) { /* says Content-Length: 0 */
		curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE, 0L);
		curl_easy_setopt(c, CURLOPT_COPYPOSTFIELDS, "");
	}
	if (req->method && strcmp(req->method, "HEAD") == 0)
		curl_easy_setopt(c, CURLOPT_NOBODY, 1L);
	else if (req->method)
		curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, req->method);
}

static struct curl_slist *set_headers(struct http_hop *hop)
{
	/* No wait of a second for a 100 that may never come. */
	struct curl_slist *list = curl_slist_append(NULL, "Expect:");
	const struct strv *own = hop->req->headers;

	for (size_t i = 0; hop->own_origin && own && i < own->n; i++)
		list = curl_slist_append(list, own->v[i]);
	/* Behind the caller's own, which wins: libcurl would call it a form. */
	list = curl_slist_append(list, "Content-Type:");
	curl_easy_setopt(hop->curl, CURLOPT_HTTPHEADER, list);
	return list;
}

static void set_credentials(struct http_hop *hop, const char *of_url)
{
	const struct http_request *req = hop->req;
	CURL *c = hop->curl;

	if (hop->own_origin && req->token) {
		curl_easy_setopt(c, CURLOPT_HTTPAUTH, (long)CURLAUTH_BEARER);
		curl_easy_setopt(c, CURLOPT_XOAUTH2_BEARER, req->token);
	} else if (of_url || (hop->own_origin && req->auth)) {
		bool given = hop->own_origin && req->auth;
		curl_easy_setopt(c, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
		curl_easy_setopt(c, CURLOPT_USERPWD, given ? req->auth : of_url);
	}
}

static int find_address(struct http_hop *hop, struct err *err)
{
	struct http_response *res = hop->res;
	struct strv AUTO_STRV found = {0};
	const char *address = hop->req->address;
	bool elsewhere = hop->own_origin && hop->req->via;
	const char *host = elsewhere ? hop->req->via : hop->host;

	if (elsewhere && hop->req->via_port)
		hop->connect_port = hop->req->via_port;
	res->peer[0] = res->address[0] = 0;
	if (!address && http_is_address(host))
		address = host;
	if (!address) {
		enter(hop, HTTP_DNS);
		int rc = http_resolve(host, &found, err);
		if (rc < 0)
			return rc;
		address = found.v[0];
	}
	(void)snprintf(res->address, sizeof res->address, "%s", address);
	(void)snprintf(res->peer, sizeof res->peer, strchr(address, ':') ? "[%s]:%u" : "%s:%u",
	    res->address, (unsigned)hop->connect_port);
	return 0;
}

static struct curl_slist *pin_address(struct http_hop *hop)
{
	const char *to = hop->res->address;
	AUTO_FREE char *pin = xasprintf("%s:%u:%s", hop->host, (unsigned)hop->port, to);
	AUTO_FREE char *bend =
	    xasprintf(strchr(to, ':') ? "::[%s]:%u" : "::%s:%u", to, (unsigned)hop->connect_port);
	bool other_port = hop->port != hop->connect_port;
	struct curl_slist *list = NULL;

	if (strcmp(hop->host, to) == 0 && !other_port)
		return NULL;
	list = curl_slist_append(NULL, other_port ? bend : pin);
	curl_easy_setopt(hop->curl, other_port ? CURLOPT_CONNECT_TO : CURLOPT_RESOLVE, list);
	return list;
}

static void take_result(struct http_hop *hop, uint64_t connect_before)
{
	long status = 0, version = 0;
	curl_off_t sent = 0, before = 0, total = 0;

	close_phase(hop);
	mend_connect(hop, connect_before);
	curl_easy_getinfo(hop->curl, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(hop->curl, CURLINFO_HTTP_VERSION, &version);
	curl_easy_getinfo(hop->curl, CURLINFO_SIZE_UPLOAD_T, &sent);
	curl_easy_getinfo(hop->curl, CURLINFO_PRETRANSFER_TIME_T, &before);
	curl_easy_getinfo(hop->curl, CURLINFO_TOTAL_TIME_T, &total);
	hop->res->status = (int)status;
	hop->res->version = version == CURL_HTTP_VERSION_1_0   ? 10
			    : version == CURL_HTTP_VERSION_1_1 ? 11
			    : version == CURL_HTTP_VERSION_2_0 ? 20
							       : 0;
	hop->res->sent_bytes = (uint64_t)sent;
	hop->res->send_ns = total > before ? (uint64_t)(total - before) * NS_PER_US : 0;
}

/* Connects, asks, reads; fills res. left_ms 0: no limit. */
static int run_hop(struct http_hop *hop, const char *of_url, uint64_t left_ms, struct err *err)
{
	uint64_t connect_before = hop->res->phase_ns[HTTP_CONNECT];
	int rc = find_address(hop, err);

	if (rc < 0) {
		close_phase(hop);
		return rc;
	}
	set_callbacks(hop);
	set_connection(hop, (long)left_ms);
	set_method(hop);
	set_credentials(hop, of_url);
	struct curl_slist *headers = set_headers(hop), *pin = pin_address(hop);
	enter(hop, HTTP_CONNECT);
	CURLcode code = curl_easy_perform(hop->curl);
	take_result(hop, connect_before);
	if (code != CURLE_OK && !hop->res->stopped)
		rc = http_failed(hop, code, err);
	curl_slist_free_all(headers);
	curl_slist_free_all(pin);
	return rc;
}

/* ---- the chain of hops ---- */

static bool same_origin(const char *a, const char *b)
{
	AUTO_FREE char *host_a = NULL, *host_b = NULL;
	uint16_t port_a, port_b;

	http_host_port(a, &host_a, &port_a);
	http_host_port(b, &host_b, &port_b);
	return strcasecmp(host_a, host_b) == 0 && port_a == port_b &&
	       strncasecmp(a, b, strcspn(a, ":") + 1) == 0;
}

static bool becomes_get(int status, const char *method, bool uploads)
{
	if (status == 303)
		return !(method && strcmp(method, "HEAD") == 0);
	return (status == 301 || status == 302) && method && strcmp(method, "POST") == 0 && uploads;
}

static void reset_answer(struct http_response *res)
{
	buf_clear(&res->headers);
	buf_clear(&res->body);
	res->body_bytes = 0;
	res->status = 0;
	memset(&res->tls, 0, sizeof res->tls);
}

static char *redirect_of(const struct http_hop *hop)
{
	char *target = NULL;

	curl_easy_getinfo(hop->curl, CURLINFO_REDIRECT_URL, &target);
	return target && hop->res->status >= 300 && hop->res->status < 400 ? xstrdup(target) : NULL;
}

/* One hop at url; *next is where it leads, NULL where it ends. */
static int one_hop(
    struct http_hop *hop, const char *url, uint64_t left_ms, char **next, struct err *err)
{
	AUTO_FREE char *of_url = NULL;
	AUTO_FREE char *host = NULL;
	AUTO_FREE char *plain = http_plain_url(url, &of_url);

	*next = NULL;
	if (!of_url && hop->own_origin && hop->res->hops)
		free(http_plain_url(hop->req->url, &of_url));
	http_host_port(url, &host, &hop->port);
	hop->connect_port = hop->port;
	hop->url = plain;
	hop->host = host;
	free(hop->res->shown_url);
	hop->res->shown_url = http_shown_url(url);
	hop->entered_ns = 0;
	reset_answer(hop->res);
	hop->curl = curl_easy_init();
	if (!hop->curl)
		return err_set(err, FE_ESYS, "libcurl: out of memory");
	int rc = run_hop(hop, of_url, left_ms, err);
	if (rc == 0)
		*next = redirect_of(hop);
	curl_easy_cleanup(hop->curl);
	hop->res->tls.host = NULL;
	return rc;
}

static int left_ms(uint64_t deadline, uint64_t *out)
{
	uint64_t now = deadline ? clock_mono_ns() : 0;

	*out = deadline > now ? (deadline - now + NS_PER_MS - 1) / NS_PER_MS : 0;
	return deadline && deadline <= now ? FE_ETIMEOUT : 0;
}

static int chain(
    const struct http_request *req, struct http_response *res, uint64_t deadline, struct err *err)
{
	AUTO_FREE char *url = xstrdup(req->url);
	AUTO_FREE char *next = NULL;
	bool plain_get = false;
	uint64_t ms = 0;

	for (;;) {
		struct http_hop hop = {.req = req, .res = res, .plain_get = plain_get};
		if (left_ms(deadline, &ms) < 0)
			return err_set(err, FE_ETIMEOUT, "timed out after %u redirects", res->hops);
		hop.own_origin = res->hops == 0 || same_origin(url, req->url);
		int rc = one_hop(&hop, url, ms, &next, err);
		if (rc < 0 || !next || !req->redirects)
			return rc;
		AUTO_FREE char *shown = http_shown_url(next);
		if (res->hops == req->redirects)
			return err_set(err, FE_ELIMIT, "more than %u redirects, the next to %s",
			    req->redirects, shown);
		if (http_check_url(next, NULL, err) < 0)
			return err_wrap(err, "redirected"), FE_EPROTO;
		res->hops++;
		plain_get |= becomes_get(res->status, req->method, req->body_len > 0);
		free(url);
		url = steal(&next);
	}
}

int http_perform(const struct http_request *req, struct http_response *res, struct err *err)
{
	uint64_t deadline = req->timeout_ns ? clock_mono_ns() + req->timeout_ns : 0;
	int rc = http_check_url(req->url, NULL, err);

	memset(res, 0, sizeof *res);
	buf_init(&res->headers, HTTP_MAX_HEADERS);
	buf_init(&res->body, req->max_body);
	return rc < 0 ? rc : chain(req, res, deadline, err);
}

int http_prepare(bool tls, struct err *err)
{
	if (curl_global_init(CURL_GLOBAL_ALL) != CURLE_OK)
		return err_set(err, FE_ESYS, "libcurl does not start");
	if (tls)
		tls_peer_warm();
	http_warm(tls);
	return 0;
}
