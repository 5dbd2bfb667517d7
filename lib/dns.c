/* SPDX-License-Identifier: MIT */
/* dns: messages and the system's name servers; the one module that knows c-ares. */
#include "dns.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <strings.h>

/* c-ares 1.28 and later want their record interface, which Debian 12's 1.18 does not have. */
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
#include <ares.h>

#include "dns_wire.h"
#include "xmem.h"

enum {
	HEADER = 12,
	CLASS_IN = 1,
	NAME_WIRE_MAX = 255, /* RFC 1035 */
};

/* A message under the eyes; every read checks that it stays inside. */
struct reader {
	const unsigned char *p;
	size_t len;
	size_t at;
	struct buf *why; /* set at the first thing that cannot be read */
};

struct record {
	unsigned type;
	unsigned class;
	uint32_t ttl;
	size_t end; /* of its data, which starts at reader.at */
};

int dns_type(const char *name)
{
#define X(n, number)                                                                               \
	if (strcasecmp(name, #n) == 0)                                                             \
		return number;
	DNS_TYPES(X)
#undef X
	return 0;
}

const char *dns_type_name(int type)
{
#define X(n, number)                                                                               \
	if (type == (number))                                                                      \
		return #n;
	DNS_TYPES(X)
#undef X
	return "?";
}

const char *dns_rcode(int rcode, char out[16])
{
	static const char *const words[] = {
	    "NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED"};

	if (rcode >= 0 && (size_t)rcode < ARRAY_LEN(words))
		return words[rcode];
	(void)snprintf(out, 16, "RCODE%d", rcode & 0xfff);
	return out;
}

void dns_reply_init(struct dns_reply *r)
{
	*r = (struct dns_reply){0};
	buf_init(&r->why, BUF_MAX_TEXT);
}

void dns_reply_done(struct dns_reply *r)
{
	strv_done(&r->answers);
	strv_done(&r->chain);
	buf_done(&r->why);
}

/* ---- names ---- */

/* 192.0.2.1 -> 1.2.0.192.in-addr.arpa, and nibbles for IPv6; NULL when name is no address. */
static char *reverse(const char *name)
{
	unsigned char a[16];
	struct buf AUTO_BUF b = BUF_INIT(128);

	if (inet_pton(AF_INET, name, a) == 1)
		return xasprintf("%u.%u.%u.%u.in-addr.arpa", (unsigned)a[3], (unsigned)a[2],
		    (unsigned)a[1], (unsigned)a[0]);
	if (inet_pton(AF_INET6, name, a) != 1)
		return NULL;
	for (int i = 15; i >= 0; i--)
		buf_put(&b, "%x.%x.", (unsigned)a[i] & 15U, (unsigned)a[i] >> 4);
	buf_put(&b, "ip6.arpa");
	return buf_take(&b);
}

int dns_name(const char *name, int type, char **out, struct err *err)
{
	size_t len = strlen(name);
	size_t label = 0;
	char *back = type == DNS_PTR ? reverse(name) : NULL;

	if (back) {
		*out = back;
		return 0;
	}
	if (strcmp(name, ".") == 0) {
		*out = xstrdup(".");
		return 0;
	}
	if (len && name[len - 1] == '.')
		len--;
	if (len < 1 || len > 253)
		return err_set(err, FE_EUSAGE, "'%s': want a name of 1 to 253 bytes", name);
	for (size_t i = 0; i < len; i++) {
		if (name[i] != '.' && !isalnum((unsigned char)name[i]) && !strchr("-_*", name[i]))
			return err_set(err, FE_EUSAGE,
			    "'%s': want letters, digits, '-', '_', '*' and '.' in a name", name);
		label = name[i] == '.' ? 0 : label + 1;
		if (label > 63 || (!label && (i == 0 || i + 1 == len || name[i - 1] == '.')))
			return err_set(err, FE_EUSAGE,
			    "'%s': want 1 to 63 bytes between the dots of a name", name);
	}
	*out = xmemdup0(name, len);
	return 0;
}

static void add_server(struct net_addrs *out, const struct ares_addr_port_node *node)
{
	uint16_t port = htons((uint16_t)(node->udp_port ? node->udp_port : 53));
	struct net_addr *a = &out->v[out->n];

	out->total++;
	if (out->n == NET_ADDRS_MAX)
		return;
	*a = (struct net_addr){0};
	if (node->family == AF_INET) {
		struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = port};

		in.sin_addr = node->addr.addr4;
		memcpy(&a->sa, &in, sizeof in);
		a->len = sizeof in;
	} else {
		struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = port};

		memcpy(&in6.sin6_addr, &node->addr.addr6, sizeof in6.sin6_addr);
		memcpy(&a->sa, &in6, sizeof in6);
		a->len = sizeof in6;
	}
	out->n++;
}

