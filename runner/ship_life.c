/* SPDX-License-Identifier: MIT */
/* ship_life: the drain's process: start, death, restart, end. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "env.h"
#include "guard.h"
#include "io.h"
#include "num.h"
#include "ship.h"
#include "ship_in.h"
#include "strv.h"
#include "xmem.h"

#define PIPE_BYTES (1024 * 1024)
#define RESTART_MS 500
#define RESTART_MOST_MS 30000
#define STABLE_NS (60 * NS_PER_S)
#define TERM_MS 500 /* between the end of the grace, TERM and KILL */

static void say(struct ship *s, const char *at, const char *fmt, ...) FE_PRINTF(3, 4);

static void say(struct ship *s, const char *at, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	AUTO_FREE char *text = xvasprintf(fmt, ap);
	va_end(ap);
	if (s->rules.say)
		s->rules.say(s->rules.arg, at, text);
}

static char *path_beside_us(void)
{
	char self[PATH_MAX]; /* a path that fills it is taken as none */
	ssize_t n = readlink("/proc/self/exe", self, sizeof self);

	if (n <= 0 || (size_t)n == sizeof self)
		return xstrdup("drain");
	while (n > 0 && self[n - 1] != '/')
		n--;
	return xasprintf("%.*sdrain", (int)n, self);
}

static void on_timer(uv_timer_t *h);

static void set_timer(struct ship *s, uint64_t ms)
{
	uv_update_time(s->loop);
	(void)uv_timer_start(&s->timer, on_timer, ms, 0);
}

/* What the env files may say to the drain: whom to trust, and which way to go. Their other keys are
 * the children's. */
static bool concerns_drain(const char *pair)
{
	static const char *const keys[] = {"DRAIN_CACERT=", "SSL_CERT_FILE=", "HTTP_PROXY=",
	    "HTTPS_PROXY=", "ALL_PROXY=", "NO_PROXY="};

	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		if (strncasecmp(pair, keys[i], strlen(keys[i])) == 0)
			return true;
	return false;
}

/* The drain's environment: ours, with the URL, which no other child is given. */
static void make_env(const struct ship *s, struct strv *env)
{
	for (char **e = environ; *e; e++)
		if (strncmp(*e, "L2MET_URL=", 10) != 0)
			strv_add(env, *e);
	for (size_t i = 0; i < s->env.n; i++)
		strv_add(env, s->env.v[i]);
	env_last_wins(env);
	strv_setenv(env, "DRAIN_URL", s->url);
}

static int spawn_on(struct ship *s, int in, int out, struct err *err)
{
	struct strv AUTO_STRV env = {0};
	struct strv AUTO_STRV argv = {0};
	AUTO_FREE char *grace = xasprintf("%g", SHIP_GRACE_MS / 1e3);

	strv_add(&argv, s->path);
	strv_add(&argv, "--framed");
	strv_add(&argv, "--grace");
	strv_add(&argv, grace);
	make_env(s, &env);
	return guard_spawn(&(struct guard_spawn){.argv = strv_argv(&argv),
			       .envp = strv_argv(&env),
			       .in = in,
			       .out = out,
			       .err = STDERR_FILENO,
			       .death_signal = SIGTERM},
	    &s->pid, err);
}

static int spawn(struct ship *s, struct err *err)
{
	struct epoll_event e = {.events = EPOLLIN, .data.u32 = SHIP_NEWS};
	int in[2] = {-1, -1}, out[2] = {-1, -1}, rc;

	if (pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC))
		rc = err_sys(err, errno, "pipe");
	else if (epoll_ctl(s->epoll, EPOLL_CTL_ADD, out[0], &e))
		rc = err_sys(err, errno, "watching the drain's news");
	else
		rc = spawn_on(s, in[0], out[1], err);
	io_close(&in[0]);
	io_close(&out[1]);
	s->in = in[1];
	s->out = out[0];
	if (rc) {
		io_close(&s->in);
		io_close(&s->out);
		return rc;
	}
	(void)io_set_nonblocking(s->in, true); /* cannot fail on pipes of ours */
	(void)io_set_nonblocking(s->out, true);
	(void)fcntl(s->in, F_SETPIPE_SZ, PIPE_BYTES); /* as much as a user may; or as it is */
	return 0;
}

