/* SPDX-License-Identifier: MIT */
/* httpd_peer: connections: how many, whose, and which are too slow. */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "httpd_in.h"
#include "xmem.h"

#define SILENCE_SLACK_MS 100 /* the kernel counts in ticks, the loop at its turns */

size_t httpd_raise_descriptors(void)
{
	struct rlimit l;

	if (getrlimit(RLIMIT_NOFILE, &l))
		return 1024;
	l.rlim_cur = l.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &l);
	return getrlimit(RLIMIT_NOFILE, &l) ? 1024 : (size_t)l.rlim_cur;
}

static int64_t now_of(const struct httpd *f)
{
	return (int64_t)uv_now(f->rules.loop);
}

/* The server reads its end, and closes it by itself. */
static void cut(const struct httpd_peer *p)
{
	(void)shutdown(p->fd, SHUT_RDWR);
}

static void read_address(struct MHD_Connection *conn, unsigned char out[16])
{
	const union MHD_ConnectionInfo *info =
	    MHD_get_connection_info(conn, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	const struct sockaddr *at = info ? info->client_addr : NULL;

	memset(out, 0, 16);
	if (at && at->sa_family == AF_INET6) {
		memcpy(out, &((const struct sockaddr_in6 *)(const void *)at)->sin6_addr, 16);
	} else if (at && at->sa_family == AF_INET) {
		out[10] = out[11] = 0xff;
		memcpy(out + 12, &((const struct sockaddr_in *)(const void *)at)->sin_addr, 4);
	}
}

static void come(struct httpd *f, struct MHD_Connection *conn, void **peer)
{
	const union MHD_ConnectionInfo *info =
	    MHD_get_connection_info(conn, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct httpd_peer *p = xcalloc(1, sizeof *p);
	struct crowd_one *drop;
	unsigned char address[16];

	fe_assert(info);
	p->fd = info->connect_fd;
	*peer = p;
	read_address(conn, address);
	enum crowd_answer answer = crowd_enter(&f->crowd, &p->one, address, now_of(f), &drop);

	if (drop) {
		f->counts.dropped++;
		cut((struct httpd_peer *)(void *)drop);
	}
	if (answer == CROWD_IN)
		return;
	f->counts.full += answer == CROWD_FULL;
	f->counts.too_many += answer == CROWD_TOO_MANY;
	cut(p);
}

void httpd_on_connection(
    void *httpd, struct MHD_Connection *conn, void **peer, enum MHD_ConnectionNotificationCode code)
{
	struct httpd *f = httpd;
	struct httpd_peer *p = *peer;

	if (code == MHD_CONNECTION_NOTIFY_STARTED) {
		come(f, conn, peer);
	} else if (p) {
		httpd_drop(p->x);
		crowd_leave(&f->crowd, &p->one);
		free(p);
		*peer = NULL;
	}
}

struct httpd_peer *httpd_peer_of(struct MHD_Connection *conn)
{
	const union MHD_ConnectionInfo *info =
	    MHD_get_connection_info(conn, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	return info ? info->socket_context : NULL;
}

bool httpd_turn(struct httpd *f, struct MHD_Connection *conn, enum crowd_phase phase)
{
	struct httpd_peer *p = httpd_peer_of(conn);

	if (!p || !p->one.in)
		return false;
	crowd_turn(&f->crowd, &p->one, phase, now_of(f));
	return true;
}

/* Nothing has come for so long? What cannot be asked is taken to be silent: it has a timeout too. has_left:
 * nothing can come any more; the server itself overlooks that in the middle of a head. */
static bool was_silent(const struct httpd_peer *p, int64_t ms, bool *has_left)
{
	struct tcp_info info;
	socklen_t n = sizeof info;

	if (getsockopt(p->fd, IPPROTO_TCP, TCP_INFO, &info, &n))
		return true;
	*has_left = info.tcpi_state == TCP_CLOSE_WAIT;
	return (int64_t)info.tcpi_last_data_recv + SILENCE_SLACK_MS >= ms;
}

static void look_at(struct httpd *f, enum crowd_phase phase, int64_t now)
{
	struct crowd_one *one;

	while ((one = crowd_late(&f->crowd, phase, now))) {
		struct httpd_peer *p = (struct httpd_peer *)(void *)one;

		bool has_left = false, silent = was_silent(p, now - one->since_ms, &has_left);

		if (!has_left && crowd_looked(&f->crowd, one, silent, now))
			continue;
		f->counts.slow_head += !has_left;
		crowd_leave(&f->crowd, one);
		cut(p);
	}
}

static void cut_late(struct httpd *f, enum crowd_phase phase, int64_t now, uint64_t *count)
{
	struct crowd_one *one;

	while ((one = crowd_late(&f->crowd, phase, now))) {
		++*count;
		crowd_leave(&f->crowd, one);
		cut((struct httpd_peer *)(void *)one);
	}
}

void httpd_sweep(struct httpd *f)
{
	int64_t now = now_of(f);

	look_at(f, CROWD_HEAD, now);
	look_at(f, CROWD_IDLE, now);
	cut_late(f, CROWD_BODY, now, &f->counts.slow_body);
	cut_late(f, CROWD_TAKES, now, &f->counts.slow_reader);
}

struct httpd_counts httpd_counts(const struct httpd *f)
{
	struct httpd_counts n = f->counts;

	n.connections = f->crowd.n;
	n.most = f->crowd.most;
	n.limit = f->crowd.limits.total;
	return n;
}
