/* SPDX-License-Identifier: MIT */
/* router_names: what a request says about where it wants to go and where it comes from. */
#include <arpa/inet.h>
#include <ctype.h>
#include <sys/random.h>
#include <sys/socket.h>

#include "router_in.h"
#include "xmem.h"

static void take_host(struct visit *v)
{
	const char *host = head_get(&v->head, "Host");
	size_t n = host ? strcspn(host, ":") : 0;

	if (n >= sizeof v->host)
		n = 0;
	for (size_t i = 0; i < n; i++)
		v->host[i] = (char)tolower((unsigned char)host[i]);
	v->host[n] = '\0';
	for (char *c = v->host; *c; c++)
		if (!isalnum((unsigned char)*c) && !strchr(".-_", *c))
			*c = '_';
}

/* "/router/NAME/rest" -> NAME and "/rest". */
static void take_path(struct visit *v)
{
	static const char prefix[] = "/router/";
	const char *path = v->head.first[1];

	if (strncmp(path, prefix, sizeof prefix - 1) == 0) {
		const char *name = path + sizeof prefix - 1;
		size_t n = strcspn(name, "/?");

		if (n && n < sizeof v->name) {
			memcpy(v->name, name, n);
			v->name[n] = '\0';
			v->path = xasprintf("%s%s", name[n] == '/' ? "" : "/", name + n);
			return;
		}
	}
	v->path = xstrdup(path);
}

static void take_id(struct visit *v)
{
	const char *given = head_get(&v->head, "X-Request-Id");
	unsigned char r[16];
	size_t n = given ? strlen(given) : 0;

	if (n >= 20 && n < sizeof v->id && strspn(given, "0123456789abcdefABCDEF-") == n) {
		memcpy(v->id, given, n + 1);
		return;
	}
	if (getrandom(r, sizeof r, 0) != (ssize_t)sizeof r)
		memset(r, 0, sizeof r);
	(void)snprintf(v->id, sizeof v->id,
	    "%02x%02x%02x%02x-%02x%02x-4%01x%02x-a%01x%02x-%02x%02x%02x%02x%02x%02x", r[0], r[1],
	    r[2], r[3], r[4], r[5], r[6] & 15, r[7], r[8] & 15, r[9], r[10], r[11], r[12], r[13],
	    r[14], r[15]);
}

static void take_peer(struct visit *v)
{
	struct sockaddr_in a;
	socklen_t len = sizeof a;
	const char *before = head_get(&v->head, "X-Forwarded-For");

	if (getpeername(link_fd(v->client), (struct sockaddr *)&a, &len) < 0 ||
	    !inet_ntop(AF_INET, &a.sin_addr, v->peer, sizeof v->peer))
		memcpy(v->peer, "0.0.0.0", sizeof "0.0.0.0");
	v->fwd = before ? xasprintf("%s,%s", before, v->peer) : xstrdup(v->peer);
	for (char *c = v->fwd; *c; c++)
		if (*c == '"' || *c == ' ')
			*c = '_';
}

void router_names(struct visit *v)
{
	take_host(v);
	take_path(v);
	take_id(v);
	take_peer(v);
}