static void over(struct ship *s)
{
	struct ship_stats end = ship_stats(s);

	/* frames that no drain will take */
	ship_account_dropped(&s->account, end.lines - end.delivered - end.lost);
	end = ship_stats(s);
	buf_done(&s->frames);
	s->state = SHIP_OVER;
	(void)uv_timer_stop(&s->timer);
	(void)uv_poll_stop(&s->poll);
	if (end.lost)
		say(s, "lost", "drain: %llu of %llu lines were lost", (unsigned long long)end.lost,
		    (unsigned long long)end.lines);
	if (s->rules.on_over)
		s->rules.on_over(s->rules.arg);
}

static uint64_t restart_ms(const struct ship *s)
{
	uint64_t ms = RESTART_MS;

	for (unsigned i = 1; i < s->failures && ms < RESTART_MOST_MS; i++)
		ms *= 2;
	return ms < RESTART_MOST_MS ? ms : RESTART_MOST_MS;
}

static void start(struct ship *s)
{
	struct err err = ERR_INIT;

	s->up_ns = clock_mono_ns();
	if (spawn(s, &err) == 0) {
		s->state = SHIP_UP;
		ship_flush(s);
	} else {
		s->failures++;
		say(s, "failure", "drain cannot start: %s", err_text(&err));
		set_timer(s, restart_ms(s));
	}
	err_done(&err);
}

/* While stopping: a drain for what is left, or, where none can be started, the end (by the timer,
 * for the caller may be in the middle of things). */
static void start_last(struct ship *s)
{
	s->last_one = true;
	start(s);
	set_timer(s, s->state == SHIP_UP ? SHIP_GRACE_MS + TERM_MS : 0);
}

/* The steps to its end: it had its grace, then TERM, then KILL. */
static void end_harder(struct ship *s)
{
	ship_close_in(s);
	if (s->pid)
		(void)kill(s->pid, s->kills++ ? SIGKILL : SIGTERM);
	set_timer(s, TERM_MS);
}

static void on_timer(uv_timer_t *h)
{
	struct ship *s = h->data;

	if (s->state == SHIP_UP && s->stopping)
		end_harder(s);
	else if (s->state != SHIP_UP && s->stopping)
		over(s);
	else if (s->state == SHIP_DOWN)
		start(s);
}

static void on_poll(uv_poll_t *h, int status, int events)
{
	struct ship *s = h->data;
	struct epoll_event ready[2];
	int n = epoll_wait(s->epoll, ready, 2, 0);

	(void)status;
	(void)events;
	for (int i = 0; i < n; i++)
		if (ready[i].data.u32 == SHIP_NEWS)
			ship_read_news(s);
		else
			ship_flush(s);
}

