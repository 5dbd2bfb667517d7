/* SPDX-License-Identifier: MIT */
/*
 * deploy [CANARY]: the working tree to a running release: packed, uploaded, built (its output goes to
 * stdout as it comes), released. Words about it go to stderr.
 *
 * The work is done in a child, so that Ctrl-C is heard at once, whatever it waits for; the parent
 * then says how far it came and cancels the build. What the child reached stands in shared memory.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "deploy.h"
#include "fleet.h"
#include "fleet_tool.h"
#include "guard.h"
#include "heroku_deploy.h"
#include "io.h"
#include "opt.h"
#include "tarball.h"
#include "xmem.h"

#define CANCEL_NS (20 * NS_PER_S)
#define ID_MAX 64 /* a UUID has 36 */

struct reached {
	volatile int phase; /* of deploy_phase; -1: none yet */
	volatile char build[ID_MAX];
};

static struct {
	bool dry_run;
	const char *env_file, *from, *version;
	struct opt_seconds timeout;
	struct fleet_tool tool;
	char *app, *tree;        /* what goes where */
	char *commit, *procfile; /* NULL: unknown; the one that lies there */
	struct strv paths;
	struct reached *reached;
	uint64_t begun_ns;
} me;

static void say(const char *fmt, ...) FE_PRINTF(1, 2);
static void say(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	AUTO_FREE char *text = xvasprintf(fmt, ap);
	va_end(ap);
	(void)fprintf(stderr, "deploy: %s\n", text);
}

/* ---- what goes where ---- */

static const char *source_of(enum fleet_use use)
{
	switch (use) {
	case FLEET_WEB:
	case FLEET_IDLE_WEB:
	case FLEET_ENDPOINT:
		return "canaries/web";
	case FLEET_CRASHER:
		return "canaries/crasher";
	case FLEET_EMPTY:
	case FLEET_PUSHED:
		break;
	}
	return NULL;
}

/* A canary by its suffix or whole name; one that the table does not hold is a stack's. */
static int choose_canary(const char *name, struct err *err)
{
	size_t n = strlen(me.tool.env.app);
	const char *suffix =
	    strncmp(name, me.tool.env.app, n) == 0 && name[n] == '-' ? name + n + 1 : name;
	const struct fleet_app *f = fleet_apps;

	while (f->suffix && strcmp(f->suffix, suffix) != 0)
		f++;
	const char *source = f->suffix ? source_of(f->use) : "canaries/web";

	if (!source)
		return err_set(err, FE_EUSAGE,
		    "%s: this canary holds no code, nothing is deployed to it", suffix);
	me.app = fleet_app_name(me.tool.env.app, suffix);
	me.tree = xasprintf("%s/%s", me.from, source);
	return 0;
}

static bool holds(const struct strv *v, const char *text)
{
	for (size_t i = 0; i < v->n; i++)
		if (strcmp(v->v[i], text) == 0)
			return true;
	return false;
}

/* Ferret itself gets the entry with which it fits into one dyno. */
static int read_procfile(struct err *err)
{
	AUTO_FREE char *path = xasprintf("%s/Procfile", me.tree);
	struct buf AUTO_BUF text = BUF_INIT(BUF_MAX_FILE);
	int rc = io_read_file(path, &text, err);

	if (!rc)
		me.procfile = fleet_procfile(buf_str(&text));
	return rc;
}

static int choose(const struct strv *operands, struct err *err)
{
	int rc = 0;

	if (operands->n > 1)
		return err_set(err, FE_EUSAGE, "%s: expected one canary at most", operands->v[1]);
	if (operands->n) {
		rc = choose_canary(operands->v[0], err);
	} else {
		me.app = xstrdup(me.tool.env.app);
		me.tree = xstrdup(me.from);
	}
	if (!rc)
		rc = tarball_list(me.tree, &me.paths, err);
	if (!rc && !holds(&me.paths, "Procfile"))
		rc = err_set(err, FE_EUSAGE,
		    "%s: has no Procfile, expected the tree of what is deployed", me.tree);
	if (!rc && operands->n == 0)
		rc = read_procfile(err);
	if (!rc)
		me.commit = me.version ? xstrdup(me.version) : tarball_commit(me.tree);
	return rc;
}

/* ---- dry run ---- */

