/* SPDX-License-Identifier: MIT */
/* crew_tell: messages and events of the supervisor. */
#include "crew_tell.h"

#include <signal.h>
#include <sys/wait.h>

#include "buf.h"
#include "clock.h"
#include "logfmt.h"
#include "ship.h"
#include "tap.h"
#include "xmem.h"

#define SYSTEM_NAME "system"

void crew_signal_name(int sig, char *out, size_t size)
{
	const char *name = sigabbrev_np(sig);

	if (name)
		(void)snprintf(out, size, "SIG%s", name);
	else
		(void)snprintf(out, size, "SIG%d", sig);
}

/* One of Foreman's messages, for our output and whoever listens. */
FE_PRINTF(3, 4)
static void say(struct crew *f, struct output_source *s, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	AUTO_FREE char *text = xvasprintf(fmt, ap);
	va_end(ap);
	output_say(f->out, s, "%s", text);
	tap_line(f->taps, output_clock(f->out), s->name, text, strlen(text));
}

/* Begin an event line; a text that is refused for its length keeps the pairs before it. */
static void begin(const struct crew *f, const struct child *c, struct buf *b, const char *at)
{
	const char *name = c ? child_name(c) : SYSTEM_NAME;
	AUTO_FREE char *source = xasprintf("runner.%s", name);

	buf_init(b, BUF_MAX_LINE);
	buf_put(b, "app=%s xid=%08x", f->app, c ? c->xid : (unsigned)(f->random >> 32));
	if (logfmt_quoted(b, "source", source, strlen(source)))
		buf_put(b, "source=\"runner\"");
	buf_put(b, " i=%u at=%s", c ? c->restart.restarts : 0, at);
}

static void send(struct crew *f, const struct child *c, struct buf *b)
{
	AUTO_FREE char *name = xasprintf("runner.%s", c ? child_name(c) : SYSTEM_NAME);

	output_event(f->out, name, buf_str(b));
	if (f->ship)
		ship_line(f->ship, name, f->out->now_ms, buf_str(b), b->len);
	buf_done(b);
}

void crew_tell_started(struct crew *f, struct child *c)
{
	struct buf b;

	say(f, &c->source, "started with pid %d", (int)c->pid);
	begin(f, c, &b, "start");
	buf_put(&b, " pid=%d", (int)c->pid);
	send(f, c, &b);
}

void crew_tell_ended(struct crew *f, struct child *c)
{
	double uptime = (double)(f->now_ns - c->restart.up_ns) / (double)NS_PER_S;
	char sig[16]; /* SIG and the longest abbreviation, STKFLT */
	struct buf b;

	begin(f, c, &b, "exit");
	buf_put(&b, " status=%d", child_code(c->status));
	if (WIFEXITED(c->status)) {
		say(f, &c->source, "exited with code %d", WEXITSTATUS(c->status));
	} else {
		crew_signal_name(WTERMSIG(c->status), sig, sizeof sig);
		say(f, &c->source, "terminated by %s", sig);
		buf_put(&b, " signal=%s", sig);
	}
	buf_put(&b, " uptime=%.3f", uptime);
	send(f, c, &b);
}

void crew_tell_backoff(struct crew *f, struct child *c)
{
	double s = (double)c->restart.wait_ms / 1000;
	struct buf b;

	say(f, &c->source, "restarting in %.1f s", s);
	begin(f, c, &b, "backoff");
	buf_put(&b, " val=%.3f failures=%u", s, c->restart.failures);
	send(f, c, &b);
}

void crew_tell_gave_up(struct crew *f, struct child *c)
{
	struct buf b;

	say(f, &c->source, "gave up: not restarted");
	begin(f, c, &b, "give-up");
	send(f, c, &b);
}

static void send_out(struct crew *f, const struct child *c, const char *at, const char *text)
{
	struct buf b;

	begin(f, c, &b, at);
	if (logfmt_quoted(&b, "out", text, strlen(text)))
		buf_put(&b, " out=\"(longer than a line)\"");
	send(f, c, &b);
}

void crew_tell_not_started(struct crew *f, struct child *c, int code, const struct err *err)
{
	const char *command = f->plan->v[c->entry].command;
	AUTO_FREE char *text = code == FE_ENOENT   ? xasprintf("unknown command: %s", command)
			       : code == FE_EACCES ? xasprintf("not executable: %s", command)
						   : xasprintf("cannot start: %s", err_text(err));

	say(f, &c->source, "%s", text);
	send_out(f, c, "failure", text);
}

void crew_tell_dropped(struct crew *f)
{
	struct buf b;

	say(f, &f->system, "%lu lines dropped: the reader of this output is slow",
	    (unsigned long)f->out->dropped);
	begin(f, NULL, &b, "drop");
	buf_put(&b, " n=%lu", (unsigned long)f->out->dropped);
	send(f, NULL, &b);
	f->out->dropped = 0;
}

void crew_tell_system(struct crew *f, const char *at, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	AUTO_FREE char *text = xvasprintf(fmt, ap);
	va_end(ap);
	say(f, &f->system, "%s", text);
	send_out(f, NULL, at, text);
}
