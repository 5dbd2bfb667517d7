/* SPDX-License-Identifier: MIT */
/* control: connections of the control socket. */
#include "control.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "control_path.h"
#include "io.h"
#include "tap.h"
#include "xmem.h"

#define TALK_MAGIC 0x74616c6bU
#define ANSWER_MAX (16UL * 1024 * 1024) /* ps of more children than a machine runs */

/* One connection: reads a line, then writes an answer, or lines until one side ends. */
struct talk {
	unsigned magic;
	struct talk *next;
	struct control *control;
	uv_pipe_t pipe;
	uv_write_t write;
	struct buf in;
	struct buf sending; /* under way */
	bool writing, asked, close_after;
	bool tapping;
	struct tap tap;
	char chunk[512];
};

struct control {
	struct crew *crew;
	char *path;
	uv_pipe_t listener;
	struct talk *talks;
	size_t n;
	bool open;
	void (*acted)(void *arg);
	void *arg;
};

static struct talk *talk_of(const uv_handle_t *h)
{
	struct talk *t = h->data;

	fe_assert(t->magic == TALK_MAGIC);
	return t;
}

static void untap(struct talk *t)
{
	struct tap **at = &t->control->crew->taps;

	if (!t->tapping)
		return;
	while (*at != &t->tap)
		at = &(*at)->next;
	*at = t->tap.next;
	tap_done(&t->tap);
	t->tapping = false;
}

static void on_closed(uv_handle_t *h)
{
	struct talk *t = talk_of(h);
	struct talk **at = &t->control->talks;

	while (*at != t)
		at = &(*at)->next;
	*at = t->next;
	t->control->n--;
	buf_done(&t->in);
	buf_done(&t->sending);
	t->magic = 0;
	free(t);
}

static void talk_close(struct talk *t)
{
	untap(t);
	if (!uv_is_closing((uv_handle_t *)&t->pipe))
		uv_close((uv_handle_t *)&t->pipe, on_closed);
}

static void on_written(uv_write_t *w, int status)
{
	struct talk *t = talk_of((uv_handle_t *)w->handle);

	t->writing = false;
	buf_clear(&t->sending);
	if (status < 0 || (t->close_after && !t->tapping))
		talk_close(t);
	else if (t->tapping)
		control_flush(t->control);
}

static void talk_send(struct talk *t)
{
	uv_buf_t b = uv_buf_init(t->sending.p, (unsigned)t->sending.len);

	t->writing = true;
	if (uv_write(&t->write, (uv_stream_t *)&t->pipe, &b, 1, on_written))
		talk_close(t);
}

/* "logs [NAME]": from now on a listener. */
static void talk_tap(struct talk *t, const char *request)
{
	struct strv AUTO_STRV words = {0};
	const char *name = NULL;

	strv_split(&words, request, " ");
	if (control_logs(t->control->crew, &words, &name, &t->sending))
		return;
	tap_init(&t->tap, name);
	t->tap.next = t->control->crew->taps;
	t->control->crew->taps = &t->tap;
	t->tapping = true;
	buf_put(&t->sending, "ok\n");
}

static void talk_answer(struct talk *t)
{
	char *request = t->in.p;
	bool acted = false;

	request[strcspn(request, "\r\n")] = '\0';
	t->asked = true;
	t->close_after = true;
	if (strcmp(request, "logs") == 0 || strncmp(request, "logs ", 5) == 0)
		talk_tap(t, request);
	else
		acted = control_answer(t->control->crew, request, &t->sending);
	talk_send(t);
	if (acted)
		t->control->acted(t->control->arg);
}

static void on_room(uv_handle_t *h, size_t suggested, uv_buf_t *out)
{
	struct talk *t = talk_of(h);

	(void)suggested;
	*out = uv_buf_init(t->chunk, sizeof t->chunk);
}

static void on_read(uv_stream_t *s, ssize_t n, const uv_buf_t *b)
{
	struct talk *t = talk_of((uv_handle_t *)s);

	if (n < 0) {
		/* The asker is gone or done asking; an answer under way still goes out. */
		if (!t->asked || t->tapping)
			talk_close(t);
		return;
	}
	if (n == 0 || t->asked)
		return;
	if (buf_add(&t->in, b->base, (size_t)n) || memchr(t->in.p, '\0', t->in.len)) {
		talk_close(t);
		return;
	}
	if (memchr(t->in.p, '\n', t->in.len))
		talk_answer(t);
}

