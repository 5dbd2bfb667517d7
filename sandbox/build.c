/* SPDX-License-Identifier: MIT */
/* build: one child after another: unpack, compile, measure; between them the platform's words. */
#include "build.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "flow.h"
#include "guard.h"
#include "io.h"
#include "num.h"
#include "scratch.h"
#include "strv.h"
#include "xmem.h"

#define LINGER_MS 1000 /* for output still held open after a step's end */

enum step { STEP_CHECK, STEP_UNPACK, STEP_COMPILE, STEP_MEASURE, STEPS };

struct build {
	const struct build_rules *rules;
	struct build_events ev;
	char *tarball, *git_dir, *commit, *dir, *stack, *checksum, *fail;
	struct strv git_env, config;
	bool slug, reaped, ended, over_time, cancelled, made;
	enum step step;
	pid_t pid;
	int code;
	struct flow *out;
	struct buf heard; /* STEP_CHECK, STEP_MEASURE: what it printed, for us */
	uv_timer_t timer;
	struct procfile types;
	struct build_result result;
	char reason[256];
	bool line_open; /* STEP_COMPILE: the seven blanks of this line are out */
};

/* Slugs hold ./app/...; sources often one directory of a Git host's archive, never stripped here. */
static const char unpack_tar[] =
    "mkdir -p \"$2\" && tar -x -C \"$2\" -f \"$1\" --no-same-owner --no-same-permissions "
    "&& { [ -z \"$3\" ] || { [ -d \"$2/app\" ] && "
    "mv \"$2/app\" \"$2.app\" && rm -rf \"$2\" && mv \"$2.app\" \"$2\"; }; }";
static const char unpack_git[] =
    "set -o pipefail; mkdir -p \"$3\" && "
    "git --git-dir=\"$1\" archive --format=tar \"$2\" | tar -x -C \"$3\" -f -";

static void out(struct build *b, const char *text)
{
	b->ev.output(b->ev.arg, text, strlen(text));
}

static void FE_PRINTF(2, 3) outf(struct build *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	AUTO_FREE char *text = xvasprintf(fmt, ap);

	va_end(ap);
	out(b, text);
}

static void freed(uv_handle_t *handle)
{
	struct build *b = handle->data;

	free(b->tarball);
	free(b->git_dir);
	free(b->commit);
	free(b->dir);
	free(b->stack);
	free(b->checksum);
	free(b->fail);
	strv_done(&b->git_env);
	strv_done(&b->config);
	buf_done(&b->heard);
	procfile_done(&b->types);
	free(b);
}

static void finish(struct build *b)
{
	if (!b->result.ok && b->made)
		scratch_remove(b->dir);
	b->ev.done(b->ev.arg, &b->result);
	uv_close((uv_handle_t *)&b->timer, freed);
}

static void fail(struct build *b, const char *reason)
{
	(void)snprintf(b->reason, sizeof b->reason, "%s", reason);
	b->result = (struct build_result){.reason = b->reason};
	if (!b->slug)
		outf(b,
		    " !     %s\n !\n !     Push rejected, failed to compile %s app.\n !\n"
		    " !     Push failed\n",
		    reason, b->types.n || b->step > STEP_UNPACK ? "C" : "this");
	finish(b);
}

static void next(struct build *b);

/* A step's output: compile's is indented, measure's is ours, unpack's is shown when it fails. */
static void on_data(void *arg, const char *p, size_t n)
{
	struct build *b = arg;

	if (b->step == STEP_MEASURE || b->step == STEP_CHECK) {
		if (buf_add(&b->heard, p, n) < 0)
			b->code = 1;
		return;
	}
	while (n) {
		const char *nl = memchr(p, '\n', n);
		size_t part = nl ? (size_t)(nl - p) + 1 : n;

		if (!b->line_open)
			out(b, "       ");
		b->line_open = !nl;
		b->ev.output(b->ev.arg, p, part);
		p += part;
		n -= part;
	}
}

static void step_over(struct build *b)
{
	(void)uv_timer_stop(&b->timer);
	flow_close(b->out, false);
	b->out = NULL;
	if (b->line_open)
		out(b, "\n");
	b->line_open = false;
	if (b->cancelled)
		fail(b, "Build cancelled");
	else if (b->over_time)
		fail(b, "Build timed out");
	else
		next(b);
}

static void on_end(void *arg)
{
	struct build *b = arg;

	b->ended = true;
	if (b->reaped)
		step_over(b);
}

static void on_linger(uv_timer_t *timer)
{
	step_over(timer->data);
}

