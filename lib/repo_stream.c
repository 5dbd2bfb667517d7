/* SPDX-License-Identifier: MIT */
/*
 * repo_stream: libgit2's connections over our sockets and lib/tls_conn.
 *
 * libgit2 makes streams through a registration that carries no argument and holds for the whole
 * process, so the session that they belong to stands in a variable of the thread, set for the
 * length of one job: the only one in lib.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <git2/sys/stream.h>

#include "clock.h"
#include "io.h"
#include "net.h"
#include "num.h"
#include "repo_in.h"
#include "tls_conn.h"
#include "xmem.h"

struct stream {
	git_stream parent; /* first: libgit2 sees nothing else */
	struct repo_session *s;
	struct net_host host;
	bool tls;
	int fd;
	struct tls_conn *conn;
	git_cert none; /* libgit2 asks for a certificate after ours was verified */
};

static _Thread_local struct repo_session *current;

/* Keep the first failure, in our words; libgit2 gets to know that there was one. */
static int failed(struct repo_session *s, int code, struct err *err)
{
	if (!s->io_code) {
		s->io = *err;
		s->io_code = code;
		*err = (struct err)ERR_INIT;
	}
	err_done(err);
	(void)git_error_set_str(GIT_ERROR_NET, "the connection failed");
	return -1;
}

static int timed_out(struct repo_session *s)
{
	struct err err = ERR_INIT;
	double quiet = (double)(clock_mono_ns() - s->last_ns) / 1e9;

	err_set(&err, FE_ETIMEOUT,
	    "deadline exceeded in phase %s: hung, nothing came for %.1f s after %llu bytes",
	    s->phase < REPO_PHASES ? repo_phase_names[s->phase] : "other", quiet,
	    (unsigned long long)s->got);
	return failed(s, FE_ETIMEOUT, &err);
}

static int net_failed(struct repo_session *s, enum net_fault fault, struct err *err)
{
	if (fault == NET_TIMEOUT && s->phase > REPO_CONNECT) {
		err_done(err);
		return timed_out(s);
	}
	return failed(s, fault == NET_LOCAL ? FE_ESYS : err->code, err);
}

/* ---- connect ---- */

static int reach(struct stream *st)
{
	struct repo_session *s = st->s;
	struct err err = ERR_INIT;
	struct net_addrs *addrs = xcalloc(1, sizeof *addrs);

	repo_enter(s, REPO_DNS);
	enum net_fault fault = net_resolve(&st->host, repo_deadline(s), addrs, &err);
	if (fault == NET_OK) {
		net_text(&addrs->v[0], s->seen->peer);
		repo_enter(s, REPO_CONNECT);
		fault = net_connect(&addrs->v[0], repo_deadline(s), &st->fd, &err);
	}
	free(addrs);
	return fault == NET_OK ? 0 : net_failed(s, fault, &err);
}

static int secure(struct stream *st)
{
	struct repo_session *s = st->s;
	struct err err = ERR_INIT;
	struct tls_conn_opts opts = {.fd = st->fd,
	    .store = s->job->opts->store,
	    .host = st->host.name,
	    .peer = &s->seen->tls,
	    .deadline_ns = s->job->deadline_ns};

	repo_enter(s, REPO_TLS);
	int rc = tls_conn_open(&opts, &st->conn, &err);
	if (rc == FE_ETIMEOUT) {
		err_done(&err);
		return timed_out(s);
	}
	return rc < 0 ? failed(s, rc, &err) : 0;
}

static int stream_connect(git_stream *parent)
{
	struct stream *st = (struct stream *)parent;
	struct repo_session *s = st->s;
	enum repo_phase before = s->phase;

	s->ended = false;
	if (reach(st) < 0 || (st->tls && secure(st) < 0))
		return -1;
	repo_enter(s, before >= REPO_PACK && before < REPO_PHASES ? before : REPO_REFS);
	return 0;
}

/* ---- bytes ---- */

static void note(struct repo_session *s, const char *p, size_t len)
{
	struct repo_seen *seen = s->seen;

	if (!s->answering) {
		s->answering = true;
		seen->answer_len = 0;
		seen->status = 0;
	}
	for (size_t i = 0; i < len && seen->answer_len < sizeof seen->answer - 1; i++)
		seen->answer[seen->answer_len++] = p[i];
	seen->answer[seen->answer_len] = 0;
	if (!seen->status && seen->answer_len >= 12 && memcmp(seen->answer, "HTTP/1.", 7) == 0) {
		char code[4] = {seen->answer[9], seen->answer[10], seen->answer[11], 0};
		uint64_t n = 0;
		if (num_u64(code, 100, 999, &n) == 0)
			seen->status = (int)n;
	}
	s->got += len;
	s->last_ns = clock_mono_ns();
}

