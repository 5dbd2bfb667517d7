/* SPDX-License-Identifier: MIT */
/* httpd_in: what the files of module httpd share. No other file includes it. */
#ifndef FE_LIB_HTTPD_IN_H
#define FE_LIB_HTTPD_IN_H

#include <microhttpd.h>

#include "buf.h"
#include "crowd.h"
#include "httpd.h"
#include "strv.h"

#define HTTPD_ROOM 32U
#define HTTPD_SHARES 256U
#define HTTPD_ROOM_BYTES (2UL * 1024 * 1024)

struct httpd_room { /* of bodies that are over, for those to come */
	struct buf v[HTTPD_ROOM];
	size_t n, bytes;
};

struct httpd {
	struct httpd_rules rules;
	struct MHD_Daemon *daemon;
	uv_poll_t poll;
	uv_timer_t timer, sweep;
	int handles;
	bool closing;
	struct exch *all;
	struct httpd_room room;
	size_t share[HTTPD_SHARES]; /* bytes of bodies, by whose they are */
	struct crowd crowd;
	struct httpd_counts counts;
};

struct httpd_peer { /* a connection */
	struct crowd_one one;
	int fd;
	struct exch *x; /* its request, until that is over */
};

struct exch {
	struct exch *next, **at; /* of all */
	struct httpd *httpd;
	struct MHD_Connection *conn;
	char *method, *path, *query;
	struct buf body, out;
	size_t share;        /* of httpd's, the body's */
	struct strv headers; /* name, value, name, value */
	int file;            /* -1: none */
	size_t received, cut, sent;
	bool deserted, too_big, no_room, told, suspended, has_cut, streaming, ended, late;
	int status;
	struct MHD_Response *response;
	uv_timer_t *timer;
	uv_poll_t *hung; /* watches for the client's going */
	uint64_t delay_ms;
	void (*gone)(void *arg);
	void *gone_arg;
	void (*drained)(void *arg);
	void *drained_arg;
};

/* Run the server from the loop soon: never from inside one of its own callbacks. */
void httpd_nudge(struct httpd *f);
/* A request that was held back goes on. */
void exch_wake(struct exch *x);
void exch_drop_timer(struct exch *x);
void exch_drop_hung(struct exch *x);
/* FE_ELIMIT: the body is too large. */
int httpd_body_add(struct exch *x, const char *p, size_t n) FE_MUST_CHECK;
void httpd_room_done(struct httpd_room *r);
/* A connection comes and goes (MHD_OPTION_NOTIFY_CONNECTION). */
void httpd_on_connection(void *httpd, struct MHD_Connection *conn, void **peer,
    enum MHD_ConnectionNotificationCode code);
/* It is at something else now. False: it was cut. */
bool httpd_turn(struct httpd *f, struct MHD_Connection *conn, enum crowd_phase phase);
/* Its peer; NULL: none. */
struct httpd_peer *httpd_peer_of(struct MHD_Connection *conn);
/* A request is over, or was never begun. NULL is fine. */
void httpd_drop(struct exch *x);
/* Each second: who is too slow. */
void httpd_sweep(struct httpd *f);

#endif
