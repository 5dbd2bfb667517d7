/* SPDX-License-Identifier: MIT */
/* dns_opts: options of questions to name servers. */
#include "dns_opts.h"

#include "clock.h"
#include "xmem.h"

const char *const dns_opts_types[] = {
    "A", "AAAA", "CNAME", "MX", "NS", "PTR", "SOA", "SRV", "TXT", NULL};
/* By number, RFC 1035 4.1.1. */
const char *const dns_opts_rcodes[] = {
    "NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED", NULL};

int dns_opts_prepare(const struct dns_opts *o, struct err *err)
{
	if (o->server && net_host_check(o->server, 53, err))
		return err_wrap(err, "--server (DNS_RESOLVE_SERVER)");
	if (o->contains && !o->answers.n)
		return err_set(err, FE_EUSAGE, "--contains without an --answer to contain");
	if (o->answers.n && o->rcode)
		return err_set(err, FE_EUSAGE, "--answer with --rcode %s: want NOERROR",
		    dns_opts_rcodes[o->rcode]);
	return 0;
}

int dns_opts_target(
    const struct dns_opts *o, const char *text, struct dns_target *out, struct err *err)
{
	return dns_target_parse(text, dns_type(dns_opts_types[o->type]), out, err);
}

int dns_opts_check(const struct dns_opts *o, const char *text, struct err *err)
{
	struct dns_target q = {0};
	int rc = dns_opts_target(o, text, &q, err);

	dns_target_done(&q);
	return rc;
}

char *dns_opts_name_of(const char *text)
{
	struct dns_target q = {0};
	size_t len = strcspn(text, "@");

	if (dns_target_parse(text, DNS_A, &q, NULL))
		return xstrdup(text); /* it is refused soon */
	char *name = xasprintf("%.*s%s%s", (int)len, text, q.server.name ? " " : "",
	    q.server.name ? q.server.name : "");

	dns_target_done(&q);
	return name;
}

enum net_fault dns_opts_servers(
    const struct dns_opts *o, const struct dns_target *q, struct net_addrs *out, struct err *err)
{
	struct net_host named = {0};
	const struct net_host *host = q->server.name ? &q->server : &named;

	if (!q->server.name && !o->server)
		return dns_servers(out, err) ? NET_LOCAL : NET_OK;
	if (!q->server.name && net_host_parse(o->server, 53, &named, err))
		return NET_FAILED;
	enum net_fault fault = net_resolve(host, clock_mono_ns() + o->wait.ns, out, err);

	net_host_done(&named);
	if (!fault)
		out->n = 1;
	return fault;
}

struct dns_wanted dns_opts_wanted(const struct dns_opts *o)
{
	return (struct dns_wanted){
	    .rcode = o->rcode, .least = o->least, .answers = &o->answers, .contains = o->contains};
}
