/* SPDX-License-Identifier: MIT */
#include "rendezvous.h"

#include <poll.h>
#include <unistd.h>

#include "clock.h"
#include "io.h"
#include "net.h"
#include "tls_conn.h"
#include "xmem.h"

#define DEFAULT_PORT 5000
#define SCHEME "rendezvous://"

const char *rendezvous_word(enum rendezvous_fault fault)
{
	static const char *const words[] = {
#define X(name, word) [RENDEZVOUS_##name] = (word),
	    RENDEZVOUS_FAULTS(X)
#undef X
	};

	return words[fault];
}

struct party {
	const struct rendezvous_opts *opts;
	struct rendezvous_result *res;
	struct rendezvous_scan scan;
	struct net_host host;
	char *secret; /* secret, CR LF */
	int fd;
	struct tls_conn *tls;
	uint64_t entered_ns;
};

static void close_phase(struct party *p)
{
	if (p->entered_ns)
		p->res->phase_ns[p->res->phase] += clock_mono_ns() - p->entered_ns;
	p->entered_ns = 0;
}

static void enter(struct party *p, enum rendezvous_phase phase)
{
	close_phase(p);
	p->entered_ns = clock_mono_ns();
	p->res->phase = phase;
	if (p->opts->entered)
		p->opts->entered(p->opts->arg, phase);
}

static enum rendezvous_fault fails(enum rendezvous_fault fault, const char *detail, struct err *err)
{
	static const int codes[] = {
	    [RENDEZVOUS_OK] = 0,
	    [RENDEZVOUS_SCHEME] = FE_EUSAGE,
	    [RENDEZVOUS_UNREACHABLE] = FE_EIO,
	    [RENDEZVOUS_TLS] = FE_EAUTH,
	    [RENDEZVOUS_NEVER_JOINED] = FE_ETIMEOUT,
	    [RENDEZVOUS_LEFT] = FE_ECLOSED,
	    [RENDEZVOUS_GREETING] = FE_EPROTO,
	    [RENDEZVOUS_EMPTY] = FE_ECLOSED,
	    [RENDEZVOUS_NO_STATUS] = FE_ECLOSED,
	    [RENDEZVOUS_TIMEOUT] = FE_ETIMEOUT,
	    [RENDEZVOUS_LOCAL] = FE_ESYS,
	};
	AUTO_FREE char *copy = xstrdup(detail);

	err_set(err, codes[fault], "rendezvous: %s%s%s", rendezvous_word(fault), *copy ? ": " : "",
	    copy);
	return fault;
}

/* ---- there ---- */

static enum rendezvous_fault take_url(struct party *p, struct err *err)
{
	const char *url = p->opts->attach_url ? p->opts->attach_url : "";

	if (strncmp(url, SCHEME, strlen(SCHEME)) != 0) {
		AUTO_FREE char *scheme = xmemdup0(url, strcspn(url, ":"));
		return fails(
		    RENDEZVOUS_SCHEME, *scheme ? scheme : "the dyno has no attach_url", err);
	}
	url += strlen(SCHEME);
	size_t n = strcspn(url, "/");
	AUTO_FREE char *host = xmemdup0(url, n);
	if (!url[n] || !url[n + 1] || strpbrk(url + n, "\r\n"))
		return fails(RENDEZVOUS_SCHEME, "its address holds no secret", err);
	if (net_host_parse(host, DEFAULT_PORT, &p->host, NULL) < 0)
		return fails(RENDEZVOUS_SCHEME, "its address is not HOST:PORT", err);
	p->secret = xasprintf("%s\r\n", url + n + 1);
	return RENDEZVOUS_OK;
}

static uint64_t or_never(uint64_t deadline_ns)
{
	return deadline_ns ? deadline_ns : UINT64_MAX;
}

/* Every address in turn; err tells of the last. */
static enum rendezvous_fault connect_to(struct party *p, struct err *err)
{
	uint64_t deadline = or_never(p->opts->deadline_ns);
	struct net_addrs addrs;
	struct err why = ERR_INIT;

	enter(p, RENDEZVOUS_CONNECT);
	enum net_fault fault = net_resolve(&p->host, deadline, &addrs, &why);
	for (size_t i = 0; fault == NET_OK && i < addrs.n; i++) {
		err_done(&why);
		fault = net_connect(&addrs.v[i], deadline, &p->fd, &why);
		if (fault == NET_OK)
			return RENDEZVOUS_OK;
		fault = i + 1 < addrs.n && fault != NET_LOCAL ? NET_OK : fault;
	}
	enum rendezvous_fault f = fails(
	    fault == NET_LOCAL ? RENDEZVOUS_LOCAL : RENDEZVOUS_UNREACHABLE, err_text(&why), err);
	err_done(&why);
	return f;
}

static enum rendezvous_fault shake_hands(struct party *p, struct err *err)
{
	struct tls_conn_opts opts = {
	    .fd = p->fd,
	    .store = p->opts->store,
	    .host = p->host.name,
	    .peer = &p->res->tls,
	    .deadline_ns = p->opts->deadline_ns,
	};
	struct err why = ERR_INIT;

