/* SPDX-License-Identifier: MIT */
/* dns_target: questions from text, answers against wishes. */
#include "dns_target.h"

#include <strings.h>

#include "xmem.h"

int dns_target_parse(const char *text, int default_type, struct dns_target *out, struct err *err)
{
	size_t len = strcspn(text, "/@");
	size_t type_len = text[len] == '/' ? strcspn(text + len + 1, "@") : 0;
	const char *at = strchr(text + len, '@');
	AUTO_FREE char *name = xmemdup0(text, len);
	AUTO_FREE char *type = xmemdup0(text + len + (type_len > 0), type_len);
	struct dns_target made = {.type = text[len] == '/' ? dns_type(type) : default_type};
	int rc = 0;

	if (!made.type)
		return err_set(err, FE_EUSAGE,
		    "'%s': type '%s' is none of A, AAAA, CNAME, MX, NS, PTR, SOA, SRV, TXT", text,
		    type);
	rc = dns_name(name, made.type, &made.name, err);
	if (!rc && at)
		rc = net_host_parse(at + 1, 53, &made.server, err);
	if (rc)
		dns_target_done(&made);
	else
		*out = made;
	return rc;
}

void dns_target_done(struct dns_target *t)
{
	free(t->name);
	net_host_done(&t->server);
	*t = (struct dns_target){0};
}

static bool has(const struct strv *list, int type, const char *text)
{
	for (size_t i = 0; i < list->n; i++)
		if ((type == DNS_TXT ? strcmp : strcasecmp)(list->v[i], text) == 0)
			return true;
	return false;
}

static bool has_all(const struct strv *list, int type, const struct strv *wanted)
{
	for (size_t i = 0; i < wanted->n; i++)
		if (!has(list, type, wanted->v[i]))
			return false;
	return true;
}

/* The first answers for a message. An answer has at most 64 KB, all of it escaped; an argument,
 * which a wanted one comes from, at most 128 KB. */
static char *join(const struct strv *list)
{
	enum { SHOWN = 20 };
	struct buf AUTO_BUF b = BUF_INIT(SHOWN * 300UL * 1024);

	for (size_t i = 0; i < list->n && i < SHOWN; i++)
		buf_put(&b, "%s%s", i ? ", " : "", list->v[i]);
	if (list->n > SHOWN)
		buf_put(&b, " and %zu more", list->n - SHOWN);
	return buf_take(&b);
}

static int wrong_rcode(const struct dns_query *q, const struct dns_reply *r,
    const struct dns_wanted *w, const char *server, struct err *err)
{
	char got[16];
	char wanted[16];

	return err_set(err, FE_EPROTO, "%s from %s for %s %s, wanted %s", dns_rcode(r->rcode, got),
	    server, q->name, dns_type_name(q->type), dns_rcode(w->rcode, wanted));
}

int dns_judge(const struct dns_query *q, const struct dns_reply *r, const struct dns_wanted *w,
    const char *server, struct err *err)
{
	const char *type = dns_type_name(q->type);
	int64_t least = w->least >= 0 ? w->least : w->rcode == 0;

	if (r->rcode != w->rcode)
		return wrong_rcode(q, r, w, server, err);
	if (r->answers.n < (size_t)least)
		return err_set(err, FE_EPROTO,
		    "%zu %s answers from %s for %s, wanted at least %lld", r->answers.n, type,
		    server, q->name, (long long)least);
	if (!w->answers || !w->answers->n)
		return 0;
	if (has_all(&r->answers, q->type, w->answers) &&
	    (w->contains || has_all(w->answers, q->type, &r->answers)))
		return 0;
	AUTO_FREE char *got = join(&r->answers);
	AUTO_FREE char *wanted = join(w->answers);

	return err_set(err, FE_EPROTO, "wrong answer from %s for %s %s: got %s, wanted %s%s",
	    server, q->name, type, r->answers.n ? got : "none", w->contains ? "at least " : "",
	    wanted);
}
