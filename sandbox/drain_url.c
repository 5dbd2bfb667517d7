/* SPDX-License-Identifier: MIT */
#include "drain_url.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <strings.h>

#include "base64.h"
#include "buf.h"
#include "num.h"
#include "sock.h"
#include "xmem.h"

/* In place: %41 -> A. */
static void unescape(char *s)
{
	char *to = s, hex[3] = "";

	for (; *s; s++) {
		if (*s == '%' && strspn(s + 1, "0123456789abcdefABCDEF") >= 2) {
			memcpy(hex, s + 1, 2);
			*to++ = (char)strtoul(hex, NULL, 16);
			s += 2;
		} else {
			*to++ = *s;
		}
	}
	*to = '\0';
}

/* HOST[:PORT] of this machine. */
static int take_host(struct drain_url *d, struct err *err)
{
	uint64_t port = d->tls ? 443 : 80;
	char *name = xstrdup(d->host), *colon = strrchr(name, ':');
	size_t n;

	d->name = name;

	if (colon) {
		*colon = '\0';
		if (num_u64(colon + 1, 1, 65535, &port) < 0)
			return err_set(err, FE_EINVAL, "drain URL: port '%s'", colon + 1);
	}
	n = strlen(name);
	d->to = sock_loopback((uint16_t)port);
	if (strcasecmp(name, "localhost") == 0 ||
	    (n > 10 && strcasecmp(name + n - 10, ".localhost") == 0) ||
	    inet_pton(AF_INET, name, &d->to.sin_addr) == 1)
		return 0;
	return err_set(err, FE_EINVAL,
	    "drain URL: host '%s': wanted an IPv4 address or a name under localhost", name);
}

static char *basic(const char *userinfo, size_t n)
{
	AUTO_FREE char *user = xmemdup0(userinfo, n);
	struct buf AUTO_BUF b = BUF_INIT(BUF_MAX_TEXT);

	unescape(user);
	AUTO_FREE char *pair = xasprintf("%s%s", user, strchr(user, ':') ? "" : ":");

	fe_assert(base64_write(&b, pair, strlen(pair)) == 0);
	return xstrdup(buf_str(&b));
}

static int parse(const char *url, struct drain_url *d, struct err *err)
{
	d->tls = strncasecmp(url, "https://", 8) == 0;
	if (!d->tls && strncasecmp(url, "http://", 7) != 0)
		return err_set(err, FE_EINVAL,
		    "drain URL: wanted http://... or https://..., others are not delivered to");
	if (strlen(url) > DRAIN_URL_MAX)
		return err_set(err, FE_EINVAL, "drain URL: longer than %d bytes", DRAIN_URL_MAX);
	url += d->tls ? 8 : 7;
	size_t n = strcspn(url, "/?");
	const char *at = memrchr(url, '@', n);

	if (at) {
		d->auth = basic(url, (size_t)(at - url));
		n -= (size_t)(at + 1 - url);
		url = at + 1;
	}
	d->host = xmemdup0(url, n);
	d->path = xasprintf("%s%s", url[n] == '/' ? "" : "/", url + n);
	if (strpbrk(url, " \r\n"))
		return err_set(err, FE_EINVAL, "drain URL: blanks in it");
	return take_host(d, err);
}

int drain_url_parse(const char *url, struct drain_url *out, struct err *err)
{
	struct drain_url d = {0};
	int rc = parse(url, &d, err);

	if (rc < 0)
		drain_url_done(&d);
	else
		*out = d;
	return rc;
}

void drain_url_done(struct drain_url *u)
{
	free(u->host);
	free(u->name);
	free(u->path);
	free(u->auth);
	*u = (struct drain_url){0};
}
