/* SPDX-License-Identifier: MIT */
/* capture: one short command, what it printed (both streams, up to a ceiling) and how it ended. */
#ifndef FE_SANDBOX_CAPTURE_H
#define FE_SANDBOX_CAPTURE_H

#include <stddef.h>

#include "kids.h"
#include "strv.h"

#define CAPTURE_MAX (1024UL * 1024) /* more is read and left out */

struct capture;

struct capture_spec {
	uv_loop_t *loop;
	struct kids *kids;
	struct strv *argv, *env; /* env NULL: ours */
	const char *cwd;         /* NULL: ours */
	uint64_t limit_ms;       /* then it is killed, code 124 */
};

/* Told once from the loop, then all is freed; code: exit code, 128 + signal, or 124. text is borrowed. */
typedef void (*capture_fn)(void *arg, int code, const char *text, size_t n);
/* Errors as guard_spawn; then fn is never told. */
int capture_run(
    const struct capture_spec *spec, capture_fn fn, void *arg, struct err *err) FE_MUST_CHECK;

#endif
