/* SPDX-License-Identifier: MIT */
/*
 * outlet_drive: the ways out: requests over HTTP, lines over TCP, datagrams over UDP. Each is made
 * here and belongs to its outlet_run, whose thread alone calls it; nothing in what they say names a
 * URL or a credential.
 *
 * HTTP: 2xx takes, other 4xx than 429 refuses for good, all else is tried again. TCP: a batch is
 * taken when the other machine has acknowledged all of it; a connection that breaks before means the
 * batch again (Graphite takes a point twice as once). UDP: a datagram is taken unless the network
 * says otherwise.
 */
#ifndef FE_COLLECTOR_OUTLET_DRIVE_H
#define FE_COLLECTOR_OUTLET_DRIVE_H

#include "buf.h"
#include "outlet_run.h"
#include "strv.h"

/* Receivers that say nothing. */
#define OUTLET_CONNECT_MS 2000
#define OUTLET_ANSWER_MS 10000
#define OUTLET_STALL_MS 10000 /* TCP: not a byte taken */

extern const struct outlet_driver outlet_http, outlet_tcp, outlet_udp;

/* What one request carries. body is borrowed from out (text) or from the job's items. */
struct outlet_request {
	struct strv headers;
	struct buf text;
	const void *body;
	size_t len;
	const char *query; /* NULL: none */
};

struct outlet_http_rules {
	const char *url, *label, *user, *password, *cacert; /* as of struct post_rules */
	unsigned lanes;
	/* Fills out (empty, with its memory) from a job; on the outlet's thread. */
	void (*encode)(void *arg, const struct outlet_job *job, struct outlet_request *out);
	void *arg;
};

/* NULL with FE_EUSAGE or FE_ESYS. On the loop's thread. */
void *outlet_http_new(const struct outlet_http_rules *rules, struct err *err) FE_MUST_CHECK;

struct outlet_sock_rules {
	const char *address, *label; /* HOST:PORT, and the key that names it */
	uint16_t port;               /* where the address has none */
	/* The job's bytes into text, which is empty. UDP: one datagram. */
	void (*encode)(void *arg, const struct outlet_job *job, struct buf *text);
	void *arg;
};

/* NULL with FE_EUSAGE. */
void *outlet_tcp_new(const struct outlet_sock_rules *rules, struct err *err) FE_MUST_CHECK;
void *outlet_udp_new(const struct outlet_sock_rules *rules, struct err *err) FE_MUST_CHECK;

#endif
