/* SPDX-License-Identifier: MIT */
/*
 * safe: which requests are not even heard, and what is believed of who sends them. Pure.
 *
 * Where everything is open (loopback, no credential), a page of anybody's that a browser on this machine
 * shows could reach us: by a name of its own that it makes resolve to 127.0.0.1, or by a form that it
 * sends across. So there a Host must be a loopback's address or name, BIND, or that of FERRET_URL, and
 * what came through a proxy, so from elsewhere, is refused. Everywhere a browser's request that changes
 * something must come from a page of ours (Sec-Fetch-Site, else Origin).
 *
 * What a proxy says of address and scheme is believed where there is one (DYNO, TRUST_PROXY), and of
 * X-Forwarded-For only its last word, which is the proxy's own.
 */
#ifndef FE_COLLECTOR_SAFE_H
#define FE_COLLECTOR_SAFE_H

#include <stdbool.h>
#include <stddef.h>

struct safe_rules {
	bool open;        /* nobody has to say who he is */
	bool proxied;     /* a proxy stands before us, and is believed */
	const char *bind; /* NULL: none; so too below */
	const char *url;  /* FERRET_URL */
};

struct safe_request { /* NULL: the header is not there */
	const char *method, *host, *origin, *fetch_site, *forwarded_for, *forwarded_proto;
	const char *peer; /* address */
};

/* NULL: it is heard. Else why not, for its sender. */
const char *safe_refusal(const struct safe_rules *rules, const struct safe_request *q);
bool safe_is_https(const struct safe_rules *rules, const struct safe_request *q);
/* Whose doing it is, as text: an address. Caller frees. */
char *safe_client(const struct safe_rules *rules, const struct safe_request *q);
/* A path of ours, to lead somebody to after his login; "/" for anything else. Borrowed. */
const char *safe_next(const char *next);
/* GET and HEAD change nothing. */
bool safe_changes(const char *method);

#endif
