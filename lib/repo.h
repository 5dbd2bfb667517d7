/* SPDX-License-Identifier: MIT */
/*
 * repo: what a git client does with a server, measured (libgit2; only repo*.c include git2.h).
 *
 * Plain and TLS connections are our own streams: TCP_NODELAY (libgit2 writes a request in two
 * pieces, which without it waits 40 ms for a delayed acknowledgement), one address, OpenSSL with
 * the shared store, a deadline in every wait. SSH is libssh2 inside libgit2 on its own socket: it
 * cannot be bounded from here before libgit2 1.7, so the caller's process must be (mon does).
 * No configuration file of the machine is read, except that SSH looks into ~/.ssh/known_hosts.
 *
 * What goes wrong is one line in err that names no secret, and a code that tells whose fault it is:
 *
 *   FE_EUSAGE  no repository URL            FE_ENOENT  no such host, repository, branch or ref
 *   FE_EIO     refused, unreachable, 5xx    FE_ETIMEOUT the deadline passed (phase in the text)
 *   FE_EAUTH   credentials, certificate or host key refused
 *   FE_ECLOSED ended before all was there   FE_EPROTO  no git, corrupt pack
 *   FE_ELIMIT  too many requests            FE_EACCES  a push refused
 *   FE_ESYS    ours: no descriptor, no disk; says nothing about the service
 */
#ifndef FE_LIB_REPO_H
#define FE_LIB_REPO_H

#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "opt.h"
#include "strv.h"
#include "tls_peer.h"

#define REPO_PHASES_X(X)                                                                           \
	X(DNS, "dns")                                                                              \
	X(CONNECT, "connect") /* over SSH also its handshake */                                    \
	X(TLS, "tls")                                                                              \
	X(REFS, "refs") /* from the first request until all refs are known */                      \
	X(PACK, "pack") /* negotiation, download, index */                                         \
	X(CHECKOUT, "checkout")                                                                    \
	X(PUSH, "push")   /* the new objects, until the server has something to say */             \
	X(BUILD, "build") /* while it says it, until its verdict */

enum repo_phase {
#define X(name, text) REPO_##name,
	REPO_PHASES_X(X)
#undef X
	    REPO_PHASES,
	REPO_OTHER = REPO_PHASES
};
extern const char *const repo_phase_names[REPO_PHASES];

struct repo_opts {
	const char *username, *token;  /* of HTTP; token NULL: none */
	const char *key, *passphrase;  /* of SSH: private key file, KEY.pub beside it */
	const char *fingerprint;       /* of SSH: "SHA256:..." of the host key; NULL: known_hosts */
	const char *cacert;            /* PEM; NULL: the system's */
	struct tls_store *store;       /* set by repo_opts_target */
	unsigned char host_sha256[32]; /* fingerprint decoded, by repo_opts_prepare */
};

/* clang-format off */
/* Rows for an option table; o is the static struct's address. */
#define REPO_OPT_ROWS(o)                                                                           \
	{"username", 0, OPT_STRING, &(o)->username, "NAME", "", 0, 0, NULL,                        \
	 "user name that goes with the token (any, for most servers)", NULL, false},               \
	{"token", 0, OPT_STRING, &(o)->token, "TOKEN", NULL, 0, 0, NULL,                           \
	 "token or password for HTTP, never sent to another origin", NULL, true},                  \
	{"key", 0, OPT_STRING, &(o)->key, "FILE", NULL, 0, 0, NULL,                                \
	 "private key for SSH", NULL, false},                                                      \
	{"passphrase", 0, OPT_STRING, &(o)->passphrase, "TEXT", NULL, 0, 0, NULL,                  \
	 "passphrase of the private key", NULL, true},                                             \
	{"fingerprint", 0, OPT_STRING, &(o)->fingerprint, "SHA256:...", NULL, 0, 0, NULL,          \
	 "the SSH host key wanted; without it ~/.ssh/known_hosts must know the host", NULL, false},\
	{"cacert", 0, OPT_STRING, &(o)->cacert, "FILE", NULL, 0, 0, NULL,                          \
	 "trust the authorities of this PEM file alone", NULL, false}
