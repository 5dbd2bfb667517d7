/* SPDX-License-Identifier: MIT */
/* reach: name, address and connection of a try, told to mon step by step. */
#include "reach.h"

#include "clock.h"
#include "io.h"

int reach_fail(struct try *t, enum net_fault fault, const struct err *err)
{
	if (fault == NET_LOCAL)
		return try_unknown(t, "local", "%s", err_text(err));
	return try_fail(t, "%s", err_text(err));
}

uint64_t reach_deadline(const struct opt_seconds *limit)
{
	return clock_mono_ns() + limit->ns;
}

int reach_resolve(
    struct try *t, const struct net_host *h, const struct opt_seconds *limit, struct net_addrs *out)
{
	struct err err = ERR_INIT;

	try_enter(t, "dns");
	enum net_fault fault = net_resolve(h, reach_deadline(limit), out, &err);
	int verdict = 0;

	try_mark(t, "dns"); /* failures too: they last, and phases tile */
	if (fault)
		verdict = reach_fail(t, fault, &err);
	err_done(&err);
	return verdict;
}

int reach_connect(
    struct try *t, const struct net_host *h, const struct opt_seconds *limit, int *out_fd)
{
	struct net_addrs addrs;
	struct err err = ERR_INIT;
	char peer[NET_TEXT_MAX];
	int verdict = reach_resolve(t, h, limit, &addrs);

	if (verdict)
		return verdict;
	net_text(&addrs.v[0], peer);
	try_evidence(t, "peer", "%s", peer);
	try_enter(t, "connect");
	enum net_fault fault = net_connect(&addrs.v[0], reach_deadline(limit), out_fd, &err);

	try_mark(t, "connect");
	if (fault)
		verdict = reach_fail(t, fault, &err);
	else
		try_evidence_socket(t, *out_fd);
	err_done(&err);
	return verdict;
}

enum net_fault reach_talk(struct try *t, int fd, const struct reach_talk *talk, struct err *err)
{
	struct buf AUTO_BUF got = BUF_INIT(BUF_MAX_TEXT);
	struct buf AUTO_BUF seen = BUF_INIT(BUF_MAX_TEXT);
	uint64_t deadline = reach_deadline(talk->limit);

	if (!talk->say->len && !talk->wanted)
		return NET_OK;
	try_enter(t, "answer");
	enum net_fault fault = net_send(fd, talk->say->p, talk->say->len, deadline, err);

	while (!fault && talk->wanted && pattern_find(talk->wanted, buf_str(&got), got.len) != 1)
		fault = net_read(fd, &got, deadline, err);
	try_body(t, buf_str(&got), got.len);
	net_excerpt(&seen, buf_str(&got), got.len, 200);
	if (fault && talk->wanted)
		err_wrap(err, "no answer like '%s', got '%s'", talk->like, buf_str(&seen));
	return fault;
}

/* Connect to one address of several, use it, tell its values. */
static enum net_fault try_address(struct try *t, const struct net_addr *a,
    const struct opt_seconds *limit, reach_use use, uint64_t *connecting_ns)
{
	char host[NET_TEXT_MAX];
	char name[NET_TEXT_MAX + 16];
	struct err err = ERR_INIT;
	uint64_t start = clock_mono_ns();
	int AUTO_FD fd = -1;
	enum net_fault fault = net_connect(a, reach_deadline(limit), &fd, &err);
	uint64_t took = clock_mono_ns() - start;

	*connecting_ns += took;
	net_text_host(a, host);
	if (!fault)
		fault = use(t, fd, &err);
	if (fault)
		try_output(t, "%s: %s\n", host, err_text(&err));
	(void)snprintf(name, sizeof name, "up.%s", host);
	if (fault != NET_LOCAL)
		try_value(t, name, fault ? 0 : 100, "");
	(void)snprintf(name, sizeof name, "connect.%s", host);
	try_value(t, name, (double)took / (double)NS_PER_S, "s");
	err_done(&err);
	return fault;
}

int reach_each(
    struct try *t, const struct net_host *h, const struct opt_seconds *limit, reach_use use)
{
	struct net_addrs addrs;
	struct buf AUTO_BUF dead = BUF_INIT(NET_ADDRS_MAX * (NET_TEXT_MAX + 2UL));
	uint64_t connecting_ns = 0;
	size_t failed = 0;
	size_t untried = 0;
	int verdict = reach_resolve(t, h, limit, &addrs);

	if (verdict)
		return verdict;
	for (size_t i = 0; i < addrs.n; i++) {
		char host[NET_TEXT_MAX];

		try_enter(t, "connect");
		net_text_host(&addrs.v[i], host);
		enum net_fault fault = try_address(t, &addrs.v[i], limit, use, &connecting_ns);

		untried += fault == NET_LOCAL;
		if (fault && fault != NET_LOCAL)
			buf_put(&dead, "%s%s", failed++ ? ", " : "", host);
	}
	untried += addrs.total - addrs.n;
	try_phase(t, "connect", connecting_ns);
	try_value(t, "addresses", (double)addrs.total, "");
	try_value(t, "dead", (double)failed, "");
	if (failed)
		return try_fail(t, "%zu of %zu addresses of %s dead: %s", failed, addrs.total,
		    h->name, buf_str(&dead));
	if (untried)
		return try_unknown(t, "local", "%zu of %zu addresses of %s not tried", untried,
		    addrs.total, h->name);
	return try_pass(t);
}