	if (p->opts->plain)
		return RENDEZVOUS_OK;
	enter(p, RENDEZVOUS_SHAKE);
	int rc = tls_conn_open(&opts, &p->tls, &why);
	enum rendezvous_fault fault = rc < 0 ? RENDEZVOUS_TLS : RENDEZVOUS_OK;
	if (rc == FE_ETIMEOUT || rc == FE_ECLOSED)
		fault = RENDEZVOUS_UNREACHABLE;
	else if (rc == FE_ESYS)
		fault = RENDEZVOUS_LOCAL;
	if (fault != RENDEZVOUS_OK)
		(void)fails(fault, err_text(&why), err);
	err_done(&why);
	return fault;
}

/* ---- the stream ---- */

static int party_write(struct party *p, const void *bytes, size_t n, uint64_t deadline_ns)
{
	if (p->tls)
		return tls_conn_write(p->tls, bytes, n, NULL);
	return net_send(p->fd, bytes, n, deadline_ns, NULL) == NET_OK ? 0 : FE_ECLOSED;
}

/* As tls_conn_read, in plain: bytes; 0: ended; FE_ETIMEOUT. */
static ssize_t party_read(struct party *p, char *to, size_t n, uint64_t deadline_ns)
{
	if (p->tls) {
		tls_conn_deadline(p->tls, deadline_ns);
		return tls_conn_read(p->tls, to, n, NULL);
	}
	if (net_wait(p->fd, POLLIN, deadline_ns) == NET_TIMEOUT)
		return FE_ETIMEOUT;
	ssize_t got = read(p->fd, to, n);
	return got < 0 ? 0 : got;
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t in(uint64_t ns, uint64_t or_else)
{
	return ns ? clock_mono_ns() + ns : or_else;
}

/* Secret, silence, greeting. */
static enum rendezvous_fault join(struct party *p, struct err *err)
{
	uint64_t all = or_never(p->opts->deadline_ns),
		 until = earlier(all, in(p->opts->join_ns, all));
	char block[4096];

	enter(p, RENDEZVOUS_JOIN);
	if (party_write(p, p->secret, strlen(p->secret), until) < 0)
		return fails(RENDEZVOUS_LEFT, "the secret was not taken", err);
	while (!p->scan.greeted) {
		ssize_t n = party_read(p, block, sizeof block, until);
		if (n == FE_ETIMEOUT)
			return fails(RENDEZVOUS_NEVER_JOINED, "", err);
		if (n <= 0)
			return fails(RENDEZVOUS_LEFT, n ? "TLS broke" : "", err);
		rendezvous_scan_feed(&p->scan, block, (size_t)n);
		if (p->scan.bad_greeting)
			return fails(RENDEZVOUS_GREETING, "other words came first", err);
	}
	return RENDEZVOUS_OK;
}

static enum rendezvous_fault judge_end(struct party *p, bool in_time, struct err *err)
{
	const char *how = p->tls && !p->res->goodbye ? "cut off, no TLS goodbye" : "";

	if (p->scan.status >= 0)
		return RENDEZVOUS_OK;
	if (!in_time)
		return fails(RENDEZVOUS_TIMEOUT, p->scan.output_bytes ? "" : "none came", err);
	if (!p->scan.output_bytes)
		return fails(RENDEZVOUS_EMPTY, how, err);
	if (!p->opts->no_status)
		return fails(RENDEZVOUS_NO_STATUS, how, err);
	return RENDEZVOUS_OK;
}

static enum rendezvous_fault listen_to_end(struct party *p, struct err *err)
{
	uint64_t until = or_never(p->opts->deadline_ns);
	char block[16384];
	ssize_t n = 1;
	bool marked = false;

	enter(p, RENDEZVOUS_OUTPUT);
	if (p->opts->input)
		(void)party_write(p, p->opts->input, p->opts->input_len, until);
	while (n > 0) {
		if (p->scan.done && !marked) {
			marked = true;
			close_phase(p); /* what follows is no output */
			until = earlier(until, in(p->opts->linger_ns, 0));
		}
		if (marked && !p->opts->linger_ns)
			break;
		n = party_read(p, block, sizeof block, until);
		if (n > 0)
			rendezvous_scan_feed(&p->scan, block, (size_t)n);
	}
	p->res->goodbye = p->tls && tls_conn_goodbye(p->tls);
	rendezvous_scan_end(&p->scan);
	return judge_end(p, n != FE_ETIMEOUT, err);
}

static enum rendezvous_fault take_part(struct party *p, struct err *err)
{
	enum rendezvous_fault fault = take_url(p, err);

	if (fault == RENDEZVOUS_OK)
		fault = connect_to(p, err);
	if (fault == RENDEZVOUS_OK)
		fault = shake_hands(p, err);
	if (fault == RENDEZVOUS_OK)
		fault = join(p, err);
	if (fault == RENDEZVOUS_OK)
		fault = listen_to_end(p, err);
	return fault;
}

enum rendezvous_fault rendezvous_run(
    const struct rendezvous_opts *opts, struct rendezvous_result *result, struct err *err)
{
	struct party p = {.opts = opts, .res = result, .fd = -1};

	memset(result, 0, sizeof *result);
	rendezvous_scan_init(&p.scan);
	p.scan.output = opts->output;
	p.scan.arg = opts->arg;
	result->fault = take_part(&p, err);
	close_phase(&p);
	result->status = p.scan.status;
	result->output_bytes = p.scan.output_bytes;
	result->tls.host = NULL;
	tls_conn_free(p.tls);
	io_close(&p.fd);
	net_host_done(&p.host);
	if (p.secret)
		explicit_bzero(p.secret, strlen(p.secret));
	free(p.secret);
	rendezvous_scan_done(&p.scan);
	return result->fault;
}
