/* SPDX-License-Identifier: MIT */
/*
 * crowd: the connections of a server: how many there are, whose, what each is at and since when; who has
 * to go when there are too many, and who takes too long. Pure: times are ms of any clock that only goes
 * forward, addresses are 16 bytes (IPv6, or IPv4 mapped into it; of IPv6 the first 64 bits count).
 *
 * A connection waits for a request's head (HEAD), brings its body (BODY), waits for us (OURS: no limit),
 * takes its answer (TAKES), then waits again. One that was found silent since its last request is IDLE.
 * Where all places are taken, one that has been idle long gives its place to who comes; then one that
 * waits for a head; where all are at something, who comes is refused.
 */
#ifndef FE_LIB_CROWD_H
#define FE_LIB_CROWD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CROWD_BUCKETS 1024U

enum crowd_phase { CROWD_IDLE, CROWD_HEAD, CROWD_BODY, CROWD_OURS, CROWD_TAKES, CROWD_PHASES };

struct crowd_limits {
	size_t total, per_address; /* 0: as many as come */
	int64_t ms[CROWD_PHASES];  /* how long a phase may be; 0: as long as it takes */
};

struct crowd_address;

struct crowd_one {                     /* embedded in what a connection is to the server */
	struct crowd_one *prev, *next; /* of its phase, oldest first */
	struct crowd_address *address;
	enum crowd_phase phase;
	int64_t since_ms;
	bool begun; /* at HEAD: some of it has come when it was looked at before */
	bool in;
};

struct crowd_line {
	struct crowd_one *first, *last;
};

struct crowd {
	struct crowd_limits limits;
	struct crowd_line line[CROWD_PHASES];
	struct crowd_address *bucket[CROWD_BUCKETS];
	size_t n, most;
};

enum crowd_answer {
	CROWD_IN,
	CROWD_FULL,    /* all places are taken, by connections that are at something */
	CROWD_TOO_MANY /* of this address */
};

void crowd_init(struct crowd *c, const struct crowd_limits *limits);
void crowd_done(struct crowd *c); /* all have left */
/* A connection comes. *out_drop: whose place it takes, already out; NULL: nobody's. */
enum crowd_answer crowd_enter(struct crowd *c, struct crowd_one *one,
    const unsigned char address[16], int64_t now_ms, struct crowd_one **out_drop);
/* It goes. One that is not in: nothing. */
void crowd_leave(struct crowd *c, struct crowd_one *one);
void crowd_turn(struct crowd *c, struct crowd_one *one, enum crowd_phase phase, int64_t now_ms);
/* One whose phase has taken too long; NULL: none. Let it leave, or turn to something. */
struct crowd_one *crowd_late(const struct crowd *c, enum crowd_phase phase, int64_t now_ms);
/* One that is late at HEAD or IDLE was looked at. silent: nothing has come since its since_ms. True: it
 * stays (as IDLE, or with the rest of its head to come until the next look); false: it dribbles. */
bool crowd_looked(struct crowd *c, struct crowd_one *one, bool silent, int64_t now_ms);

#endif