static void on_exit_of(void *arg, int code)
{
	struct build *b = arg;

	b->reaped = true;
	b->code = code;
	guard_kill_group(b->pid, SIGKILL);
	(void)guard_kill_holders(flow_fd(b->out), SIGKILL);
	if (b->ended)
		step_over(b);
	else
		(void)uv_timer_start(&b->timer, on_linger, LINGER_MS, 0);
}

static void on_time(uv_timer_t *timer)
{
	struct build *b = timer->data;

	b->over_time = true;
	guard_kill_group(b->pid, SIGKILL);
}

static void run(struct build *b, const char *const *argv, const struct strv *env, const char *cwd)
{
	struct strv AUTO_STRV args = {0}, all = {0};
	struct err err = ERR_INIT;
	int fd[2];

	for (; *argv; argv++)
		strv_add(&args, *argv);
	for (size_t i = 0; env && i < env->n; i++)
		strv_add(&all, env->v[i]);
	strv_setenv(&all, "PATH", getenv("PATH") ? getenv("PATH") : "/usr/local/bin:/usr/bin:/bin");
	strv_setenv(&all, "HOME", b->dir);
	strv_setenv(&all, "STACK", b->stack);
	strv_setenv(&all, "LANG", "C.UTF-8");
	b->reaped = b->ended = false;
	fe_assert(pipe2(fd, O_CLOEXEC) == 0);
	int rc = kids_spawn(b->rules->kids,
	    &(struct guard_spawn){.argv = strv_argv(&args),
		.envp = strv_argv(&all),
		.cwd = cwd,
		.in = -1,
		.out = fd[1],
		.err = fd[1]},
	    on_exit_of, b, &b->pid, &err);

	io_close(&fd[1]);
	if (rc < 0) {
		io_close(&fd[0]);
		fail(b, err_text(&err));
		err_done(&err);
		return;
	}
	b->out = flow_new(
	    b->rules->loop, fd[0], &(struct flow_events){.arg = b, .data = on_data, .end = on_end});
	(void)uv_timer_start(&b->timer, on_time, b->rules->limit_ms, 0);
}

static bool has(const struct build *b, const char *name)
{
	AUTO_FREE char *path = xasprintf("%s/%s", b->dir, name);

	return access(path, F_OK) == 0;
}

static void unpack(struct build *b)
{
	b->step = STEP_UNPACK;
	if (access(b->dir, F_OK) == 0) {
		fail(b, "The slug directory exists");
		return;
	}
	b->made = true;
	if (!b->slug)
		outf(b,
		    "%s-----> Building on the %c%s stack\n"
		    "-----> Determining which buildpack to use for this app\n",
		    b->tarball ? "" : "Compressing source files... done.\nBuilding source:\n\n",
		    toupper((unsigned char)*b->stack), b->stack + 1);
	if (b->tarball)
		run(b,
		    (const char *const[]){"bash", "-c", unpack_tar, "unpack", b->tarball, b->dir,
			b->slug ? "slug" : "", NULL},
		    NULL, NULL);
	else
		run(b,
		    (const char *const[]){
			"bash", "-c", unpack_git, "unpack", b->git_dir, b->commit, b->dir, NULL},
		    &b->git_env, NULL);
}

/* "HEX  FILE" is what was printed. */
static void checked(struct build *b)
{
	const char *wanted = b->checksum + strlen("SHA256:");
	char why[256];

	if (b->code == 0 && b->heard.len > 64 && strlen(wanted) == 64 &&
	    strncasecmp(wanted, b->heard.p, 64) == 0) {
		buf_clear(&b->heard);
		unpack(b);
		return;
	}
	(void)snprintf(why, sizeof why,
	    "Checksum does not match the blob. Expected: %.80s Actual: SHA256:%.64s", b->checksum,
	    b->heard.len > 64 ? b->heard.p : "unknown");
	fail(b, why);
}

static void check(struct build *b)
{
	b->step = STEP_CHECK;
	if (!b->tarball || !b->checksum || !*b->checksum)
		unpack(b);
	else if (strncasecmp(b->checksum, "SHA256:", 7) != 0)
		fail(b, "The checksum is none of the form SHA256:HEX");
	else
		run(b, (const char *const[]){"sha256sum", "-b", "--", b->tarball, NULL}, NULL,
		    NULL);
}

static void measure(struct build *b)
{
	b->step = STEP_MEASURE;
	run(b, (const char *const[]){"du", "-sb", "--", b->dir, NULL}, NULL, NULL);
}

