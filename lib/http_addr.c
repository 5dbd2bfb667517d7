/* SPDX-License-Identifier: MIT */
/* Names to addresses as programs of this machine see them (nsswitch, hosts), nothing kept. */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http_in.h"
#include "io.h"

static bool unreachable(int family, const char *address)
{
	struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons(9)};
	struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons(9)};
	const struct sockaddr *sa = family == AF_INET ? (void *)&four : (void *)&six;
	void *at = family == AF_INET ? (void *)&four.sin_addr : (void *)&six.sin6_addr;
	int fd AUTO_FD = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || inet_pton(family, address, at) != 1)
		return fd < 0;
	return connect(fd, sa, family == AF_INET ? sizeof four : sizeof six) < 0 &&
	       (errno == ENETUNREACH || errno == EADDRNOTAVAIL);
}

bool http_no_route(const char *address)
{
	if (address)
		return unreachable(strchr(address, ':') ? AF_INET6 : AF_INET, address);
	/* Addresses that are documentation's (RFC 5737, 3849): a UDP connect only looks at routes. */
	return unreachable(AF_INET, "192.0.2.1") && unreachable(AF_INET6, "2001:db8::1");
}

bool http_is_address(const char *host)
{
	unsigned char any[sizeof(struct in6_addr)];

	return inet_pton(AF_INET, host, any) == 1 || inet_pton(AF_INET6, host, any) == 1;
}

static int resolve_failed(const char *host, int code, int errnum, struct err *err)
{
	switch (code) {
	case EAI_NONAME:
		return err_set(err, FE_ENOENT, "the name %s does not exist", host);
	case EAI_NODATA:
		return err_set(err, FE_ENOENT, "the name %s has no address", host);
	case EAI_SYSTEM:
		return err_set(err, FE_ESYS, "looking up %s: %s", host, strerrorname_np(errnum));
	case EAI_MEMORY:
		return err_set(err, FE_ESYS, "looking up %s: out of memory", host);
	case EAI_AGAIN:
		if (http_no_route(NULL))
			return err_set(
			    err, FE_ESYS, "looking up %s: this machine has no network", host);
		return err_set(err, FE_EIO, "looking up %s: no name server gave an answer", host);
	default:
		return err_set(err, FE_EIO, "looking up %s: %s", host, gai_strerror(code));
	}
}

/* Names under localhost are this machine's, whatever a name server says (RFC 6761, 6.3); glibc asks
 * one nevertheless. */
static bool below_localhost(const char *host)
{
	static const char end[] = ".localhost";
	size_t n = strlen(host);

	return n >= sizeof end && strcasecmp(host + n - (sizeof end - 1), end) == 0;
}

int http_resolve(const char *host, struct strv *out, struct err *err)
{
	if (below_localhost(host)) {
		strv_add(out, "127.0.0.1");
		return 0;
	}
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *list = NULL;
	char text[HTTP_MAX_ADDRESS];
	int code = getaddrinfo(host, NULL, &hints, &list);
	size_t first = out->n;

	if (code)
		return resolve_failed(host, code, errno, err);
	for (struct addrinfo *a = list; a; a = a->ai_next) {
		size_t i = first;
		if (getnameinfo(
			a->ai_addr, a->ai_addrlen, text, sizeof text, NULL, 0, NI_NUMERICHOST))
			continue;
		while (i < out->n && strcmp(out->v[i], text) != 0)
			i++;
		if (i == out->n)
			strv_add(out, text);
	}
	freeaddrinfo(list);
	return out->n > first ? 0 : err_set(err, FE_ENOENT, "the name %s has no address", host);
}