static int code_of(int status)
{
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* It ended though nobody asked it to. */
static void plan_restart(struct ship *s, uint64_t died)
{
	if (s->last_code == FE_EXIT_USAGE) {
		s->state = SHIP_GIVEN_UP;
		say(s, "give-up", "drain refused its configuration: lines are not shipped");
		return;
	}
	if (clock_mono_ns() - s->up_ns >= STABLE_NS)
		s->failures = 0;
	s->failures++;
	s->restarts++;
	say(s, "exit", "drain ended with status %d; %llu lines lost with it; restarting in %.1f s",
	    s->last_code, (unsigned long long)died, (double)restart_ms(s) / 1e3);
	set_timer(s, restart_ms(s));
}

bool ship_reaped(struct ship *s, pid_t pid, int status)
{
	if (!s || !pid || s->pid != pid)
		return false;
	bool was_last = s->last_one || s->kills || !ship_has_more(s);

	s->pid = 0;
	s->last_code = code_of(status);
	ship_read_news(s); /* its last word */
	io_close(&s->out);
	ship_close_in(s);
	ship_forget_partial(s);
	uint64_t died = ship_account_ended(&s->account);

	buf_done(&s->status);
	s->state = SHIP_DOWN;
	if (!s->stopping)
		plan_restart(s, died);
	else if (was_last)
		over(s);
	else
		start_last(s);
	return true;
}

void ship_stop(struct ship *s)
{
	if (s->stopping)
		return;
	s->stopping = true;
	set_timer(s, s->state == SHIP_UP ? SHIP_GRACE_MS + TERM_MS : 0);
	if (s->state == SHIP_UP)
		ship_flush(s);
	else if (s->state == SHIP_DOWN && ship_has_more(s))
		start_last(s);
}

void ship_hurry(struct ship *s)
{
	ship_stop(s);
	if (s->state == SHIP_UP)
		end_harder(s);
}

pid_t ship_pid(const struct ship *s)
{
	return s ? s->pid : 0;
}

/* HOST or [ADDRESS], perhaps :PORT, in p[0..len). */
static bool is_host(const char *p, size_t len)
{
	const char *end = memchr(p, *p == '[' ? ']' : ':', len);
	size_t host = end ? (size_t)(end - p) + (*p == '[') : *p == '[' ? 0 : len;
	AUTO_FREE char *port = xmemdup0(p + host, len - host);
	uint64_t n;

	if (host == 0 || (*port && *port != ':'))
		return false;
	return !*port || !port[1] || num_u64(port + 1, 1, 65535, &n) == 0;
}

/* What the drain would refuse is refused before anything starts; what only libcurl knows to be
 * wrong, the drain says. */
static bool is_http(const char *url)
{
	const char *at = strncasecmp(url, "http://", 7) == 0    ? url + 7
			 : strncasecmp(url, "https://", 8) == 0 ? url + 8
								: "";
	size_t len = strcspn(at, "/?#");
	const char *user = memrchr(at, '@', len);

	for (const char *p = url; *p; p++)
		if ((unsigned char)*p <= ' ' || *p == 0x7f)
			return false;
	if (user) {
		len -= (size_t)(user + 1 - at);
		at = user + 1;
	}
	return len > 0 && is_host(at, len);
}

int ship_new(
    struct uv_loop_s *loop, const struct ship_rules *rules, struct ship **out, struct err *err)
{
	if (!is_http(rules->url))
		return err_set(err, FE_EUSAGE,
		    "drain: the URL given is none of the form http[s]://[USER:PASSWORD@]HOST/PATH");
	struct ship *s = xcalloc(1, sizeof *s);

	*s = (struct ship){.loop = loop, .rules = *rules, .in = -1, .out = -1, .last_code = -1};
	s->url = xstrdup(rules->url);
	for (size_t i = 0; rules->env && i < rules->env->n; i++)
		if (concerns_drain(rules->env->v[i]))
			strv_add(&s->env, rules->env->v[i]);
	s->path = path_beside_us();
	buf_init(&s->frames, 2 * SHIP_BUFFER_MAX);
	buf_init(&s->note, BUF_MAX_TEXT);
	buf_init(&s->status, BUF_MAX_TEXT);
	s->epoll = epoll_create1(EPOLL_CLOEXEC);
	fe_assert(s->epoll >= 0 && uv_timer_init(loop, &s->timer) == 0 &&
		  uv_poll_init(loop, &s->poll, s->epoll) == 0);
	s->timer.data = s->poll.data = s;
	(void)uv_poll_start(&s->poll, UV_READABLE, on_poll);
	set_timer(s, 0);
	*out = s;
	return 0;
}

void ship_close(struct ship *s)
{
	if (!s)
		return;
	if (!uv_is_closing((uv_handle_t *)&s->poll))
		uv_close((uv_handle_t *)&s->poll, NULL);
	if (!uv_is_closing((uv_handle_t *)&s->timer))
		uv_close((uv_handle_t *)&s->timer, NULL);
}

void ship_free(struct ship *s)
{
	if (!s)
		return;
	io_close(&s->in);
	io_close(&s->out);
	io_close(&s->epoll);
	buf_done(&s->frames);
	buf_done(&s->note);
	buf_done(&s->status);
	free(s->url);
	strv_done(&s->env);
	free(s->path);
	free(s);
}
