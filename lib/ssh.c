/* SPDX-License-Identifier: MIT */
/* ssh: an SSH server's banner and host key, through libssh2 with our own reading. */
#include "ssh.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

#pragma GCC diagnostic ignored "-Wdeprecated-declarations" /* 1.11 renames the callback setter */
#include <libssh2.h>

#include "clock.h"
#include "xmem.h"

#define BANNER "SSH-2.0-Ferret_" FERRET_VERSION

struct greeting {
	int fd;
	const struct ssh_wish *wish;
	struct ssh_hello *out;
	LIBSSH2_SESSION *session;
	uint64_t deadline_ns;
	size_t line_at; /* where the current line of first starts */
	int errnum;     /* of the read that failed */
	bool closed;
	bool too_much;
};

static const struct key_type {
	const char *name;
	const char *methods; /* libssh2 wants a list of those it knows */
} key_types[] = {
    /* OpenSSH's own order, so that the fingerprint is the one that people see. */
    {"any", "ssh-ed25519,ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521,"
	    "rsa-sha2-512,rsa-sha2-256,ssh-rsa"},
    {"ed25519", "ssh-ed25519"},
    {"ecdsa", "ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521"},
    {"rsa", "rsa-sha2-512,rsa-sha2-256,ssh-rsa"},
};

const char *const ssh_key_types[] = {"any", "ed25519", "ecdsa", "rsa", NULL};
_Static_assert(ARRAY_LEN(ssh_key_types) == ARRAY_LEN(key_types) + 1, "one name a row");

static const char *methods_of(const char *key_type)
{
	for (size_t i = 0; i < ARRAY_LEN(key_types); i++)
		if (strcmp(key_types[i].name, key_type) == 0)
			return key_types[i].methods;
	return key_types[0].methods;
}

void ssh_hello_init(struct ssh_hello *h)
{
	*h = (struct ssh_hello){0};
	buf_init(&h->first, SSH_PREAMBLE_MAX);
}

void ssh_hello_done(struct ssh_hello *h)
{
	buf_done(&h->first);
	free(h->banner);
	free(h->key_type);
	free(h->fingerprint);
	*h = (struct ssh_hello){0};
}

/* The bytes of the first lines, until one of them is the banner. */
static void see(struct greeting *g, const char *p, size_t len)
{
	struct buf *b = &g->out->first;

	for (size_t i = 0; i < len && !g->out->banner; i++) {
		if (buf_addc(b, p[i])) {
			g->too_much = true;
			return;
		}
		if (p[i] != '\n')
			continue;
		const char *line = b->p + g->line_at;
		size_t n = b->len - g->line_at - 1;

		g->line_at = b->len;
		if (strncmp(line, "SSH-", 4) != 0)
			continue;
		while (n && line[n - 1] == '\r')
			n--;
		g->out->banner = xmemdup0(line, n);
		g->deadline_ns = clock_mono_ns() + g->wish->phase_ns;
		if (g->wish->done)
			g->wish->done(g->wish->data, "banner");
	}
}

/* libssh2's read: bytes, 0 at the end, or -errno. */
static ssize_t receive(libssh2_socket_t fd, void *p, size_t len, int flags, void **abstract)
{
	struct greeting *g = *abstract;
	ssize_t n = recv(fd, p, len, flags);

	if (n < 0) {
		if (errno != EAGAIN && errno != EINTR)
			g->errnum = errno;
		return errno == EINTR ? -EAGAIN : -errno;
	}
	g->closed = n == 0;
	see(g, p, (size_t)n);
	return g->too_much ? -ECONNABORTED : n;
}

/* libssh2's write: bytes, or -errno. */
static ssize_t transmit(libssh2_socket_t fd, const void *p, size_t len, int flags, void **abstract)
{
	struct greeting *g = *abstract;
	ssize_t n = send(fd, p, len, flags | MSG_NOSIGNAL);

	if (n >= 0)
		return n;
	if (errno != EAGAIN && errno != EINTR)
		g->errnum = errno;
	return errno == EINTR ? -EAGAIN : -errno;
}

