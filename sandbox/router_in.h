/* SPDX-License-Identifier: MIT */
/* router_in: what the files of the router share: a visit is one request. Not for others. */
#ifndef FE_SANDBOX_ROUTER_IN_H
#define FE_SANDBOX_ROUTER_IN_H

#include <netinet/in.h>

#include "head.h"
#include "link.h"
#include "router.h"
#include "sock.h"

enum phase { READING, FINDING, DIALING, WAITING, STREAMING, OVER };

struct router {
	struct router_rules rules;
	struct router_events ev;
	struct sock_listener *listener;
	struct visit *first;
};

struct visit {
	struct visit *next, **at;
	struct router *router;
	struct link *client;
	struct flow *dyno;
	struct sock_dial *dial;
	uv_timer_t timer; /* one thing at a time */
	enum phase phase;
	bool has_app, keep; /* keep: another request may follow */
	unsigned served;
	struct head head;
	struct router_target target;
	struct buf in, out; /* request bytes not yet sent; head of the response */
	struct buf ahead;   /* what came of the next request */
	char host[256], name[ROUTER_NAME_MAX], peer[INET_ADDRSTRLEN], id[40];
	char *path, *fwd;
	enum head_body body, answer_body;
	uint64_t body_left, answer_left, since_ms, dial_ms, connect_ms, bytes;
	struct head_chunks chunks, answer_chunks;
	int status;
};

uint64_t router_now(const struct visit *v);
void router_timer(struct visit *v, uint64_t ms, uv_timer_cb fn);
/* The answer is complete: wait for the next request, where there may be one. */
void router_again(struct visit *v);
/* The visit is over; nothing of it may be touched but by the functions on the stack. */
void router_leave(struct visit *v, bool flush);
/* It ends with this code: the line, and the platform's page where the client has seen nothing. */
void router_fail(struct visit *v, unsigned code);

/* router_answer: the dyno's side of flow; arg is the visit. */
void router_answer(void *arg, const char *p, size_t n);
void router_answer_end(void *arg);
void router_answer_late(uv_timer_t *timer);

/* router_names: host, path, name, id, peer of a head that was read. */
void router_names(struct visit *v);

#endif
