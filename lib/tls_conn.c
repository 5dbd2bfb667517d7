/* SPDX-License-Identifier: MIT */
/* tls_conn: OpenSSL over a non-blocking socket, every wait with a deadline. */
#include "tls_conn.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "net.h"
#include "xmem.h"

struct tls_conn {
	SSL_CTX *ctx;
	SSL *ssl;
	struct tls_conn_opts opts;
};

/* What OpenSSL asks for after a call that gave ret: 0 = go on, or an error. */
static int settle(struct tls_conn *c, int ret, const char *doing, struct err *err)
{
	int errnum = errno, why = SSL_get_error(c->ssl, ret);
	uint64_t deadline = c->opts.deadline_ns ? c->opts.deadline_ns : UINT64_MAX;
	const char *reason = ERR_reason_error_string(ERR_peek_last_error());

	ERR_clear_error();
	switch (why) {
	case SSL_ERROR_WANT_READ:
	case SSL_ERROR_WANT_WRITE: {
		short events = why == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT;
		enum net_fault fault = net_wait(c->opts.fd, events, deadline);
		if (fault == NET_TIMEOUT)
			return err_set(err, FE_ETIMEOUT, "%s: timed out", doing);
		return fault == NET_OK ? 0 : err_sys(err, errno, "%s: poll", doing);
	}
	case SSL_ERROR_ZERO_RETURN:
		return err_set(err, FE_ECLOSED, "%s: closed by the other side", doing);
	case SSL_ERROR_SYSCALL:
		return errnum ? err_sys(err, errnum, "%s", doing)
			      : err_set(err, FE_ECLOSED, "%s: closed by the other side", doing);
	default:
		if (reason && strstr(reason, "unexpected eof"))
			return err_set(err, FE_ECLOSED, "%s: closed by the other side", doing);
		return err_set(err, FE_EPROTO, "%s: %s", doing, reason ? reason : "no TLS");
	}
}

/* SSL_set_tlsext_host_name, which casts away a const, spelled out. */
static void set_server_name(SSL *ssl, const char *host)
{
	AUTO_FREE char *name = xstrdup(host);

	(void)SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, name);
}

static int set_up(struct tls_conn *c, struct err *err)
{
	struct in6_addr any;
	const char *host = c->opts.host;

	c->ctx = SSL_CTX_new(TLS_client_method());
	if (!c->ctx || !SSL_CTX_set_min_proto_version(c->ctx, TLS1_2_VERSION))
		return err_set(err, FE_ESYS, "OpenSSL gives no context");
	SSL_CTX_set_verify(c->ctx, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_mode(c->ctx, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_AUTO_RETRY);
	int rc = tls_peer_watch(c->ctx, c->opts.store, host, c->opts.peer);
	if (rc < 0)
		return rc;
	c->ssl = SSL_new(c->ctx);
	if (!c->ssl || !SSL_set_fd(c->ssl, c->opts.fd))
		return err_set(err, FE_ESYS, "OpenSSL gives no connection");
	if (inet_pton(AF_INET, host, &any) != 1 && inet_pton(AF_INET6, host, &any) != 1)
		set_server_name(c->ssl, host);
	return 0;
}

static int shake_hands(struct tls_conn *c, struct err *err)
{
	for (;;) {
		ERR_clear_error();
		errno = 0;
		int ret = SSL_connect(c->ssl);
		if (ret == 1)
			return 0;
		if (c->opts.peer->refused) {
			ERR_clear_error();
			return err_set(err, FE_EAUTH, "%s", c->opts.peer->why);
		}
		int rc = settle(c, ret, "TLS handshake", err);
		if (rc < 0)
			return rc;
	}
}

int tls_conn_open(const struct tls_conn_opts *opts, struct tls_conn **out, struct err *err)
{
	struct tls_conn *c = xcalloc(1, sizeof *c);

	c->opts = *opts;
	int rc = set_up(c, err);
	if (rc == 0)
		rc = shake_hands(c, err);
	if (rc < 0)
		tls_conn_free(c);
	else
		*out = c;
	return rc;
}

ssize_t tls_conn_read(struct tls_conn *c, void *p, size_t len, struct err *err)
{
	for (;;) {
		ERR_clear_error();
		errno = 0;
		int n = SSL_read(c->ssl, p, len > INT_MAX ? INT_MAX : (int)len);
		if (n > 0)
			return n;
		int rc = settle(c, n, "TLS read", err);
		if (rc == FE_ECLOSED) {
			err_done(err);
			return 0;
		}
		if (rc < 0)
			return rc;
	}
}

int tls_conn_write(struct tls_conn *c, const void *p, size_t len, struct err *err)
{
	const char *at = p;

	while (len) {
		ERR_clear_error();
		errno = 0;
		int n = SSL_write(c->ssl, at, len > INT_MAX ? INT_MAX : (int)len);
		if (n > 0) {
			at += n;
			len -= (size_t)n;
			continue;
		}
		int rc = settle(c, n, "TLS write", err);
		if (rc < 0)
			return rc;
	}
	return 0;
}

void tls_conn_deadline(struct tls_conn *c, uint64_t deadline_ns)
{
	c->opts.deadline_ns = deadline_ns;
}

bool tls_conn_goodbye(const struct tls_conn *c)
{
	return SSL_get_shutdown(c->ssl) & SSL_RECEIVED_SHUTDOWN;
}

void tls_conn_free(struct tls_conn *c)
{
	if (!c)
		return;
	if (c->ssl && SSL_is_init_finished(c->ssl))
		(void)SSL_shutdown(c->ssl);
	SSL_free(c->ssl);
	SSL_CTX_free(c->ctx);
	ERR_clear_error();
	free(c);
}
