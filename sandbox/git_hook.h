/* SPDX-License-Identifier: MIT */
/*
 * git_hook: how a pre-receive hook and the sandbox talk, over a Unix socket. The hook says "dir PATH",
 * "env KEY=VALUE" and "ref OLD NEW NAME" lines, then an empty one; it gets text to pass on, then a
 * NUL and `y` or `n`.
 */
#ifndef FE_SANDBOX_GIT_HOOK_H
#define FE_SANDBOX_GIT_HOOK_H

#include "git.h"

struct git_hooks;

int git_hooks_new(uv_loop_t *loop, const char *socket_path, const struct git_events *ev,
    struct git_hooks **out, struct err *err) FE_MUST_CHECK;
/* Pushes that wait are refused by it; their owners must still say git_push_done. */
void git_hooks_close(struct git_hooks *h);

#endif
