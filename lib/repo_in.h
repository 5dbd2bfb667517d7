/* SPDX-License-Identifier: MIT */
/* repo_in: what the repo*.c share; private to them. */
#ifndef FE_LIB_REPO_IN_H
#define FE_LIB_REPO_IN_H

#include <git2.h>

#include "repo.h"

#define REPO_LIBGIT2(major, minor)                                                                 \
	(LIBGIT2_VER_MAJOR > (major) ||                                                            \
	    (LIBGIT2_VER_MAJOR == (major) && LIBGIT2_VER_MINOR >= (minor)))

enum repo_scheme { REPO_PATH, REPO_FILE, REPO_GIT, REPO_HTTP, REPO_HTTPS, REPO_SSH };

/* One job under way. */
struct repo_session {
	const struct repo_job *job;
	struct repo_seen *seen;
	enum repo_scheme scheme;
	enum repo_phase phase;
	uint64_t since_ns; /* of the phase */
	uint64_t got;      /* bytes read in this phase */
	uint64_t last_ns;  /* when the last of them came */
	bool answering;    /* bytes have come since the last write */
	bool ended;        /* the other side closed */
	int asked;         /* times that libgit2 wanted credentials */
	bool key_refused;  /* of the host */
	bool reported;     /* a push: the server said what became of the branch */
	char *refusal;     /* in its words; NULL: none; owned */
	char *origin;      /* "host:port" of the first connection; owned */
	bool origin_tls;
	struct err io; /* the first failure of a stream */
	int io_code;
};

enum repo_scheme repo_scheme_of(const char *url);
/* Time runs for this phase from now on. */
void repo_enter(struct repo_session *s, enum repo_phase phase);
uint64_t repo_deadline(const struct repo_session *s);

/* A session from its first step to its last; libgit2 looks at nobody's configuration. FE_ESYS. */
int repo_begin(
    struct repo_session *s, const struct repo_job *job, struct repo_seen *out, struct err *err);
void repo_end(struct repo_session *s);
int repo_connect(struct repo_session *s, git_remote *remote, git_direction direction);
/* The refs that are known since connect; which = the wanted one, NULL: HEAD. */
int repo_read_refs(struct repo_session *s, git_remote *remote, const char *which, bool *found);

/* Streams and credentials work for this session (one at a time in a thread). FE_ESYS. */
int repo_stream_use(struct repo_session *s, struct err *err) FE_MUST_CHECK;
void repo_stream_end(void);
/* The callbacks that answer for credentials and host keys. */
void repo_cred_callbacks(struct repo_session *s, git_remote_callbacks *callbacks);
/* The error of a libgit2 call that failed, in our words. */
int repo_failure(struct repo_session *s, int rc, struct err *err);

#endif
