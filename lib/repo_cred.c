/* SPDX-License-Identifier: MIT */
/*
 * repo_cred: who we are, and whether an SSH host is who it should be.
 *
 * libgit2 asks again on every refusal, without end; the same answer twice is no answer, so the
 * second question ends the job.
 */
#include <unistd.h>

#include "repo_in.h"
#include "xmem.h"

#define MAX_ASKED 1 /* answers given: the user name of SSH not counted */

static int give_key(git_credential **out, const struct repo_opts *o, const char *user)
{
	AUTO_FREE char *public = xasprintf("%s.pub", o->key);

	return git_credential_ssh_key_new(
	    out, user, access(public, R_OK) == 0 ? public : NULL, o->key, o->passphrase);
}

static int give(
    git_credential **out, const char *url, const char *user_of_url, unsigned allowed, void *payload)
{
	struct repo_session *s = payload;
	const struct repo_opts *o = s->job->opts;
	const char *ssh_user = user_of_url ? user_of_url : *o->username ? o->username : "git";

	(void)url; /* credentials stay with the origin: repo_stream */
	if (allowed & GIT_CREDENTIAL_USERNAME)
		return git_credential_username_new(out, ssh_user);
	if (s->asked++ >= MAX_ASKED)
		return GIT_EUSER;
	if (s->scheme == REPO_SSH && o->key && (allowed & GIT_CREDENTIAL_SSH_KEY))
		return give_key(out, o, ssh_user);
	if (s->scheme != REPO_SSH && o->token && (allowed & GIT_CREDENTIAL_USERPASS_PLAINTEXT))
		return git_credential_userpass_plaintext_new(out, o->username, o->token);
	return GIT_EUSER;
}

static int check_host(git_cert *cert, int valid, const char *host, void *payload)
{
	struct repo_session *s = payload;
	const struct repo_opts *o = s->job->opts;
	bool good = valid;

	(void)host;
	if (s->scheme != REPO_SSH)
		return 0; /* lib/tls_peer has verified it, or there would be no connection */
	if (o->fingerprint) {
		const git_cert_hostkey *key = (const void *)cert;
		good = cert->cert_type == GIT_CERT_HOSTKEY_LIBSSH2 &&
		       (key->type & GIT_CERT_SSH_SHA256) &&
		       memcmp(key->hash_sha256, o->host_sha256, sizeof o->host_sha256) == 0;
	}
	s->key_refused = !good;
	if (good)
		repo_enter(s, REPO_REFS);
	return good ? 0 : GIT_EUSER;
}

void repo_cred_callbacks(struct repo_session *s, git_remote_callbacks *callbacks)
{
	callbacks->credentials = give;
	callbacks->certificate_check = check_host;
	callbacks->payload = s;
}
