/* SPDX-License-Identifier: MIT */
/*
 * control: the fleet's control socket. One request a connection, one line:
 *
 *   ps | scale TYPE=N... | restart [NAME...] | stop [NAME...] | logs [NAME]
 *
 * The answer is a line "ok" or "error TEXT", then the body, then the end. ps: a line a child,
 * tab-separated: name pid state uptime_ms restarts last_exit lines drops. NAME is a type or TYPE.N;
 * none means all (stop: the whole fleet ends, as by TERM). All or nothing: a request with one wrong
 * name changes nothing. The socket is for its owner alone (mode 0600). At most CONTROL_MAX talk at
 * once; beyond that the oldest that has not asked yet is closed. So is garbage.
 */
#ifndef FE_RUNNER_CONTROL_H
#define FE_RUNNER_CONTROL_H

#include <uv.h>

#include "buf.h"
#include "crew.h"
#include "strv.h"

#define CONTROL_MAX ((size_t)32)

struct control;

/* Listen at path. acted(arg) is called after a request that changed the fleet. The fleet is borrowed.
 * NULL with err where it cannot be (in use by another fleet, unwritable directory). */
struct control *control_open(uv_loop_t *loop, struct crew *f, const char *path,
    void (*acted)(void *arg), void *arg, struct err *err);
/* Send on what the taps gathered; call it at the end of each turn of the loop. NULL is allowed. */
void control_flush(struct control *c);
/* Stop listening, drop connections, unlink. The loop must run once more; then control_free. */
void control_close(struct control *c);
void control_free(struct control *c);

/* What `logs [NAME]` is to follow: 0 and the name (NULL: all; borrowed from words), or an error,
 * appended to out as an answer: a name that nothing has would be silence for ever. */
int control_logs(const struct crew *f, const struct strv *words, const char **out_name,
    struct buf *out) FE_MUST_CHECK;
/* The answer to a request other than logs, without the socket: appended to out. Returns whether the
 * fleet was changed. */
bool control_answer(struct crew *f, const char *request, struct buf *out);

#endif
