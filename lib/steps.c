/* SPDX-License-Identifier: MIT */
/* steps: progress lines, and children that make progress. */
#include "steps.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include "buf.h"
#include "clock.h"
#include "guard.h"
#include "io.h"
#include "proc.h"
#include "xmem.h"

#define TEXT_MAX 3500 /* a message fits one write to a pipe */

/* What a child's line begins with: begun, done, failed, complaint, line, told. */
enum word { BEGUN = '+', DONE = '=', FAILED = '!', COMPLAINT = '?', LINE = ' ', TOLD = '#' };

void steps_init(struct steps *s, const char *program, int out, int err)
{
	*s = (struct steps){.program = program, .out = out, .err = err, .tty = isatty(out) == 1};
}

static void put(int fd, const char *text)
{
	/* A reader that left is no reason to leave the work half done. */
	if (io_write_all(fd, text, strlen(text)))
		return;
}

static void hide(struct steps *s)
{
	if (s->shown)
		put(s->out, "\r\033[K");
	s->shown = false;
}

static void show(struct steps *s)
{
	struct buf AUTO_BUF b = BUF_INIT(BUF_MAX_TEXT);

	if (!s->tty || s->child)
		return;
	for (size_t i = 0; i < STEPS_WIDTH_MAX; i++)
		if (s->busy[i] && *s->busy[i] && b.len + strlen(s->busy[i]) < 72)
			buf_put(&b, "%s%s", b.len ? ", " : "", s->busy[i]);
	if (!b.len)
		return;
	buf_put(&b, " …");
	put(s->out, buf_str(&b));
	s->shown = true;
}

static void line(struct steps *s, int fd, const char *text)
{
	AUTO_FREE char *whole = xasprintf("%s\n", text);

	hide(s);
	put(fd, whole);
	show(s);
}

/* One message, here or up to the parent. Takes text. */
static void emit(struct steps *s, enum word word, char *text)
{
	AUTO_FREE char *own = text;

	for (char *c = own; *c; c++)
		if (*c == '\n' || *c == '\r')
			*c = ' ';
	if (s->child) {
		AUTO_FREE char *up = xasprintf("%c%.*s\n", word, TEXT_MAX, own);

		put(s->out, up);
		return;
	}
	if (word == DONE)
		s->done++;
	if (word == FAILED)
		s->failed++;
	if (word == COMPLAINT) {
		AUTO_FREE char *named = xasprintf("%s: %s", s->program, own);

		line(s, s->err, named);
	} else if (word != BEGUN && word != TOLD) {
		line(s, s->out, own);
	}
}

struct step steps_begin(struct steps *s, const char *verb, const char *name)
{
	char *text = xasprintf("%s %s", verb, name);

	if (!s->child) {
		free(s->busy[0]);
		s->busy[0] = xstrdup(text);
		hide(s);
		show(s);
	}
	emit(s, BEGUN, text);
	return (struct step){s, verb, name, clock_mono_ns()};
}

static void end(struct step *p, enum word word, const char *how, const char *note)
{
	if (!p->s->child) {
		free(p->s->busy[0]);
		p->s->busy[0] = NULL;
	}
	emit(p->s, word,
	    xasprintf("%s %s … %s %.1fs%s%s", p->verb, p->name, how,
		(double)(clock_mono_ns() - p->start_ns) / (double)NS_PER_S, note ? " " : "",
		note ? note : ""));
}

void steps_done(struct step *p, const char *note)
{
	end(p, DONE, "done", note);
}

void steps_failed(struct step *p, const char *why)
{
	end(p, FAILED, "failed", NULL);
	steps_complain(p->s, "%s %s: %s", p->verb, p->name, why);
}

void steps_say(struct steps *s, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	emit(s, LINE, xvasprintf(fmt, ap));
	va_end(ap);
}

void steps_complain(struct steps *s, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	emit(s, COMPLAINT, xvasprintf(fmt, ap));
	va_end(ap);
}

void steps_tell(struct steps *s, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	emit(s, TOLD, xvasprintf(fmt, ap));
	va_end(ap);
}

/* ---- children ---- */

struct worker {
	pid_t pid; /* 0: none */
	int fd;
	size_t job;
	struct buf text;
};

struct crew {
	struct steps *s;
	const struct steps_crew *rules;
	struct worker w[STEPS_WIDTH_MAX];
	size_t next, running;
	int worst;
};

