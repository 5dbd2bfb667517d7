/* SPDX-License-Identifier: MIT */
/* reach: name, address and connection of a try, told to mon step by step. */
#include "reach.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "guard.h"
#include "io.h"
#include "xmem.h"

int reach_target_parse(
    const char *text, uint16_t default_port, struct reach_target *out, struct err *err)
{
	const char *hash = strchr(text, '#');
	AUTO_FREE char *host = hash ? xmemdup0(text, (size_t)(hash - text)) : xstrdup(text);
	int rc = hash ? net_address_check(hash + 1, err) : 0;

	*out = (struct reach_target){0};
	if (rc || (rc = net_host_parse(host, default_port, &out->host, err)))
		return rc;
	out->address = hash ? xstrdup(hash + 1) : NULL;
	return 0;
}

void reach_target_done(struct reach_target *to)
{
	net_host_done(&to->host);
	free(to->address);
	to->address = NULL;
}

int reach_target_check(const char *text, uint16_t default_port, struct err *err)
{
	struct reach_target to;
	int rc = reach_target_parse(text, default_port, &to, err);

	reach_target_done(&to);
	return rc;
}

struct look_up {
	const struct net_host *host;
	const struct opt_seconds *limit;
};

/* In a child: each address a line for the parent. */
static int print_addresses(void *arg)
{
	const struct look_up *l = arg;
	struct net_addrs addrs;
	char address[NET_TEXT_MAX];

	if (net_resolve(l->host, reach_deadline(l->limit), &addrs, NULL) != NET_OK)
		return FE_EXIT_OK;
	for (size_t i = 0; i < addrs.n; i++) {
		net_text_host(&addrs.v[i], address);
		(void)!io_write_all(STDOUT_FILENO, address, strlen(address));
		(void)!io_write_all(STDOUT_FILENO, "\n", 1);
	}
	return addrs.total > addrs.n ? FE_EXIT_FAIL : FE_EXIT_OK;
}

/* The addresses of a name, looked up in a child: the lookup leaves threads that the monitor's tries,
 * its forks, would wait for in vain. */
static int addresses_of(struct look_up *l, struct strv *out)
{
	struct buf AUTO_BUF text = BUF_INIT((size_t)NET_ADDRS_MAX * NET_TEXT_MAX);
	int ends[2], status = 0;
	char chunk[256];
	pid_t pid;
	ssize_t n;

	(void)signal(SIGCHLD, SIG_DFL); /* ignored, there would be nothing to wait for */
	if (pipe2(ends, O_CLOEXEC) < 0)
		return FE_ESYS;
	struct guard_spawn s = {.run = print_addresses,
	    .arg = l,
	    .in = -1,
	    .out = ends[1],
	    .err = STDERR_FILENO,
	    .group_only = true};
	int rc = guard_spawn(&s, &pid, NULL);

	io_close(&ends[1]);
	while (!rc && (n = read(ends[0], chunk, sizeof chunk)) != 0)
		if (n > 0)
			rc = buf_add(&text, chunk, (size_t)n);
	io_close(&ends[0]);
	if (rc || waitpid(pid, &status, 0) != pid)
		return FE_ESYS;
	strv_split(out, buf_str(&text), "\n");
	return status ? FE_ELIMIT : 0;
}

int reach_expand(
    const char *text, const struct opt_seconds *limit, struct strv *suffixes, struct strv *targets)
{
	AUTO_STRV struct strv found = {0};
	struct reach_target to;
	struct look_up l = {.host = &to.host, .limit = limit};
	int rc = reach_target_parse(text, 0, &to, NULL);

	if (!rc && !to.address)
		rc = addresses_of(&l, &found);
	for (size_t i = 0; !rc && i < found.n; i++) {
		strv_take(targets, xasprintf("%s#%s", text, found.v[i]));
		for (char *c = found.v[i]; *c; c++)
			*c = *c == '.' || *c == ':' || *c == '%' ? '-' : *c;
		strv_add(suffixes, found.v[i]);
	}
	reach_target_done(&to);
	return rc;
}

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

/* The address asked for, or the first; NULL: the name has it no more. */
static const struct net_addr *choose(const struct net_addrs *addrs, const char *wanted)
{
	char text[NET_TEXT_MAX];

	for (size_t i = 0; i < addrs->n; i++) {
		net_text_host(&addrs->v[i], text);
		if (!wanted || strcmp(text, wanted) == 0)
			return &addrs->v[i];
	}
	return NULL;
}

int reach_connect(
    struct try *t, const struct reach_target *to, const struct opt_seconds *limit, int *out_fd)
{
	struct net_addrs addrs;
	struct err err = ERR_INIT;
	char peer[NET_TEXT_MAX];
	int verdict = reach_resolve(t, &to->host, limit, &addrs);

	if (verdict)
		return verdict;
	const struct net_addr *address = choose(&addrs, to->address);

	if (!address)
		return try_unknown(
		    t, "unlisted", "%s is no address of %s any more", to->address, to->host.name);
	net_text(address, peer);
	try_evidence(t, "peer", "%s", peer);
	try_enter(t, "connect");
	enum net_fault fault = net_connect(address, reach_deadline(limit), out_fd, &err);

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
	try_mark(t, "answer");
	try_body(t, buf_str(&got), got.len);
	net_excerpt(&seen, buf_str(&got), got.len, 200);
	if (fault && talk->wanted)
		err_wrap(err, "no answer like '%s', got '%s'", talk->like, buf_str(&seen));
	return fault;
}
