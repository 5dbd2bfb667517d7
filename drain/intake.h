/* SPDX-License-Identifier: MIT */
/*
 * intake: bytes of stdin become lines or frames of the spool. No I/O of its own: the caller reads
 * into the space it is given.
 *
 * Lines: a line over INTAKE_LINE_MAX bytes goes on in further frames, as log-shuttle does, cut
 * before a UTF-8 sequence rather than inside it; a last line without newline is a line. Framed:
 * whole frames from the supervisor, passed on untouched, and its notes of losses (lib/frame.h).
 */
#ifndef FE_DRAIN_INTAKE_H
#define FE_DRAIN_INTAKE_H

#include <stdbool.h>

#include "err.h"
#include "spool.h"

#define INTAKE_LINE_MAX 10000
#define INTAKE_SPACE (192UL * 1024)

struct intake;

struct intake_rules {
	bool framed;
	bool wait;          /* where the spool is full keep the bytes instead of dropping lines */
	const char *procid; /* of lines without a prefix; borrowed */
};

/* Caller frees with intake_free. */
struct intake *intake_new(struct spool *spool, const struct intake_rules *rules);
void intake_free(struct intake *in);
/* With `wait`: bytes are kept that will only go on with intake_filled(0) when there is room. */
bool intake_is_stalled(const struct intake *in);
/* Where to read to, and how much; 0 only when stalled. */
char *intake_space(struct intake *in, size_t *out_room);
/* n bytes were read there. FE_EPROTO: framed input that is not (then nothing more may come). */
int intake_filled(struct intake *in, struct moment now, size_t n, struct err *err) FE_MUST_CHECK;
/* The input has ended: a partial line is a line, a partial frame is told as lost. What is
 * stalled is no longer waited for. */
void intake_end(struct intake *in, struct moment now);

#endif