/* clang-format on */

/* Once before the first try: options checked, libgit2 started. FE_EUSAGE, FE_ESYS. */
int repo_opts_prepare(struct repo_opts *o, struct err *err) FE_MUST_CHECK;
/* A target is http(s)://, ssh://, git://, file://, HOST:PATH or an absolute path; the first https
 * one loads the CA store. FE_EUSAGE. */
int repo_opts_target(struct repo_opts *o, const char *target, struct err *err) FE_MUST_CHECK;
/* The fleet's repository APP-git, empty and pushed to by nobody, with the account's key: a monitor's
 * discover (mon.h). */
int repo_opts_discover(
    struct repo_opts *o, const char *app, struct strv *targets, struct err *err) FE_MUST_CHECK;

/* FE_EUSAGE where depth is wanted and this libgit2 knows none. */
int repo_depth_check(int64_t depth, struct err *err) FE_MUST_CHECK;

/* What a push puts there: a commit with some files, always the same for the same files, and an empty
 * one on top of it. Whatever the branch held is replaced. */
struct repo_push {
	const char *branch;       /* of the server: "main" */
	const char *tree;         /* a directory */
	const struct strv *paths; /* files below it */
	const char *message;      /* of the empty commit: a new one each time */
	const char *done; /* what the server must say, else it was no success (repo_try); NULL */
	/* What the server says meanwhile (side band), in any pieces; may be NULL. */
	void (*said)(void *arg, const char *p, size_t n);
	void *arg;
};

struct repo_job {
	const char *url;
	const struct repo_opts *opts;
	const char *dir;              /* clone, push: made by it, must not exist */
	const char *branch;           /* clone: NULL is the remote HEAD */
	int64_t depth;                /* clone: 0 is all; from libgit2 1.7 on */
	bool bare;                    /* clone: without checkout */
	const char *ref;              /* refs: must exist (short or full); NULL */
	const struct repo_push *push; /* push: what; NULL */
	uint64_t deadline_ns;         /* monotonic; 0: none (somebody else holds it) */
	void (*entered)(void *arg, const char *phase, const char *peer); /* may be NULL */
	void (*closing)(void *arg, int fd); /* a connection is about to be closed; may be NULL */
	void *arg;
};

struct repo_seen {
	uint64_t phase_ns[REPO_PHASES];
	uint64_t refs, objects, bytes;
	bool empty;           /* the repository has neither branch nor tag */
	char commit[65];      /* of job.ref, or of the remote HEAD; pushed; "" when there is none */
	char checked_out[64]; /* why nothing was checked out; "" when it was */
	char peer[80];        /* "192.0.2.1:443", net's ceiling; "" without a network */
	char answer[64];      /* first bytes of the last answer, as they came */
	size_t answer_len;
	int status;          /* HTTP, of the last answer; 0 */
	struct tls_peer tls; /* the certificate, also when it was refused */
};

/* Ask for the refs (ls-remote). The result is filled as far as it came, also on failure. */
int repo_refs(const struct repo_job *job, struct repo_seen *out, struct err *err) FE_MUST_CHECK;
/* Clone into job.dir; what is left of it after a failure is the caller's to remove. */
int repo_clone(const struct repo_job *job, struct repo_seen *out, struct err *err) FE_MUST_CHECK;
/* Push job.push, made in the bare repository job.dir (the caller's to remove). FE_EACCES: the server
 * took the objects and refused the branch, in err its words ("pre-receive hook declined"). A branch
 * that stands there already is not pushed again, which could start another build: FE_EEXIST. */
int repo_push(const struct repo_job *job, struct repo_seen *out, struct err *err) FE_MUST_CHECK;

#endif