int dns_servers(struct net_addrs *out, struct err *err)
{
	ares_channel channel = NULL;
	struct ares_addr_port_node *list = NULL;
	int rc = ares_init(&channel);

	if (!rc)
		rc = ares_get_servers_ports(channel, &list);
	out->n = 0;
	out->total = 0;
	for (const struct ares_addr_port_node *i = list; i; i = i->next)
		add_server(out, i);
	if (list)
		ares_free_data(list);
	if (channel)
		ares_destroy(channel);
	if (rc)
		return err_set(err, FE_ESYS, "read resolv.conf: %s", ares_strerror(rc));
	return out->n ? 0 : err_set(err, FE_ESYS, "resolv.conf names no name server");
}

/* ---- messages ---- */

int dns_encode(const char *name, int type, uint16_t id, struct buf *out, struct err *err)
{
	unsigned char *p = NULL;
	int len = 0;
	int rc = ares_create_query(name, CLASS_IN, type, id, 1, &p, &len, DNS_UDP_MAX);

	if (!rc && buf_add(out, p, (size_t)len))
		rc = ARES_ENOMEM;
	if (p)
		ares_free_string(p);
	return rc ? err_set(err, FE_EINVAL, "ask for '%s': %s", name, ares_strerror(rc)) : 0;
}

static int broken(struct reader *r, const char *what)
{
	if (!r->why->len)
		buf_put(r->why, "%s at byte %zu of %zu", what, r->at, r->len);
	return -1;
}

static int u16(struct reader *r, unsigned *out)
{
	if (r->len - r->at < 2)
		return broken(r, "message ends");
	*out = (unsigned)r->p[r->at] << 8 | r->p[r->at + 1];
	r->at += 2;
	return 0;
}

static int u32(struct reader *r, uint32_t *out)
{
	unsigned high = 0;
	unsigned low = 0;

	if (u16(r, &high) || u16(r, &low))
		return -1;
	*out = (uint32_t)high << 16 | low;
	return 0;
}