static void base64(struct buf *b, const unsigned char *p, size_t len)
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < len; i += 3) {
		unsigned n = (unsigned)p[i] << 16 | (i + 1 < len ? (unsigned)p[i + 1] << 8 : 0U) |
			     (i + 2 < len ? p[i + 2] : 0U);

		for (size_t d = 0; d < 4 && d <= len - i; d++)
			buf_put(b, "%c", digits[n >> (18 - 6 * d) & 63]);
	}
}

static const char *key_name(int type)
{
	switch (type) {
	case LIBSSH2_HOSTKEY_TYPE_RSA:
		return "ssh-rsa";
	case LIBSSH2_HOSTKEY_TYPE_DSS:
		return "ssh-dss";
	case LIBSSH2_HOSTKEY_TYPE_ECDSA_256:
		return "ecdsa-sha2-nistp256";
	case LIBSSH2_HOSTKEY_TYPE_ECDSA_384:
		return "ecdsa-sha2-nistp384";
	case LIBSSH2_HOSTKEY_TYPE_ECDSA_521:
		return "ecdsa-sha2-nistp521";
	case LIBSSH2_HOSTKEY_TYPE_ED25519:
		return "ssh-ed25519";
	default:
		return "unknown";
	}
}

static enum net_fault learn_key(struct greeting *g, struct err *err)
{
	const char *hash = libssh2_hostkey_hash(g->session, LIBSSH2_HOSTKEY_HASH_SHA256);
	struct buf AUTO_BUF b = BUF_INIT(64); /* "SHA256:" and 43 digits */
	size_t len = 0;
	int type = 0;

	if (!hash || !libssh2_session_hostkey(g->session, &len, &type)) {
		err_set(err, FE_EPROTO, "key exchange ended without a host key");
		return NET_PROTOCOL;
	}
	buf_put(&b, "SHA256:");
	base64(&b, (const void *)hash, 32);
	g->out->fingerprint = buf_take(&b);
	g->out->key_type = xstrdup(key_name(type));
	if (g->wish->done)
		g->wish->done(g->wish->data, "kex");
	return NET_OK;
}

static void tell_first(const struct greeting *g, struct buf *b)
{
	if (g->out->first.len) {
		buf_put(b, "; first bytes: ");
		net_excerpt(b, g->out->first.p, g->out->first.len, 80);
	}
}

static enum net_fault silent(const struct greeting *g, struct err *err)
{
	double seconds = (double)g->wish->phase_ns / (double)NS_PER_S;
	struct buf AUTO_BUF first = BUF_INIT(BUF_MAX_TEXT);

	tell_first(g, &first);
	if (g->out->banner)
		err_set(err, FE_ETIMEOUT, "hung in key exchange: no end in %.3f s", seconds);
	else
		err_set(err, FE_ETIMEOUT, "hung before its banner: none in %.3f s%s", seconds,
		    buf_str(&first));
	return NET_TIMEOUT;
}

/* The handshake failed for good: in which phase, and by whose doing. */
static enum net_fault explain(const struct greeting *g, struct err *err)
{
	const char *where = g->out->banner ? "in key exchange" : "before its banner";
	struct buf AUTO_BUF first = BUF_INIT(BUF_MAX_TEXT);
	enum net_fault fault = NET_CLOSED;
	char *text = NULL;

	tell_first(g, &first);
	if (!g->out->banner && g->out->first.len) {
		err_set(err, FE_EPROTO, "not an SSH server%s", buf_str(&first));
		return NET_PROTOCOL;
	}
	if (g->errnum) {
		fault = net_fault_of(g->errnum, false);
		err_set(err, FE_EIO, "connection %s %s", net_fault_word(fault), where);
		return fault;
	}
	if (g->closed) {
		err_set(err, FE_ECLOSED, "connection closed %s", where);
		return fault;
	}
	libssh2_session_last_error(g->session, &text, NULL, 0);
	err_set(err, FE_EPROTO, "key exchange failed: %s (host key types wanted: %s)",
	    text && *text ? text : "no reason given", methods_of(g->wish->key_type));
	return NET_PROTOCOL;
}