static int show(struct err *err)
{
	struct tarball t = {0};
	int rc = tarball_make(&(struct tarball_opts){.dir = me.tree, .paths = &me.paths}, &t, err);

	if (rc)
		return err_exit_code(rc);
	for (size_t i = 0; i < me.paths.n; i++) {
		AUTO_FREE char *full = xasprintf("%s/%s", me.tree, me.paths.v[i]);
		struct stat st = {0};

		(void)lstat(full, &st);
		printf("%10lld %s\n", (long long)st.st_size, me.paths.v[i]);
	}
	say("would send %llu files of %s, %llu bytes (%llu packed), version %s, to %s",
	    (unsigned long long)t.files, me.tree, (unsigned long long)t.content,
	    (unsigned long long)t.bytes, me.commit ? me.commit : "unknown", me.app);
	tarball_done(&t);
	return FE_EXIT_OK;
}

/* ---- the work, in a child ---- */

static void on_phase(void *arg, enum deploy_phase phase)
{
	(void)arg;
	me.reached->phase = (int)phase;
	say("%s%s", deploy_phase_names[phase], phase == DEPLOY_UPLOAD ? " ..." : "");
}

static void on_build(void *arg, const char *id)
{
	size_t n = strlen(id);

	(void)arg;
	for (size_t i = 0; i < n && i < ID_MAX - 1; i++)
		me.reached->build[i] = id[i];
}

static bool on_output(void *arg, const char *p, size_t n)
{
	bool *closed = arg;

	if (!*closed && io_write_all(STDOUT_FILENO, p, n)) {
		*closed = true; /* the build goes on, and its end still tells */
		say("standard output is closed, the build's output is shown no more");
	}
	return *closed;
}

static void on_warning(void *arg, const char *text)
{
	(void)arg;
	say("the output broke off: %s", text);
}

static int work(void *arg)
{
	struct deploy_result result = {0};
	struct err err = ERR_INIT;
	bool closed = false;
	struct deploy d = {
	    .api = me.tool.api,
	    .app = me.app,
	    .dir = me.tree,
	    .paths = &me.paths,
	    .version = me.commit,
	    .procfile = me.procfile,
	    .output = on_output,
	    .entered = on_phase,
	    .building = on_build,
	    .warn = on_warning,
	    .arg = &closed,
	};

	(void)arg;
	(void)signal(SIGPIPE, SIG_IGN); /* a child begins with the default: death in an upload */
	enum heroku_class class = fleet_tool_owns(me.tool.api, me.tool.env.app, me.app, &err);
	if (class == HEROKU_OK)
		class = deploy_tree(&d, &result, &err);
	if (class == HEROKU_OK)
		say("release v%lld of %s%s%s, %llu bytes sent, %.1f s", (long long)result.version,
		    me.app, me.commit ? ", version " : "", me.commit ? me.commit : "",
		    (unsigned long long)result.bytes,
		    (double)(clock_mono_ns() - me.begun_ns) / (double)NS_PER_S);
	else
		err_print("deploy", &err);
	int code = fleet_tool_exit(class, &err);
	deploy_result_done(&result);
	err_done(&err);
	return code;
}

/* ---- the parent: waits, and cancels ---- */

static char *build_reached(void)
{
	char id[ID_MAX] = {0};

	for (size_t i = 0; i < ID_MAX - 1; i++)
		id[i] = me.reached->build[i];
	return xstrdup(id);
}

static int cancel(const char *how)
{
	AUTO_FREE char *build = build_reached();
	struct err err = ERR_INIT;

	if (me.reached->phase == DEPLOY_RELEASE) {
		say("%s: the build is done, its release goes on", how);
		return FE_EXIT_FAIL;
	}
	if (!*build) {
		say("%s: given up %s", how,
		    me.reached->phase == DEPLOY_BUILD ? "while the build began; it may go on"
						      : "before the build, nothing has changed");
		return FE_EXIT_FAIL;
	}
	say("%s: cancelling build %s", how, build);
	heroku_deadline(me.tool.api, clock_mono_ns() + CANCEL_NS);
	if (heroku_build_cancel(me.tool.api, me.app, build, &err) != HEROKU_OK) {
		(void)err_wrap(&err, "build %s goes on", build);
		err_print("deploy", &err);
	} else {
		say("build %s is cancelled", build);
	}
	err_done(&err);
	return FE_EXIT_FAIL;
}

