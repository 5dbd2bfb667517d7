/* SPDX-License-Identifier: MIT */
/* remote: ps, scale, restart, stop and logs: one request over the control socket, its answer shown. */
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "buf.h"
#include "commands.h"
#include "control_path.h"
#include "io.h"
#include "usage.h"
#include "xmem.h"

#define ANSWER_MAX (64UL * 1024 * 1024)

static int connect_fleet(const struct config *c, struct err *err)
{
	AUTO_FREE char *path = control_path(c);
	AUTO_FD int dir = -1;
	struct sockaddr_un a;
	AUTO_FD int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (control_address(path, &a, &dir, err))
		return -1;
	if (fd >= 0 && connect(fd, (struct sockaddr *)&a, sizeof a) == 0)
		return io_steal(&fd);
	if (errno == ENOENT || errno == ECONNREFUSED)
		err_set(
		    err, FE_ENOENT, "%s: no fleet is running here (ferret start makes it)", path);
	else
		err_sys(err, errno, "%s", path);
	return -1;
}

/* The command and its operands as one line; a blank or newline inside a word would be two. */
static int send_request(const struct config *c, int fd, struct err *err)
{
	struct buf AUTO_BUF line = BUF_INIT(BUF_MAX_TEXT - 1);
	int rc = buf_adds(&line, c->command);

	for (size_t i = 0; !rc && i < c->args.n; i++) {
		if (c->args.v[i][strcspn(c->args.v[i], " \t\r\n")] || !c->args.v[i][0])
			return err_set(err, FE_EUSAGE, "%s: '%s' is no process name", c->command,
			    c->args.v[i]);
		rc = buf_addf(&line, " %s", c->args.v[i]);
	}
	if (rc || buf_addc(&line, '\n'))
		return err_set(err, FE_EUSAGE, "%s: too many operands", c->command);
	rc = io_write_all(fd, line.p, line.len);
	return rc ? err_set(err, rc, "the fleet did not take the request") : 0;
}

/* One more piece of the answer; 0 at its end. */
static ssize_t read_piece(int fd, char *chunk, size_t size)
{
	ssize_t n;

	do
		n = read(fd, chunk, size);
	while (n < 0 && errno == EINTR);
	return n;
}

/* Read until `enough` bytes that end the first line, or all (whole). */
static int read_answer(int fd, struct buf *b, bool whole, struct err *err)
{
	while (whole || !memchr(buf_str(b), '\n', b->len)) {
		char chunk[16384];
		ssize_t n = read_piece(fd, chunk, sizeof chunk);

		if (n < 0)
			return err_sys(err, errno, "reading the fleet's answer");
		if (n == 0)
			return 0;
		if (buf_add(b, chunk, (size_t)n))
			return err_set(
			    err, FE_ELIMIT, "the fleet's answer is over %zu bytes", b->max);
	}
	return 0;
}

/* Take "ok" off the front, or make the error of "error TEXT". */
static int take_status(struct buf *b, struct err *err)
{
	size_t n = strcspn(buf_str(b), "\n");

	if (b->len == 0)
		return err_set(
		    err, FE_ECLOSED, "the fleet closed the connection without an answer");
	if (strncmp(b->p, "error ", 6) == 0)
		return err_set(err, FE_EUSAGE, "%.*s", (int)(n - 6), b->p + 6);
	if (n != 2 || strncmp(b->p, "ok", 2) != 0)
		return err_set(err, FE_EPROTO, "the fleet's answer is no answer: %.60s", b->p);
	buf_drop(b, n + (n < b->len));
	return 0;
}

static int ask(const struct config *c, struct buf *answer, struct err *err)
{
	AUTO_FD int fd = connect_fleet(c, err);

	if (fd < 0)
		return err->code;
	int rc = send_request(c, fd, err);

	if (!rc)
		rc = read_answer(fd, answer, true, err);
	return rc ? rc : take_status(answer, err);
}

static int tell(const struct err *err)
{
	err_print("ferret", err);
	return err->code == FE_EUSAGE ? FE_EXIT_USAGE : FE_EXIT_SYSTEM;
}

int cmd_remote(const struct config *c)
{
	struct buf AUTO_BUF answer = BUF_INIT(ANSWER_MAX);
	struct err err = ERR_INIT;
	int code = ask(c, &answer, &err) ? tell(&err) : FE_EXIT_OK;

	if (!code && io_write_all(STDOUT_FILENO, buf_str(&answer), answer.len))
		code = FE_EXIT_SYSTEM;
	err_done(&err);
	return code;
}