static enum net_fault shake_hands(struct greeting *g, struct err *err)
{
	for (;;) {
		int rc = libssh2_session_handshake(g->session, g->fd);

		if (rc == 0)
			return learn_key(g, err);
		if (rc != LIBSSH2_ERROR_EAGAIN)
			return explain(g, err);
		bool out =
		    libssh2_session_block_directions(g->session) & LIBSSH2_SESSION_BLOCK_OUTBOUND;
		enum net_fault fault =
		    clock_mono_ns() >= g->deadline_ns
			? NET_TIMEOUT
			: net_wait(g->fd, out ? POLLIN | POLLOUT : POLLIN, g->deadline_ns);

		if (fault == NET_TIMEOUT)
			return silent(g, err);
		if (fault) {
			err_sys(err, errno, "wait for the SSH server");
			return fault;
		}
	}
}

/* The callbacks' place in the API is a void *, whatever the function. */
static void listen_in(LIBSSH2_SESSION *session)
{
	ssize_t (*in)(libssh2_socket_t, void *, size_t, int, void **) = receive;
	ssize_t (*out)(libssh2_socket_t, const void *, size_t, int, void **) = transmit;
	void *callback = NULL;

	_Static_assert(sizeof callback == sizeof in, "POSIX: a function fits a void *");
	memcpy(&callback, &in, sizeof callback);
	libssh2_session_callback_set(session, LIBSSH2_CALLBACK_RECV, callback);
	memcpy(&callback, &out, sizeof callback);
	libssh2_session_callback_set(session, LIBSSH2_CALLBACK_SEND, callback);
}

static bool is_one_of(const char *word, size_t len, const char *const *list, int n)
{
	for (int i = 0; i < n; i++)
		if (strlen(list[i]) == len && strncmp(list[i], word, len) == 0)
			return true;
	return false;
}

/*
 * Ask for host keys of the wanted type. Only methods that the library knows may be named to it:
 * libssh2 1.10 takes unknown ones out with a memcpy between overlapping places.
 */
static int prefer(LIBSSH2_SESSION *session, const char *methods)
{
	struct buf AUTO_BUF known = BUF_INIT(BUF_MAX_TEXT);
	const char **list = NULL;
	int n = libssh2_session_supported_algs(session, LIBSSH2_METHOD_HOSTKEY, &list);

	for (const char *m = methods; n > 0 && *m;) {
		size_t len = strcspn(m, ",");

		if (is_one_of(m, len, list, n))
			buf_put(&known, "%s%.*s", known.len ? "," : "", (int)len, m);
		m += len + (m[len] == ',');
	}
	if (list)
		libssh2_free(session, list);
	return known.len
		   ? libssh2_session_method_pref(session, LIBSSH2_METHOD_HOSTKEY, buf_str(&known))
		   : -1;
}

enum net_fault ssh_greet(
    int fd, const struct ssh_wish *wish, struct ssh_hello *out, struct err *err)
{
	struct greeting g = {
	    .fd = fd, .wish = wish, .out = out, .deadline_ns = clock_mono_ns() + wish->phase_ns};
	enum net_fault fault = NET_LOCAL;

	if (libssh2_init(0)) {
		err_set(err, FE_ESYS, "libssh2 does not start");
		return NET_LOCAL;
	}
	g.session = libssh2_session_init_ex(NULL, NULL, NULL, &g);
	if (g.session) {
		listen_in(g.session);
		libssh2_session_set_blocking(g.session, 0);
	}
	if (!g.session || libssh2_session_banner_set(g.session, BANNER) ||
	    prefer(g.session, methods_of(wish->key_type)))
		err_set(err, FE_ESYS, "libssh2 starts no session with host keys of type %s",
		    wish->key_type);
	else
		fault = shake_hands(&g, err);
	if (!fault) /* a clean leave, which the server need not log as a broken connection */
		libssh2_session_disconnect(g.session, "ferret has seen the host key");
	if (g.session)
		libssh2_session_free(g.session);
	libssh2_exit();
	return fault;
}

int ssh_fingerprint_check(const char *text, struct err *err)
{
	size_t digits =
	    strncmp(text, "SHA256:", 7) == 0
		? strspn(text + 7, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				   "0123456789+/")
		: 0;

	if (digits == 43 && !text[7 + digits])
		return 0;
	return err_set(err, FE_EUSAGE,
	    "'%s': want SHA256: and 43 base64 digits, as ssh-keygen -l prints it", text);
}
