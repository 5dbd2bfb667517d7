/* SPDX-License-Identifier: MIT */
/* repo_opts: options and targets checked, libgit2 and the CA store loaded once for all children. */
#include <errno.h>
#include <strings.h>
#include <unistd.h>

#include "discover.h"
#include "net.h"
#include "repo_in.h"
#include "tls.h"
#include "xmem.h"

static const struct {
	const char *prefix;
	enum repo_scheme scheme;
} schemes[] = {
    {"http://", REPO_HTTP},
    {"https://", REPO_HTTPS},
    {"ssh://", REPO_SSH},
    {"git://", REPO_GIT},
    {"file://", REPO_FILE},
};

enum repo_scheme repo_scheme_of(const char *url)
{
	for (size_t i = 0; i < ARRAY_LEN(schemes); i++)
		if (strncasecmp(url, schemes[i].prefix, strlen(schemes[i].prefix)) == 0)
			return schemes[i].scheme;
	return url[0] != '/' && strchr(url, ':') ? REPO_SSH : REPO_PATH;
}

/* 43 digits of base64 are 32 bytes. */
static int decode_sha256(const char *text, unsigned char out[32])
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	unsigned bits = 0, have = 0;
	size_t n = 0;

	if (strncmp(text, "SHA256:", 7) != 0 || strspn(text + 7, digits) != 43 ||
	    strspn(text + 50, "=") != strlen(text + 50))
		return FE_EINVAL;
	for (const char *p = text + 7; n < 32; p++) {
		bits = bits << 6 | (unsigned)(strchr(digits, *p) - digits);
		have += 6;
		if (have >= 8) {
			have -= 8;
			out[n++] = (unsigned char)(bits >> have);
		}
	}
	return 0;
}

int repo_opts_prepare(struct repo_opts *o, struct err *err)
{
	if (o->fingerprint && decode_sha256(o->fingerprint, o->host_sha256) < 0)
		return err_set(err, FE_EUSAGE,
		    "--fingerprint %s: wanted SHA256: and 43 digits of base64 (ssh-keyscan HOST | "
		    "ssh-keygen -lf -)",
		    o->fingerprint);
	if (o->key && access(o->key, R_OK) < 0)
		return err_set(err, FE_EUSAGE, "--key %s: %s", o->key, strerrordesc_np(errno));
	if (o->cacert && !o->store && tls_store_load(o->cacert, &o->store, err) < 0)
		return FE_EUSAGE;
	if (git_libgit2_init() < 0)
		return err_set(
		    err, FE_ESYS, "libgit2 does not start: %s", git_error_last()->message);
	(void)git_libgit2_opts(GIT_OPT_SET_USER_AGENT, "ferret " FERRET_VERSION);
	/* No hook or configuration of a target runs; whose files they are does not matter. */
	(void)git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 0);
	return 0;
}

static int check_host_part(const char *target, struct err *err)
{
	const char *host = strstr(target, "://") + 3;
	AUTO_FREE char *authority = xmemdup0(host, strcspn(host, "/?#"));
	const char *at = strrchr(authority, '@');
	struct net_host parsed;

	if (!host[strlen(authority)] || !host[strlen(authority) + 1])
		return err_set(
		    err, FE_EUSAGE, "the repository's path is missing, wanted SCHEME://HOST/PATH");
	int rc = net_host_parse(at ? at + 1 : authority, 1, &parsed, err);
	if (rc == 0)
		net_host_done(&parsed);
	return rc;
}

int repo_opts_target(struct repo_opts *o, const char *target, struct err *err)
{
	enum repo_scheme scheme = repo_scheme_of(target);

	if ((scheme == REPO_PATH && target[0] != '/') ||
	    (scheme == REPO_SSH && strstr(target, "://") && strncasecmp(target, "ssh://", 6) != 0))
		return err_set(err, FE_EUSAGE,
		    "%s: wanted http://, https://, ssh://, git://, file://, USER@HOST:PATH or an "
		    "absolute path",
		    scheme == REPO_SSH ? "unknown scheme" : target);
	if (scheme == REPO_PATH || scheme == REPO_FILE)
		return 0;
	if (strstr(target, "://") && check_host_part(target, err) < 0)
		return FE_EUSAGE;
	if (scheme != REPO_HTTPS || o->store)
		return 0;
	if (tls_store_load(o->cacert, &o->store, err) < 0)
		return FE_EUSAGE;
	tls_peer_warm();
	return 0;
}

int repo_depth_check(int64_t depth, struct err *err)
{
	if (!depth || REPO_LIBGIT2(1, 7))
		return 0;
	return err_set(err, FE_EUSAGE,
	    "--depth %lld: libgit2 %s clones whole histories only, wanted 0", (long long)depth,
	    LIBGIT2_VERSION);
}

int repo_opts_discover(struct repo_opts *o, const char *app, struct strv *targets, struct err *err)
{
	int rc = discover_repo(app, "git", targets, err);

	if (targets->n && !o->token)
		o->token = getenv("HEROKU_API_KEY");
	return rc;
}
