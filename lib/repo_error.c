/* SPDX-License-Identifier: MIT */
/* repo_error: what libgit2 and the server said, in words that name the cause and no secret. */
#include "net.h"
#include "repo_in.h"
#include "xmem.h"

static int refused(struct repo_session *s, struct err *err)
{
	const struct repo_opts *o = s->job->opts;
	int status = s->seen->status;

	if (s->scheme == REPO_SSH)
		return err_set(err, FE_EAUTH, "credentials refused: %s",
		    o->key ? "the server does not take the key" : "a key is needed, give --key");
	if (s->asked && !o->token)
		return err_set(err, FE_EAUTH,
		    "credentials refused (%d): the server wants some, or others than the URL's; "
		    "give --token",
		    status ? status : 401);
	return err_set(err, FE_EAUTH, "credentials refused (%d)", status ? status : 401);
}

static int host_refused(const struct repo_session *s, struct err *err)
{
	if (s->job->opts->fingerprint)
		return err_set(err, FE_EAUTH, "the host key is not the one of --fingerprint %s",
		    s->job->opts->fingerprint);
	return err_set(err, FE_EAUTH,
	    "the host key is unknown to ~/.ssh/known_hosts, or another one stands there; give "
	    "--fingerprint");
}

static int by_status(int status, struct err *err)
{
	if (status == 404 || status == 410)
		return err_set(err, FE_ENOENT, "no such repository (%d)", status);
	if (status == 429)
		return err_set(err, FE_ELIMIT, "too many requests (429)");
	return err_set(err, FE_EIO, "the server answered %d", status);
}

/* A message of libgit2 without what must not be seen: the URL's userinfo, the token. */
static char *scrubbed(const struct repo_session *s, const char *text)
{
	const char *url = s->job->url, *token = s->job->opts->token;
	const char *at = strchr(url, '@'), *slashes = strstr(url, "://");
	AUTO_FREE char *userinfo = at && slashes && slashes < at
				       ? xmemdup0(slashes + 3, (size_t)(at - slashes - 3))
				       : NULL;
	const char *secrets[] = {token, userinfo, s->job->opts->passphrase};

	for (size_t i = 0; i < ARRAY_LEN(secrets); i++)
		if (secrets[i] && *secrets[i] && strstr(text, secrets[i]))
			return xstrdup("(a message with a secret in it)");
	return xstrdup(text);
}

static int in_pack(const struct repo_session *s, const char *text, int class, struct err *err)
{
	unsigned long long got = s->got;

	if (s->ended)
		return err_set(err, FE_ECLOSED,
		    "the server closed the connection in phase pack, after %llu bytes", got);
	if (class == GIT_ERROR_INDEXER || class == GIT_ERROR_ZLIB || class == GIT_ERROR_ODB ||
	    class == GIT_ERROR_SHA || class == GIT_ERROR_OBJECT)
		return err_set(err, FE_EPROTO, "corrupt pack: %s", text);
	return err_set(err, FE_EPROTO, "phase pack: %s", text);
}

static int ours(int class)
{
	return class == GIT_ERROR_OS || class == GIT_ERROR_FILESYSTEM ||
	       class == GIT_ERROR_NOMEMORY || class == GIT_ERROR_CHECKOUT ||
	       class == GIT_ERROR_INDEX;
}

static int in_words(struct repo_session *s, int rc, struct err *err)
{
	const git_error *last = git_error_last();
	AUTO_FREE char *text =
	    scrubbed(s, last && last->message ? last->message : "no reason given");
	int class = last ? last->klass : GIT_ERROR_NONE;
	const char *phase = s->phase < REPO_PHASES ? repo_phase_names[s->phase] : "other";

	if (strstr(text, "not appear to be a git repository") || strstr(text, "not found"))
		return err_set(err, FE_ENOENT, "no such repository: %s", text);
	if (s->phase == REPO_PACK && s->scheme != REPO_PATH && s->scheme != REPO_FILE &&
	    !ours(class))
		return in_pack(s, text, class, err);
	if ((s->scheme == REPO_PATH || s->scheme == REPO_FILE) && s->phase == REPO_REFS)
		return err_set(err, FE_ENOENT, "no repository at that path");
	if (rc == GIT_ENOTFOUND)
		return err_set(err, FE_ENOENT, "%s", text);
	if (s->phase >= REPO_PACK && s->phase < REPO_PHASES && ours(class))
		return err_set(err, FE_ESYS, "phase %s: %s", phase, text);
	if (s->ended && s->phase >= REPO_REFS && s->phase < REPO_PHASES)
		return err_set(err, FE_ECLOSED,
		    "the server closed the connection in phase %s, after %llu bytes", phase,
		    (unsigned long long)s->got);
	if (s->seen->answer_len) {
		struct buf AUTO_BUF b = BUF_INIT(1024);
		net_excerpt(&b, s->seen->answer, s->seen->answer_len, 40);
		return err_set(
		    err, FE_EPROTO, "phase %s: no git answer (%s): %s", phase, text, buf_str(&b));
	}
	return err_set(err, FE_EIO, "phase %s: %s", phase, text);
}

int repo_failure(struct repo_session *s, int rc, struct err *err)
{
	int status = s->seen->status;

	if (s->io_code) {
		if (err) {
			err_done(err);
			*err = s->io;
			s->io = (struct err)ERR_INIT;
		}
		return s->io_code;
	}
	if (s->key_refused)
		return host_refused(s, err);
	if (status == 401 || status == 403 || s->asked > 1 || rc == GIT_EAUTH ||
	    (rc == GIT_EUSER && s->asked))
		return refused(s, err);
	if (status >= 400)
		return by_status(status, err);
	return in_words(s, rc, err);
}