static int copy_lines(int fd, struct buf *first)
{
	char chunk[16384];
	ssize_t n;

	if (io_write_all(STDOUT_FILENO, buf_str(first), first->len))
		return FE_EXIT_SYSTEM;
	while ((n = read_piece(fd, chunk, sizeof chunk)) > 0)
		if (io_write_all(STDOUT_FILENO, chunk, (size_t)n))
			return FE_EXIT_SYSTEM;
	return FE_EXIT_OK;
}

int cmd_logs(const struct config *c)
{
	struct buf AUTO_BUF answer = BUF_INIT(ANSWER_MAX);
	struct err err = ERR_INIT;
	AUTO_FD int fd = connect_fleet(c, &err);
	int code = FE_EXIT_OK;

	if (fd < 0 || send_request(c, fd, &err) || read_answer(fd, &answer, false, &err) ||
	    take_status(&answer, &err))
		code = tell(&err);
	else
		code = copy_lines(fd, &answer);
	err_done(&err);
	return code;
}

/* 93784000 ms -> "1d02h", "2h03m", "4m05s", "6.7s" */
static void put_duration(struct buf *b, const char *ms_text)
{
	unsigned long long s = strtoull(ms_text, NULL, 10) / 1000, ms = strtoull(ms_text, NULL, 10);
	char text[32]; /* 20 digits and letters */

	if (s >= 86400)
		(void)snprintf(text, sizeof text, "%llud%02lluh", s / 86400, s / 3600 % 24);
	else if (s >= 3600)
		(void)snprintf(text, sizeof text, "%lluh%02llum", s / 3600, s / 60 % 60);
	else if (s >= 60)
		(void)snprintf(text, sizeof text, "%llum%02llus", s / 60, s % 60);
	else
		(void)snprintf(text, sizeof text, "%llu.%llus", s, ms / 100 % 10);
	buf_put(b, " %8s", text);
}

enum { PS_NAME, PS_PID, PS_STATE, PS_UP, PS_RESTARTS, PS_LAST, PS_LINES, PS_DROPS, PS_FIELDS };

static void put_row(struct buf *b, const struct strv *f, const struct usage_table *usage)
{
	bool up = strcmp(f->v[PS_PID], "0") != 0;
	struct usage u = usage_of(usage, (pid_t)strtol(f->v[PS_PID], NULL, 10));

	buf_put(b, "%-24s %8s %-10s", f->v[PS_NAME], up ? f->v[PS_PID] : "-", f->v[PS_STATE]);
	if (up)
		put_duration(b, f->v[PS_UP]);
	else
		buf_put(b, " %8s", "-");
	buf_put(b, " %8s %9s", f->v[PS_RESTARTS], f->v[PS_LAST]);
	if (up)
		buf_put(b, " %8.2fs", (double)u.cpu_ms / 1e3);
	else
		buf_put(b, " %9s", "-");
	if (up && u.pss_known)
		buf_put(b, " %8.1fM", (double)u.pss_kb / 1024.0);
	else
		buf_put(b, " %9s", "-");
	buf_put(b, " %10s %7s\n", f->v[PS_LINES], f->v[PS_DROPS]);
}

static int show_ps(const struct buf *answer)
{
	struct buf AUTO_BUF table = BUF_INIT(ANSWER_MAX);
	struct strv AUTO_STRV lines = {0};
	struct usage_table *usage = usage_new();

	strv_split(&lines, buf_str(answer), "\n");
	buf_put(&table, "%-24s %8s %-10s %8s %8s %9s %9s %9s %10s %7s\n", "NAME", "PID", "STATE",
	    "UPTIME", "RESTARTS", "LAST EXIT", "CPU", "MEM(PSS)", "LINES", "DROPS");
	for (size_t i = 0; i < lines.n; i++) {
		struct strv AUTO_STRV fields = {0};

		strv_split(&fields, lines.v[i], "\t");
		if (fields.n == PS_FIELDS)
			put_row(&table, &fields, usage);
		else
			buf_put(&table, "%s\n", lines.v[i]);
	}
	usage_free(usage);
	return io_write_all(STDOUT_FILENO, buf_str(&table), table.len) ? FE_EXIT_SYSTEM
								       : FE_EXIT_OK;
}

int cmd_ps(const struct config *c)
{
	struct buf AUTO_BUF answer = BUF_INIT(ANSWER_MAX);
	struct err err = ERR_INIT;
	int code = ask(c, &answer, &err) ? tell(&err) : show_ps(&answer);

	err_done(&err);
	return code;
}
