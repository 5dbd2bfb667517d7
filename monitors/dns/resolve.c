/* SPDX-License-Identifier: MIT */
/* dns/resolve: ask a name server, and compare its answer with the wanted one. */
#include "dns_opts.h"
#include "reach.h"

static struct dns_opts my = DNS_OPTS_INIT;
static const struct opt options[] = {DNS_OPTS(&my), OPT_END};

static int prepare(struct err *err)
{
	return dns_opts_prepare(&my, err);
}

static int check_target(const char *target, struct err *err)
{
	return dns_opts_check(&my, target, err);
}

static void tell(struct try *t, const struct dns_reply *r, const char *server, size_t silent)
{
	char b[16];
	try_evidence(t, "server", "%s", server);
	try_evidence(t, "rcode", "%s", dns_rcode(r->rcode, b));
	for (size_t i = 0; i < r->chain.n; i++)
		try_output(t, "CNAME %s\n", r->chain.v[i]);
	for (size_t i = 0; i < r->answers.n; i++)
		try_output(t, "%s\n", r->answers.v[i]);
	try_value(t, "silent", (double)silent, ""); /* servers asked before this one */
	try_value(t, "answers", (double)r->answers.n, "");
	try_value(t, "ttl", r->ttl, "s");
}

static int probe(struct try *t)
{
	struct dns_wanted wanted = dns_opts_wanted(&my);
	struct dns_target q = {0};
	struct net_addrs servers = {.n = 0};
	struct dns_reply r;
	struct err err = ERR_INIT;
	char server[NET_TEXT_MAX];
	size_t at = 0;
	dns_reply_init(&r);
	if (dns_opts_target(&my, try_target(t), &q, &err))
		return reach_fail(t, NET_FAILED, &err);
	try_enter(t, "dns");
	enum net_fault fault = dns_opts_servers(&my, &q, &servers, &err);
	try_mark(t, "dns");
	if (fault)
		return reach_fail(t, fault, &err);
	struct dns_query ask = {.name = q.name, .type = q.type};
	try_enter(t, "query");
	fault = dns_ask_any(&ask, &servers, my.wait.ns, &r, &at, &err);
	if (r.truncated)
		try_phase(t, "tcp", r.tcp_ns);
	try_mark(t, "query");
	if (fault)
		return reach_fail(t, fault, &err);
	try_output(t, "%s", at ? err_text(&err) : "");
	net_text(&servers.v[at], server);
	tell(t, &r, server, at);
	fault = dns_judge(&ask, &r, &wanted, server, &err) ? NET_PROTOCOL : NET_OK;
	return fault ? reach_fail(t, fault, &err) : try_pass(t);
}

int main(int argc, char **argv)
{
	static const struct mon_spec spec = {.name = "dns/resolve",
	    .summary = "ask a name server",
	    .about =
		"Asks one question: the target's server, else --server, else those of resolv.conf\n"
		"in turn; nothing is cached. Phases: dns (a server's name), query, tcp (again).",
	    .target = "NAME[/TYPE][@SERVER[:PORT]]",
	    .opts = options,
	    .probe = probe,
	    .prepare = prepare,
	    .check_target = check_target,
	    .name_of = dns_opts_name_of};
	return mon_main(argc, argv, &spec);
}
