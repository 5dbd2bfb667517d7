/* SPDX-License-Identifier: MIT */
/*
 * rendezvous: where an attached one-off run's terminal is met. TLS to the host of the attach_url,
 * `SECRET` CR LF, silence until the dyno joins, the line `rendezvous`, then the raw stream until the
 * other side closes. The address is secret (who has it takes part) and stands in no text of ours.
 *
 * The protocol has no exit status. A command made by rendezvous_command ends by printing a mark
 * with it: U+FFFF, " heroku-command-exit-status: ", the number; it is taken out of the output,
 * however it was split. Each way to go wrong has a word of its own, for each is another fault.
 */
#ifndef FE_LIB_RENDEZVOUS_H
#define FE_LIB_RENDEZVOUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "err.h"
#include "tls_peer.h"

struct tls_store;

#define RENDEZVOUS_FAULTS(X)                                                                       \
	X(OK, "ok")                                                                                \
	X(SCHEME, "no such way to attach")       /* https: SSH inside, of private spaces */        \
	X(UNREACHABLE, "not reachable")          /* no name, refused, no route, no answer */       \
	X(TLS, "TLS refused")                    /* its certificate, or no TLS */                  \
	X(NEVER_JOINED, "the dyno never joined") /* silence until join_ns was over */              \
	X(LEFT, "closed before the dyno joined")                                                   \
	X(GREETING, "no rendezvous")               /* other words than the protocol's */           \
	X(EMPTY, "closed without output")          /* joined, and nothing came */                  \
	X(NO_STATUS, "closed without exit status") /* output, but no mark */                       \
	X(TIMEOUT, "the output did not end")                                                       \
	X(LOCAL, "local fault")

enum rendezvous_fault {
#define X(name, word) RENDEZVOUS_##name,
	RENDEZVOUS_FAULTS(X)
#undef X
};
const char *rendezvous_word(enum rendezvous_fault fault);

enum rendezvous_phase {
	RENDEZVOUS_CONNECT, /* name, TCP */
	RENDEZVOUS_SHAKE,   /* TLS */
	RENDEZVOUS_JOIN,    /* secret sent until greeted */
	RENDEZVOUS_OUTPUT,  /* greeted until the mark, or the end */
	RENDEZVOUS_PHASES
};

struct rendezvous_opts {
	const char *attach_url;
	struct tls_store *store; /* whom to trust */
	uint64_t deadline_ns;    /* monotonic, for all; 0: none */
	uint64_t join_ns;        /* longest silence before the dyno joins; 0: until the deadline */
	uint64_t linger_ns;      /* after the mark, wait so long for the close; 0: leave at once */
	bool no_status;          /* the command prints no mark: ending is enough */
	bool plain;              /* no TLS; for tests on loopback */
	const void *input;       /* sent once joined; 0x04 at its end ends a shell's input; NULL */
	size_t input_len;
	void (*output)(void *arg, const char *p, size_t n);      /* without the mark; may be NULL */
	void (*entered)(void *arg, enum rendezvous_phase phase); /* may be NULL */
	void *arg;
};

struct rendezvous_result {
	enum rendezvous_fault fault;
	int status; /* exit status; -1: not known */
	uint64_t phase_ns[RENDEZVOUS_PHASES];
	enum rendezvous_phase phase; /* reached last */
	uint64_t output_bytes;
	bool goodbye; /* the other side ended TLS in order */
	struct tls_peer tls;
};

/* The command as the dyno has to be given it, with the mark behind it. Caller frees. */
char *rendezvous_command(const char *command);
/* Take part to the end. result is filled in every case; err says what went wrong, unless OK. */
enum rendezvous_fault rendezvous_run(
    const struct rendezvous_opts *opts, struct rendezvous_result *result, struct err *err);

/* The stream's reader, pure: bytes in, output and status out, whatever the pieces. */
struct rendezvous_scan {
	struct buf held; /* may yet be the greeting or a mark */
	bool greeted, bad_greeting, eat_newline;
	int status; /* of the last mark; -1: none yet */
	bool done;  /* a mark came, whole, its line ended */
	uint64_t output_bytes;
	void (*output)(void *arg, const char *p, size_t n);
	void *arg;
};
void rendezvous_scan_init(struct rendezvous_scan *s);
void rendezvous_scan_feed(struct rendezvous_scan *s, const char *p, size_t n);
/* The stream ended: what was held is decided. */
void rendezvous_scan_end(struct rendezvous_scan *s);
void rendezvous_scan_done(struct rendezvous_scan *s);

#endif