/* A second signal ends at once. */
static int interrupted(pid_t pid, int sig, const sigset_t *old)
{
	guard_kill_group(pid, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	(void)pthread_sigmask(SIG_SETMASK, old, NULL);
	return cancel(sig == SIGINT ? "interrupted" : "terminated");
}

static int await(pid_t pid, const sigset_t *set, const sigset_t *old)
{
	for (;;) {
		int status = 0, sig = sigwaitinfo(set, NULL);

		if (sig == SIGCHLD && waitpid(pid, &status, WNOHANG) == pid) {
			if (WIFEXITED(status))
				return WEXITSTATUS(status);
			say("the work was killed by signal %d", WTERMSIG(status));
			return FE_EXIT_SYSTEM;
		}
		if (sig > 0 && sig != SIGCHLD)
			return interrupted(pid, sig, old);
	}
}

static int deploy(struct err *err)
{
	sigset_t set, old;
	pid_t pid;

	me.reached = mmap(
	    NULL, sizeof *me.reached, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (me.reached == MAP_FAILED)
		return err_exit_code(err_sys(err, errno, "shared memory"));
	me.reached->phase = -1;
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGCHLD);
	(void)sigaddset(&set, SIGINT);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGHUP);
	(void)pthread_sigmask(SIG_BLOCK, &set, &old);
	struct guard_spawn s = {
	    .run = work, .in = -1, .out = STDOUT_FILENO, .err = STDERR_FILENO, .group_only = true};
	int rc = guard_spawn(&s, &pid, err);

	return rc ? err_exit_code(rc) : await(pid, &set, &old);
}

static int run(const struct strv *operands, struct err *err)
{
	int rc = fleet_tool_open(&me.tool, me.env_file, 0, err);

	for (size_t i = 0; i < me.tool.problems.n; i++)
		say("%s", me.tool.problems.v[i]);
	if (me.tool.problems.n)
		err_done(err); /* they were told one by one */
	if (!rc)
		rc = choose(operands, err);
	if (rc)
		return err_exit_code(rc);
	if (me.dry_run)
		return show(err);
	me.begun_ns = clock_mono_ns();
	heroku_deadline(me.tool.api, me.begun_ns + me.timeout.ns);
	say("%s, %zu files, to %s", me.tree, me.paths.n, me.app);
	return deploy(err);
}

static const struct opt rows[] = {
    {.name = "dry-run",
	.letter = 'n',
	.kind = OPT_FLAG,
	.at = &me.dry_run,
	.help = "change nothing; list the files that would be sent, with their bytes"},
    FLEET_TOOL_OPT_ENV(&me.env_file),
    {.name = "tree",
	.kind = OPT_STRING,
	.at = &me.from,
	.arg = "DIR",
	.def = ".",
	.help = "Ferret's tree, with canaries/ in it"},
    {.name = "source-version",
	.kind = OPT_STRING,
	.at = &me.version,
	.arg = "TEXT",
	.help = "what the build is told as its version, also in its file VERSION (git's "
		"commit where there is one)"},
    {.name = "timeout",
	.kind = OPT_SECONDS,
	.at = &me.timeout,
	.arg = "SECONDS",
	.def = "1800",
	.min = 1000,
	.max = 86400000,
	.help = "give up waiting after so long; a build goes on without us"},
    OPT_END,
};
static const struct opt *const tables[] = {rows, NULL};
static const struct opt_program program = {
    .name = "bin/deploy",
    .summary = "deploy the working tree, or a canary, to the platform",
    .synopsis = "[CANARY]",
    .about = "Packs what belongs to the working tree (in a git tree: what is tracked, and what "
	     "is new and not ignored), has it built and waits for the release. Without CANARY "
	     "the tree is Ferret's and the app is APP; with one (run, restart, heroku-24, ...) "
	     "its source of canaries/ goes to the app APP-CANARY. An app without the fleet's "
	     "mark is left alone. The build's output goes to standard output as it comes. "
	     "Ctrl-C cancels the build.",
    .exits = "0 released, 2 the build or the release failed, or the platform did, 3 rate "
	     "limited, 100 wrong usage or configuration, 111 the system refused something",
    .version = FERRET_VERSION,
    .tables = tables,
};

int main(int argc, char **argv)
{
	int rc = fleet_tool_main(&program, argc, argv, run);

	fleet_tool_close(&me.tool);
	strv_done(&me.paths);
	free(me.app);
	free(me.tree);
	free(me.commit);
	free(me.procfile);
	return rc;
}
