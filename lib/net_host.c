/* SPDX-License-Identifier: MIT */
/* net_host: HOST:PORT from text, with errors that name the rule. */
#include <arpa/inet.h>
#include <ctype.h>

#include "net.h"
#include "num.h"
#include "xmem.h"

/* Default ports of the schemes a target may carry (IANA). */
static const struct scheme {
	const char *name;
	uint16_t port;
} schemes[] = {
    {"http", 80},
    {"https", 443},
    {"ssh", 22},
    {"git", 9418},
    {"ftp", 21},
    {"smtp", 25},
    {"smtps", 465},
    {"imap", 143},
    {"imaps", 993},
    {"pop3", 110},
    {"pop3s", 995},
    {"ldap", 389},
    {"ldaps", 636},
    {"redis", 6379},
    {"rediss", 6379},
    {"postgres", 5432},
    {"postgresql", 5432},
    {"mysql", 3306},
    {"amqp", 5672},
    {"amqps", 5671},
    {"mqtt", 1883},
};

static bool is_v6(const char *name)
{
	struct in6_addr a;
	size_t len = strcspn(name, "%");
	AUTO_FREE char *plain = xmemdup0(name, len);

	return inet_pton(AF_INET6, plain, &a) == 1 && strcmp(name + len, "%") != 0;
}

int net_name_check(const char *name, struct err *err)
{
	size_t label = 0;
	struct in_addr a;

	if (strchr(name, ':'))
		return is_v6(name) ? 0 : err_set(err, FE_EUSAGE, "'%s': not an IPv6 address", name);
	if (!name[0] || strlen(name) > 253)
		return err_set(err, FE_EUSAGE, "'%s': want a host name of 1 to 253 bytes", name);
	if (!name[strspn(name, "0123456789.")] && inet_pton(AF_INET, name, &a) != 1)
		return err_set(err, FE_EUSAGE, "'%s': not an IPv4 address", name);
	for (const char *c = name; *c; c++) {
		if (*c != '.' && !isalnum((unsigned char)*c) && *c != '-' && *c != '_')
			return err_set(err, FE_EUSAGE,
			    "'%s': want letters, digits, '-', '_' and '.' in a host name", name);
		label = *c == '.' ? 0 : label + 1;
		if (label > 63 || (*c == '.' && (c == name || c[-1] == '.')))
			return err_set(err, FE_EUSAGE,
			    "'%s': want 1 to 63 bytes between the dots of a host name", name);
	}
	return 0;
}

int net_address_check(const char *text, struct err *err)
{
	struct in_addr a;

	if (inet_pton(AF_INET, text, &a) == 1 || is_v6(text))
		return 0;
	return err_set(err, FE_EUSAGE, "'%s': want an IPv4 or IPv6 address behind '#'", text);
}

/* The scheme's port in *port and what follows "://"; NULL with err for an unknown scheme. */
static const char *after_scheme(const char *text, uint16_t *port, struct err *err)
{
	const char *mark = strstr(text, "://");
	size_t len = mark ? (size_t)(mark - text) : 0;

	if (!mark)
		return text;
	for (size_t i = 0; i < ARRAY_LEN(schemes); i++)
		if (strlen(schemes[i].name) == len && strncmp(schemes[i].name, text, len) == 0) {
			*port = schemes[i].port;
			return mark + 3;
		}
	if (len == 3 && strncmp(text, "tcp", 3) == 0)
		return mark + 3;
	err_set(
	    err, FE_EUSAGE, "'%s': unknown scheme '%.*s' (want HOST:PORT)", text, (int)len, text);
	return NULL;
}

/* Split "HOST", "HOST:PORT", "[V6]", "[V6]:PORT", "V6" (len bytes); *out_port NULL without one. */
static int split(const char *s, size_t len, char **out_name, char **out_port)
{
	const char *colon = memchr(s, ':', len);
	const char *end = s + len;
	const char *name_end = colon ? colon : end;

	if (s[0] == '[') {
		const char *close = memchr(s, ']', len);

		if (!close || (close + 1 < end && close[1] != ':'))
			return FE_EUSAGE;
		s++;
		name_end = close;
		colon = close + 1 < end ? close + 1 : NULL;
	} else if (colon && memchr(colon + 1, ':', (size_t)(end - colon - 1))) {
		name_end = end; /* a bare IPv6 address */
		colon = NULL;
	}
	*out_name = xmemdup0(s, (size_t)(name_end - s));
	*out_port = colon ? xmemdup0(colon + 1, (size_t)(end - colon - 1)) : NULL;
	return 0;
}

int net_host_parse(const char *text, uint16_t default_port, struct net_host *out, struct err *err)
{
	uint64_t port = default_port;

	if (strchr(text, '@')) /* not shown: what stands before it may be a password */
		return err_set(
		    err, FE_EUSAGE, "'...%s': want HOST:PORT, without a user", strrchr(text, '@'));
	const char *s = after_scheme(text, &default_port, err);

	if (!s)
		return FE_EUSAGE;
	size_t len = strcspn(s, "/");
	AUTO_FREE char *name = NULL;
	AUTO_FREE char *number = NULL;

	port = default_port;
	if (s[len] && (s == text || strcmp(s + len, "/") != 0))
		return err_set(err, FE_EUSAGE, "'%s': want HOST:PORT, without a path", text);
	if (split(s, len, &name, &number))
		return err_set(err, FE_EUSAGE, "'%s': want [ADDRESS]:PORT", text);
	int rc = net_name_check(name, err);

	if (rc)
		return rc;
	if (s[0] == '[' && !strchr(name, ':'))
		return err_set(err, FE_EUSAGE, "'%s': want an IPv6 address in brackets", text);
	if (number && num_u64(number, 1, 65535, &port))
		return err_set(err, FE_EUSAGE, "'%s': port '%s' is not 1 to 65535", text, number);
	if (!port)
		return err_set(err, FE_EUSAGE, "'%s': no port (want %s)", text,
		    strchr(name, ':') ? "[ADDRESS]:PORT" : "HOST:PORT");
	*out = (struct net_host){.name = steal(&name), .port = (uint16_t)port};
	return 0;
}

void net_host_done(struct net_host *h)
{
	free(h->name);
	*h = (struct net_host){0};
}

int net_host_check(const char *text, uint16_t default_port, struct err *err)
{
	struct net_host h = {0};
	int rc = net_host_parse(text, default_port, &h, err);

	net_host_done(&h);
	return rc;
}

int net_unescape(const char *text, struct buf *out, struct err *err)
{
	static const char letters[] = "rnt\\";
	static const char bytes[] = "\r\n\t\\";

	for (const char *c = text; *c; c++) {
		const char *letter = c[0] == '\\' && c[1] ? strchr(letters, c[1]) : NULL;
		char byte = c[0];

		if (c[0] == '\\' && c[1] == 'x' && isxdigit((unsigned char)c[2]) &&
		    isxdigit((unsigned char)c[3])) {
			byte = (char)strtol((char[]){c[2], c[3], '\0'}, NULL, 16);
			c += 3;
		} else if (letter) {
			byte = bytes[letter - letters];
			c++;
		} else if (c[0] == '\\') {
			return err_set(err, FE_EUSAGE,
			    "'%s': want \\r, \\n, \\t, \\\\ or \\xNN after a backslash", text);
		}
		if (buf_addc(out, byte))
			return err_set(err, FE_EUSAGE, "more than %zu bytes to send", out->max);
	}
	return 0;
}