static ssize_t plain_read(struct stream *st, void *p, size_t len)
{
	struct repo_session *s = st->s;
	struct err err = ERR_INIT;

	for (;;) {
		ssize_t n = recv(st->fd, p, len, MSG_DONTWAIT);
		if (n >= 0)
			return n;
		if (errno != EAGAIN && errno != EINTR) {
			err_sys(&err, errno, "read from %s", s->seen->peer);
			return failed(s, err.code, &err);
		}
		if (net_wait(st->fd, POLLIN, repo_deadline(s)) != NET_OK)
			return timed_out(s);
	}
}

static ssize_t secure_read(struct stream *st, void *p, size_t len)
{
	struct err err = ERR_INIT;
	ssize_t n = tls_conn_read(st->conn, p, len, &err);

	if (n == FE_ETIMEOUT) {
		err_done(&err);
		return timed_out(st->s);
	}
	return n < 0 ? failed(st->s, (int)n, &err) : n;
}

static ssize_t stream_read(git_stream *parent, void *p, size_t len)
{
	struct stream *st = (struct stream *)parent;
	ssize_t n = st->tls ? secure_read(st, p, len) : plain_read(st, p, len);

	if (n > 0)
		note(st->s, p, (size_t)n);
	st->s->ended = n == 0;
	return n;
}

static ssize_t stream_write(git_stream *parent, const char *p, size_t len, int flags)
{
	struct stream *st = (struct stream *)parent;
	struct repo_session *s = st->s;
	struct err err = ERR_INIT;

	(void)flags;
	s->answering = false;
	if (!st->tls) {
		enum net_fault fault = net_send(st->fd, p, len, repo_deadline(s), &err);
		return fault == NET_OK ? (ssize_t)len : net_failed(s, fault, &err);
	}
	int rc = tls_conn_write(st->conn, p, len, &err);
	if (rc == FE_ETIMEOUT) {
		err_done(&err);
		return timed_out(s);
	}
	return rc < 0 ? failed(s, rc, &err) : (ssize_t)len;
}

/* ---- making and ending ---- */

static int stream_close(git_stream *parent)
{
	struct stream *st = (struct stream *)parent;

	tls_conn_free(st->conn);
	st->conn = NULL;
	if (st->fd >= 0 && st->s->job->closing)
		st->s->job->closing(st->s->job->arg, st->fd);
	io_close(&st->fd);
	return 0;
}

static void stream_free(git_stream *parent)
{
	struct stream *st = (struct stream *)parent;

	stream_close(parent);
	net_host_done(&st->host);
	free(st);
}

static int stream_certificate(git_cert **out, git_stream *parent)
{
	*out = &((struct stream *)parent)->none;
	return 0;
}

/* A redirect may lead to another origin; credentials do not go with it. */
static int check_origin(struct repo_session *s, const char *host, const char *port, bool tls)
{
	AUTO_FREE char *origin = xasprintf("%s:%s", host, port);
	struct err err = ERR_INIT;

	if (!s->origin) {
		s->origin = steal(&origin);
		s->origin_tls = tls;
		return 0;
	}
	if (strcmp(s->origin, origin) == 0 && s->origin_tls == tls)
		return 0;
	if (tls && !s->job->opts->store)
		err_set(&err, FE_EPROTO, "redirected to https://%s; make that the target", origin);
	else if (s->job->opts->token)
		err_set(
		    &err, FE_EPROTO, "redirected to %s, where the credentials do not go", origin);
	else
		return 0;
	return failed(s, FE_EPROTO, &err);
}

static int make(git_stream **out, const char *host, const char *port, bool tls)
{
	uint64_t number = 0;

	fe_assert(current);
	if (num_u64(port, 1, 65535, &number) < 0 || check_origin(current, host, port, tls) < 0)
		return -1;
	struct stream *st = xcalloc(1, sizeof *st);
	st->parent = (git_stream){.version = GIT_STREAM_VERSION,
	    .encrypted = tls,
	    .connect = stream_connect,
	    .certificate = stream_certificate,
	    .read = stream_read,
	    .write = stream_write,
	    .close = stream_close,
	    .free = stream_free};
	st->s = current;
	st->host = (struct net_host){.name = xstrdup(host), .port = (uint16_t)number};
	st->tls = tls;
	st->fd = -1;
	*out = &st->parent;
	return 0;
}

static int make_plain(git_stream **out, const char *host, const char *port)
{
	return make(out, host, port, false);
}

static int make_tls(git_stream **out, const char *host, const char *port)
{
	return make(out, host, port, true);
}

int repo_stream_use(struct repo_session *s, struct err *err)
{
	git_stream_registration plain = {.version = GIT_STREAM_VERSION, .init = make_plain};
	git_stream_registration tls = {.version = GIT_STREAM_VERSION, .init = make_tls};
	/* libgit2's SSH casts the plain stream to its own socket type: it must get that one. */
	bool ours = s->scheme != REPO_SSH;

	current = s;
	if (git_stream_register(GIT_STREAM_STANDARD, ours ? &plain : NULL) < 0 ||
	    git_stream_register(GIT_STREAM_TLS, ours ? &tls : NULL) < 0)
		return err_set(err, FE_ESYS, "libgit2 takes no stream");
	return 0;
}

void repo_stream_end(void)
{
	current = NULL;
}