static void compile(struct build *b)
{
	if (b->code != 0) {
		fail(b, "The source could not be unpacked");
		return;
	}
	if (b->slug) {
		measure(b);
		return;
	}
	b->step = STEP_COMPILE;
	if (!has(b, "Makefile") && !has(b, "makefile") && !has(b, "GNUmakefile")) {
		if (!has(b, "Procfile")) {
			fail(b, "No default language could be detected for this app.");
			return;
		}
		out(b, "-----> No Makefile: nothing to compile\n");
		measure(b);
		return;
	}
	out(b, "-----> C app detected\n-----> Compiling with make\n");
	if (b->fail) {
		outf(b, "       %s\n", b->fail);
		fail(b, "make failed with status 2");
		return;
	}
	run(b, (const char *const[]){"make", NULL}, &b->config, b->dir);
}

static void discover(struct build *b)
{
	AUTO_FREE char *path = xasprintf("%s/Procfile", b->dir);
	struct buf AUTO_BUF types = BUF_INIT(BUF_MAX_TEXT);
	struct err err = ERR_INIT;

	if (b->code != 0) {
		char why[64];

		(void)snprintf(why, sizeof why, "make failed with status %d", b->code);
		fail(b, why);
		return;
	}
	if (has(b, "Procfile") && procfile_read(path, &b->types, NULL, NULL, &err) < 0) {
		fail(b, err_text(&err));
		err_done(&err);
		return;
	}
	for (size_t i = 0; i < b->types.n; i++)
		if (buf_addf(&types, "%s%s", i ? ", " : "", b->types.v[i].name) < 0)
			break;
	outf(b,
	    "-----> Discovering process types\n       Procfile declares types -> %s\n\n"
	    "-----> Compressing...\n",
	    types.len ? buf_str(&types) : "(none)");
	measure(b);
}

static void conclude(struct build *b)
{
	AUTO_FREE char *path = xasprintf("%s/Procfile", b->dir);
	char *end = b->heard.len ? memchr(b->heard.p, '\t', b->heard.len) : NULL;
	uint64_t bytes = 0;

	if (end)
		*end = '\0';
	if (b->code != 0 || !end || num_u64(b->heard.p, 0, UINT64_MAX, &bytes) < 0) {
		fail(b, "The slug could not be measured");
		return;
	}
	if (!b->types.n && has(b, "Procfile") &&
	    procfile_read(path, &b->types, NULL, NULL, NULL) < 0) {
		fail(b, "The Procfile cannot be read");
		return;
	}
	if (!b->slug)
		outf(b, "       Done: %.1fK\n", (double)bytes / 1024);
	b->result = (struct build_result){.ok = true, .types = &b->types, .bytes = bytes};
	finish(b);
}

static void next(struct build *b)
{
	switch (b->step) {
	case STEP_CHECK:
		checked(b);
		return;
	case STEP_UNPACK:
		compile(b);
		return;
	case STEP_COMPILE:
		discover(b);
		return;
	case STEP_MEASURE:
	case STEPS:
	default:
		conclude(b);
		return;
	}
}

static void on_start(uv_timer_t *timer)
{
	struct build *b = timer->data;

	if (b->cancelled)
		fail(b, "Build cancelled");
	else
		check(b);
}

static char *copy(const char *s)
{
	return s ? xstrdup(s) : NULL;
}

struct build *build_start(
    const struct build_rules *rules, const struct build_spec *spec, const struct build_events *ev)
{
	struct build *b = xcalloc(1, sizeof *b);

	*b = (struct build){.rules = rules,
	    .ev = *ev,
	    .tarball = copy(spec->tarball),
	    .git_dir = copy(spec->git_dir),
	    .commit = copy(spec->commit),
	    .dir = xstrdup(spec->dir),
	    .stack = xstrdup(spec->stack),
	    .checksum = copy(spec->checksum),
	    .fail = copy(spec->fail),
	    .slug = spec->slug,
	    .heard = BUF_INIT(BUF_MAX_TEXT)};
	for (char *const *e = spec->git_env; e && *e; e++)
		strv_add(&b->git_env, *e);
	for (char *const *e = spec->config; e && *e; e++)
		strv_add(&b->config, *e);
	fe_assert(uv_timer_init(rules->loop, &b->timer) == 0);
	b->timer.data = b;
	(void)uv_timer_start(&b->timer, on_start, 0, 0);
	return b;
}

void build_cancel(struct build *b)
{
	b->cancelled = true;
	if (b->out && !b->reaped)
		guard_kill_group(b->pid, SIGKILL);
}

void build_words_released(struct buf *b, unsigned version, const char *web_url)
{
	buf_put(b, "-----> Launching...\n       Released v%u\n       %s deployed to Heroku\n\n",
	    version, web_url);
	buf_put(b, "Verifying deploy... done.\n");
}