/* A name in lower case without its last dot ("." for the root). Caller frees. */
static int read_name(struct reader *r, char **out)
{
	char *s = NULL;
	long used = 0;

	if (r->at >= r->len ||
	    ares_expand_name(r->p + r->at, r->p, (int)r->len, &s, &used) != ARES_SUCCESS)
		return broken(r, "bad name");
	r->at += (size_t)used;
	*out = xstrdup(s[0] ? s : ".");
	ares_free_string(s);
	for (char *c = *out; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	size_t len = strlen(*out);

	if (len > 1 && (*out)[len - 1] == '.')
		(*out)[len - 1] = '\0';
	return 0;
}

/* COUNT numbers of 16 bits, then a name: MX, SRV, and with none NS, CNAME, PTR. */
static int put_numbers_and_name(struct reader *r, int count, struct buf *b)
{
	AUTO_FREE char *name = NULL;

	for (int i = 0; i < count; i++) {
		unsigned n = 0;

		if (u16(r, &n))
			return -1;
		buf_put(b, "%u ", n);
	}
	if (read_name(r, &name))
		return -1;
	buf_put(b, "%s", name);
	return 0;
}

static int put_soa(struct reader *r, struct buf *b)
{
	AUTO_FREE char *server = NULL;
	AUTO_FREE char *mailbox = NULL;

	if (read_name(r, &server) || read_name(r, &mailbox))
		return -1;
	buf_put(b, "%s %s", server, mailbox);
	for (int i = 0; i < 5; i++) { /* serial, refresh, retry, expire, minimum */
		uint32_t n = 0;

		if (u32(r, &n))
			return -1;
		buf_put(b, " %lu", (unsigned long)n);
	}
	return 0;
}

/* The strings of a TXT record, joined as their readers join them (RFC 7208, 3.3). */
static int put_txt(struct reader *r, size_t end, struct buf *b)
{
	while (r->at < end) {
		size_t n = r->p[r->at++];

		if (n > end - r->at)
			return broken(r, "string of TXT passes its record");
		net_excerpt(b, r->p + r->at, n, n);
		r->at += n;
	}
	return 0;
}

static int put_address(struct reader *r, size_t end, int family, struct buf *b)
{
	char text[INET6_ADDRSTRLEN];
	size_t size = family == AF_INET ? 4 : 16;

	if (end - r->at != size || !inet_ntop(family, r->p + r->at, text, sizeof text))
		return broken(r, "address of a wrong size");
	r->at += size;
	buf_put(b, "%s", text);
	return 0;
}

static int put_data(struct reader *r, const struct record *rec, struct buf *b)
{
	switch (rec->type) {
	case DNS_A:
		return put_address(r, rec->end, AF_INET, b);
	case DNS_AAAA:
		return put_address(r, rec->end, AF_INET6, b);
	case DNS_MX:
		return put_numbers_and_name(r, 1, b);
	case DNS_SRV:
		return put_numbers_and_name(r, 3, b);
	case DNS_SOA:
		return put_soa(r, b);
	case DNS_TXT:
		return put_txt(r, rec->end, b);
	default: /* NS, CNAME, PTR: no other type comes here */
		return put_numbers_and_name(r, 0, b);
	}
}

static int read_record(struct reader *r, struct record *out)
{
	AUTO_FREE char *owner = NULL;
	unsigned len = 0;

	if (read_name(r, &owner) || u16(r, &out->type) || u16(r, &out->class) ||
	    u32(r, &out->ttl) || u16(r, &len))
		return -1;
	if (len > r->len - r->at)
		return broken(r, "record passes the message");
	out->end = r->at + len;
	return 0;
}

static int read_answers(struct reader *r, unsigned count, int type, struct dns_reply *out)
{
	for (unsigned i = 0; i < count; i++) {
		struct record rec = {0};
		struct buf AUTO_BUF text = BUF_INIT(4UL * 65536); /* a record, all bytes escaped */

		if (read_record(r, &rec))
			return -1;
		bool wanted = rec.type == (unsigned)type;

		if (rec.class == CLASS_IN && (wanted || rec.type == DNS_CNAME)) {
			if (put_data(r, &rec, &text))
				return -1;
			if (r->at != rec.end)
				return broken(r, "record longer than its data");
			if (!(out->answers.n + out->chain.n) || rec.ttl < out->ttl)
				out->ttl = rec.ttl;
			strv_add(wanted ? &out->answers : &out->chain, buf_str(&text));
		}
		r->at = rec.end;
	}
	return 0;
}

/* What makes a message the answer to this question, or why it is not. */
static enum dns_read read_question(struct reader *r, const struct dns_query *q, unsigned count)
{
	AUTO_FREE char *name = NULL;
	unsigned type = 0;
	unsigned class = 0;

	if (count == 0 && r->p[3] & 15)
		return DNS_READ; /* an error may leave the question out */
	if (count != 1) {
		buf_put(r->why, "an answer with %u questions", count);
		return DNS_FOREIGN;
	}
	if (read_name(r, &name) || u16(r, &type) || u16(r, &class))
		return DNS_FOREIGN;
	if (type == (unsigned)q->type && class == CLASS_IN && strcasecmp(name, q->name) == 0)
		return DNS_READ;
	buf_put(r->why, "an answer to another question (%s)", name);
	return DNS_FOREIGN;
}

enum dns_read dns_decode(
    const void *p, size_t len, const struct dns_query *q, uint16_t id, struct dns_reply *out)
{
	struct reader r = {.p = p, .len = len, .why = &out->why};
	unsigned head[6] = {0}; /* id, flags, and the counts of the four sections */

	buf_clear(&out->why);
	if (len < HEADER || len > 65535) {
		buf_put(&out->why, "%zu bytes that are no DNS message: ", len);
		net_excerpt(&out->why, p, len, 32);
		return DNS_FOREIGN;
	}
	for (size_t i = 0; i < ARRAY_LEN(head); i++)
		if (u16(&r, &head[i]))
			return DNS_FOREIGN;
	if (head[0] != id || !(head[1] & 0x8000)) {
		buf_put(&out->why, head[0] == id ? "a question, not an answer" : "a wrong id");
		if (head[0] != id)
			buf_put(&out->why, " (%u, asked with %u)", head[0], (unsigned)id);
		return DNS_FOREIGN;
	}
	enum dns_read foreign = read_question(&r, q, head[2]);

	if (foreign)
		return foreign;
	out->rcode = (int)(head[1] & 15);
	out->truncated = head[1] & 0x0200;
	out->authoritative = head[1] & 0x0400;
	out->recursion = head[1] & 0x0080;
	if (out->truncated)
		return DNS_READ;
	return read_answers(&r, head[3], q->type, out) ? DNS_BROKEN : DNS_READ;
}