struct child {
	struct crew *crew;
	size_t job;
};

static int in_child(void *arg)
{
	struct child *c = arg;
	struct steps s = {.program = c->crew->s->program, .out = 1, .err = 2, .child = true};

	return c->crew->rules->work(c->crew->rules->arg, c->job, &s);
}

static int start(struct crew *c, struct worker *w, struct err *err)
{
	int ends[2];
	struct child child = {c, c->next};

	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_sys(err, errno, "pipe");
	struct guard_spawn spawn = {.run = in_child,
	    .arg = &child,
	    .in = -1,
	    .out = ends[1],
	    .err = c->s->err,
	    .stay_in_group = true};
	int rc = guard_spawn(&spawn, &w->pid, err);

	io_close(&ends[1]);
	if (rc) {
		io_close(&ends[0]);
		w->pid = 0;
		return rc;
	}
	w->fd = ends[0];
	w->job = c->next++;
	buf_init(&w->text, BUF_MAX_TEXT);
	c->running++;
	return 0;
}

static void set_busy(struct crew *c, const struct worker *w, const char *what)
{
	char **slot = &c->s->busy[w - c->w];

	hide(c->s);
	free(*slot);
	*slot = what ? xstrdup(what) : NULL;
	show(c->s);
}

static void message(struct crew *c, const struct worker *w, const char *text)
{
	enum word word = (enum word)(unsigned char)*text;

	if (word == BEGUN)
		set_busy(c, w, text + 1);
	if (word == DONE || word == FAILED)
		set_busy(c, w, NULL);
	if (word == TOLD && c->rules->told)
		c->rules->told(c->rules->arg, w->job, text + 1);
	emit(c->s, word, xstrdup(*text ? text + 1 : ""));
}

static void take_lines(struct crew *c, struct worker *w)
{
	for (char *nl; w->text.len && (nl = memchr(w->text.p, '\n', w->text.len)) != NULL;) {
		*nl = '\0';
		message(c, w, w->text.p);
		buf_drop(&w->text, (size_t)(nl - w->text.p) + 1);
	}
}

static void finish(struct crew *c, struct worker *w)
{
	int status = 0;

	io_close(&w->fd);
	while (waitpid(w->pid, &status, 0) < 0 && errno == EINTR)
		;
	int code = proc_exit_code(status);

	if (code > 127)
		emit(c->s, COMPLAINT, xasprintf("a job was ended by signal %d", code - 128));
	c->worst = code > c->worst ? code : c->worst;
	set_busy(c, w, NULL);
	buf_done(&w->text);
	w->pid = 0;
	c->running--;
}

static void hear(struct crew *c, struct worker *w)
{
	ssize_t n = -1;

	if (buf_reserve(&w->text, 4096) == 0)
		n = read(w->fd, w->text.p + w->text.len, 4096);
	if (n < 0 && errno == EINTR)
		return;
	if (n <= 0) {
		finish(c, w);
		return;
	}
	w->text.len += (size_t)n;
	w->text.p[w->text.len] = '\0';
	take_lines(c, w);
}

static void wait_and_hear(struct crew *c)
{
	struct pollfd fds[STEPS_WIDTH_MAX];

	for (size_t i = 0; i < STEPS_WIDTH_MAX; i++)
		fds[i] = (struct pollfd){.fd = c->w[i].pid ? c->w[i].fd : -1, .events = POLLIN};
	if (poll(fds, STEPS_WIDTH_MAX, -1) < 0)
		return;
	for (size_t i = 0; i < STEPS_WIDTH_MAX; i++)
		if (fds[i].revents)
			hear(c, &c->w[i]);
}

int steps_run(struct steps *s, const struct steps_crew *rules, struct err *err)
{
	AUTO_FREE struct crew *c = xcalloc(1, sizeof *c);
	int rc = 0;

	fe_assert(rules->width >= 1 && rules->width <= STEPS_WIDTH_MAX);
	*c = (struct crew){.s = s, .rules = rules};
	for (;;) {
		for (size_t i = 0; rc == 0 && i < rules->width && c->next < rules->jobs; i++)
			if (!c->w[i].pid)
				rc = start(c, &c->w[i], err);
		if (c->running == 0)
			return rc ? rc : c->worst;
		wait_and_hear(c);
	}
}