/* Room for one more: who connected first and has not asked anything yet goes. */
static void make_place(struct control *c)
{
	struct talk *oldest = NULL;
	size_t open = 0;

	for (struct talk *t = c->talks; t; t = t->next) {
		bool closing = uv_is_closing((uv_handle_t *)&t->pipe);

		open += !closing;
		oldest = t->asked || closing ? oldest : t; /* the list is newest first */
	}
	if (open >= CONTROL_MAX && oldest)
		talk_close(oldest);
}

static void on_connection(uv_stream_t *listener, int status)
{
	struct control *c = listener->data;
	struct talk *t;

	if (status < 0)
		return;
	make_place(c);
	t = xcalloc(1, sizeof *t);
	t->magic = TALK_MAGIC;
	t->control = c;
	t->in = (struct buf)BUF_INIT(BUF_MAX_TEXT);
	t->sending = (struct buf)BUF_INIT(ANSWER_MAX);
	t->next = c->talks;
	c->talks = t;
	c->n++;
	(void)uv_pipe_init(listener->loop, &t->pipe, 0);
	t->pipe.data = t;
	if (uv_accept(listener, (uv_stream_t *)&t->pipe) || c->n > 2 * CONTROL_MAX ||
	    uv_read_start((uv_stream_t *)&t->pipe, on_room, on_read))
		talk_close(t);
}

void control_flush(struct control *c)
{
	struct talk *next;

	for (struct talk *t = c ? c->talks : NULL; t; t = next) {
		next = t->next;
		if (!t->tapping || t->writing)
			continue;
		if (t->tap.out.len == 0)
			tap_caught_up(&t->tap, output_clock(c->crew->out));
		if (t->tap.out.len == 0)
			continue;
		struct buf filled = t->tap.out;

		t->tap.out = (struct buf)BUF_INIT(TAP_MAX);
		buf_done(&t->sending);
		t->sending = filled;
		talk_send(t);
	}
}

/* 0 and a listening descriptor. A socket nobody listens at is a dead fleet's and is replaced. */
static int listen_at(const char *path, int *out_fd, struct err *err)
{
	struct sockaddr_un a;
	AUTO_FD int dir = -1;
	AUTO_FD int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int rc = control_address(path, &a, &dir, err);

	if (rc)
		return rc;
	if (fd < 0)
		return err_sys(err, errno, "%s", path);
	if (connect(fd, (struct sockaddr *)&a, sizeof a) == 0 || errno == EAGAIN)
		return err_set(err, FE_EEXIST,
		    "%s: another fleet's control socket; this one has "
		    "none (--socket gives it another path)",
		    path);
	if (errno == ECONNREFUSED)
		(void)unlink(a.sun_path);
	mode_t before = umask(0177);
	int bound = bind(fd, (struct sockaddr *)&a, sizeof a);

	(void)umask(before);
	if (bound || listen(fd, CONTROL_MAX))
		return err_sys(err, errno, "control socket %s", path);
	*out_fd = io_steal(&fd);
	return 0;
}

struct control *control_open(uv_loop_t *loop, struct crew *f, const char *path,
    void (*acted)(void *arg), void *arg, struct err *err)
{
	int fd = -1;

	if (listen_at(path, &fd, err))
		return NULL;
	struct control *c = xcalloc(1, sizeof *c);

	*c = (struct control){
	    .crew = f, .path = xstrdup(path), .acted = acted, .arg = arg, .open = true};
	(void)uv_pipe_init(loop, &c->listener, 0);
	c->listener.data = c;
	fe_assert(uv_pipe_open(&c->listener, fd) == 0);
	fe_assert(uv_listen((uv_stream_t *)&c->listener, CONTROL_MAX, on_connection) == 0);
	return c;
}

void control_close(struct control *c)
{
	if (!c || !c->open)
		return;
	c->open = false;
	(void)unlink(c->path);
	if (!uv_is_closing((uv_handle_t *)&c->listener))
		uv_close((uv_handle_t *)&c->listener, NULL);
	for (struct talk *t = c->talks; t; t = t->next)
		talk_close(t);
}

void control_free(struct control *c)
{
	if (!c)
		return;
	fe_assert(!c->open && !c->talks);
	free(c->path);
	free(c);
}
