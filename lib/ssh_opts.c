/* SPDX-License-Identifier: MIT */
/* ssh_opts: targets, options and judgement of SSH servers. */
#include "ssh_opts.h"

#include "xmem.h"

int ssh_target_parse(const char *text, struct ssh_target *out, struct err *err)
{
	size_t len = strcspn(text, "#");
	AUTO_FREE char *host = xmemdup0(text, len);
	struct ssh_target made = {0};

	if (text[len] && ssh_fingerprint_check(text + len + 1, err))
		return FE_EUSAGE;
	if (net_host_parse(host, 22, &made.host, err))
		return FE_EUSAGE;
	made.fingerprint = text[len] ? xstrdup(text + len + 1) : NULL;
	*out = made;
	return 0;
}

void ssh_target_done(struct ssh_target *s)
{
	net_host_done(&s->host);
	free(s->fingerprint);
	s->fingerprint = NULL;
}

int ssh_opts_prepare(struct ssh_opts *o, struct err *err)
{
	for (size_t i = 0; i < o->fingerprints.n; i++)
		if (ssh_fingerprint_check(o->fingerprints.v[i], err))
			return err_wrap(err, "--fingerprint (SSH_FINGERPRINT_FINGERPRINT)");
	if (o->banner && pattern_new(o->banner, &o->pattern, err))
		return err_wrap(err, "--banner (SSH_FINGERPRINT_BANNER)");
	return 0;
}

static bool known(const struct ssh_opts *o, const struct ssh_target *s, const char *fingerprint)
{
	if (s->fingerprint)
		return strcmp(s->fingerprint, fingerprint) == 0;
	for (size_t i = 0; i < o->fingerprints.n; i++)
		if (strcmp(o->fingerprints.v[i], fingerprint) == 0)
			return true;
	return o->fingerprints.n == 0; /* the first sight of a server */
}

static int changed(const struct ssh_opts *o, const struct ssh_target *s, const struct ssh_hello *h,
    struct err *err)
{
	const struct strv *list = &o->fingerprints;
	struct buf AUTO_BUF wanted = BUF_INIT(64UL * 16); /* SHA256: and 43 digits each */

	if (s->fingerprint)
		buf_put(&wanted, "%s", s->fingerprint);
	for (size_t i = 0; !s->fingerprint && i < list->n && i < 16; i++)
		buf_put(&wanted, "%s%s", i ? " or " : "", list->v[i]);
	return err_set(err, FE_EPROTO, "fingerprint changed: got %s (%s), wanted %s",
	    h->fingerprint, h->key_type, buf_str(&wanted));
}

int ssh_opts_judge(const struct ssh_opts *o, const struct ssh_target *s, const struct ssh_hello *h,
    struct err *err)
{
	if (!known(o, s, h->fingerprint))
		return changed(o, s, h, err);
	if (o->pattern && pattern_find(o->pattern, h->banner, strlen(h->banner)) != 1)
		return err_set(err, FE_EPROTO, "wrong banner: got '%s', wanted one like '%s'",
		    h->banner, o->banner);
	return 0;
}
