/* SPDX-License-Identifier: MIT */
/*
 * sandbox: a small real platform: the Platform API by its published schema, with what it tells of
 * really running behind it. For tests and for a fleet without an account; never for strangers.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "api_gate.h"
#include "git.h"
#include "guard.h"
#include "hands.h"
#include "io.h"
#include "opt.h"
#include "outer.h"
#include "scratch.h"
#include "setup.h"
#include "world.h"
#include "xmem.h"

static struct {
	int64_t stop_ms, crash_ms, sample_ms;
	int64_t port, router_port, router_tls_port, rendezvous_port, page, rate, burst, app_limit,
	    conflict_ms, addon_ms, session_ms, router_ms;
	const char *bind, *dir, *token, *email, *team, *schema, *faults, *postgres, *drain_ca;
	bool clean, strict, check;
} o = {.strict = true};

static const struct opt rows[] = {
    {.name = "port",
	.letter = 'p',
	.kind = OPT_INT,
	.at = &o.port,
	.arg = "PORT",
	.def = "8090",
	.max = 65535,
	.help = "Port of the API, of git and of streams (0: any)"},
    {.name = "router-port",
	.kind = OPT_INT,
	.at = &o.router_port,
	.arg = "PORT",
	.def = "8091",
	.max = 65535,
	.help = "Port of the router, where apps answer (0: any)"},
    {.name = "router-tls-port",
	.kind = OPT_INT,
	.at = &o.router_tls_port,
	.arg = "PORT",
	.def = "8093",
	.max = 65535,
	.help = "Port of the router over TLS (0: any); DIR/ca.pem is whom to trust"},
    {.name = "rendezvous-port",
	.kind = OPT_INT,
	.at = &o.rendezvous_port,
	.arg = "PORT",
	.def = "8092",
	.max = 65535,
	.help = "Port of attached runs, over TLS (0: any)"},
    {.name = "bind",
	.kind = OPT_STRING,
	.at = &o.bind,
	.arg = "ADDRESS",
	.def = "127.0.0.1",
	.help = "Address of all ports"},
    {.name = "dir",
	.letter = 'd',
	.kind = OPT_STRING,
	.at = &o.dir,
	.arg = "DIR",
	.def = "sandbox.state",
	.help = "Where everything is kept"},
    {.name = "clean", .kind = OPT_FLAG, .at = &o.clean, .help = "Begin with an empty directory"},
    {.name = "token",
	.kind = OPT_STRING,
	.at = &o.token,
	.arg = "TOKEN",
	.def = "sandbox-token",
	.help = "The account's API key",
	.env = "FERRET_SANDBOX_TOKEN",
	.secret = true},
    {.name = "email",
	.kind = OPT_STRING,
	.at = &o.email,
	.arg = "EMAIL",
	.def = "ferret@example.com",
	.help = "The account's name"},
    {.name = "team",
	.kind = OPT_STRING,
	.at = &o.team,
	.arg = "NAME",
	.def = "sandbox-team",
	.help = "The team that the account is in"},
    {.name = "schema",
	.kind = OPT_STRING,
	.at = &o.schema,
	.arg = "FILE",
	.help = "The platform's schema, when it is not beside the program"},
    {.name = "strict",
	.kind = OPT_FLAG,
	.at = &o.strict,
	.help = "Refuse keys that the schema does not name (on unless --no-strict)"},
    {.name = "check-answers",
	.kind = OPT_FLAG,
	.at = &o.check,
	.help = "Check own answers against the schema too: 500 where they differ",
	.env = "FERRET_SANDBOX_CHECK"},
    {.name = "page-size",
	.kind = OPT_INT,
	.at = &o.page,
	.arg = "N",
	.def = "0",
	.max = 1000,
	.help = "Lists come in pages of at most so many (0: as asked)"},
    {.name = "rate-limit",
	.kind = OPT_INT,
	.at = &o.rate,
	.arg = "N",
	.def = "4500",
	.min = 1,
	.max = 100000000,
	.help = "Requests an hour"},
    {.name = "rate-burst",
	.kind = OPT_INT,
	.at = &o.burst,
	.arg = "N",
	.def = "0",
	.max = 100000000,
	.help = "Requests at once (0: as many as an hour's)"},
    {.name = "app-limit",
	.kind = OPT_INT,
	.at = &o.app_limit,
	.arg = "N",
	.def = "100",
	.min = 1,
	.max = 100000,
	.help = "Apps of the account, and of the team"},
    {.name = "conflict-ms",
	.kind = OPT_INT,
	.at = &o.conflict_ms,
	.arg = "MS",
	.def = "0",
	.max = 600000,
	.help = "So long after an app's birth a dyno is a conflict, at most twice"},
    {.name = "addon-ms",
	.kind = OPT_INT,
	.at = &o.addon_ms,
	.arg = "MS",
	.def = "1000",
	.max = 600000,
	.help = "How long an add-on provisions"},
    {.name = "router-ms",
	.kind = OPT_INT,
	.at = &o.router_ms,
	.arg = "MS",
	.def = "30000",
	.min = 1,
	.max = 86400000,
	.help = "How long the router waits for an answer's first byte (H12)"},
    {.name = "session-ms",
	.kind = OPT_INT,
	.at = &o.session_ms,
	.arg = "MS",
	.def = "360000",
	.min = 1,
	.max = 86400000,
	.help = "How long a log session waits for its reader"},
    {.name = "drain-ca",
	.kind = OPT_STRING,
	.at = &o.drain_ca,
	.arg = "FILE",
	.help = "Authorities (PEM) that https drains trust beside the system's and our own"},
    {.name = "postgres-url",
	.kind = OPT_STRING,
	.at = &o.postgres,
	.arg = "URL",
	.help = "DATABASE_URL of add-ons that are PostgreSQL (else one that leads nowhere)",
	.env = "SANDBOX_POSTGRES_URL",
	.secret = true},
    {.name = "stop-ms",
	.kind = OPT_INT,
	.at = &o.stop_ms,
	.arg = "MS",
	.def = "30000",
	.min = 1,
	.max = 600000,
	.help = "From a dyno's SIGTERM to its SIGKILL"},
    {.name = "crash-ms",
	.kind = OPT_INT,
	.at = &o.crash_ms,
	.arg = "MS",
	.def = "10000",
	.min = 1,
	.max = 600000,
	.help = "Before a dyno starts again after its second crash in a row; doubles"},
    {.name = "sample-ms",
	.kind = OPT_INT,
	.at = &o.sample_ms,
	.arg = "MS",
	.def = "20000",
	.min = 50,
	.max = 600000,
	.help = "Between two runtime metrics of a dyno"},
    {.name = "faults",
	.kind = OPT_STRING,
	.at = &o.faults,
	.arg = "JSON",
	.help = "Faults by name from the start",
	.env = "FERRET_SANDBOX_FAULTS"},
    OPT_END,
};

static const struct opt *const tables[] = {rows, NULL};

static const struct opt_program program = {
    .name = "sandbox/sandbox",
    .summary = "a small real platform to try Ferret on",
    .about = "Speaks the Platform API (version 3) on one port, checked against the platform's own "
	     "schema, and keeps what it is told in a directory, so that a new start goes on where "
	     "the last one ended. Faults are switched by name: PUT /_sandbox/faults/NAME with "
	     "{\"match\":\"POST /apps\",\"status\":503}, DELETE takes it back.",
    .exits = "0 ended by a signal; 100 wrong usage; 111 the system refused",
    .version = FERRET_VERSION,
    .tables = tables,
};

#define LOCK_TRIES 500 /* of 20 ms: the last one may still be ending its children */
#define LOCK_FD 900    /* high: closed after all others */

struct sandbox {
	uv_loop_t loop;
	uv_signal_t term, interrupt, hangup;
	uv_poll_t outer;
	int lock;
	struct state *state;
	struct schema *schema;
	struct fault *fault;
	struct api *api;
	struct httpd *httpd;
	char *base, *web_base;
};

static void on_signal(uv_signal_t *s, int number)
{
	(void)number;
	uv_stop(s->loop);
}

/* The waiting process was killed: nobody is left to end what runs but us. */
static void on_outer(uv_poll_t *p, int status, int events)
{
	(void)status;
	(void)events;
	uv_stop(p->loop);
}

static void watch_signals(struct sandbox *s, int alive)
{
	fe_assert(uv_poll_init(&s->loop, &s->outer, alive) == 0);
	uv_poll_start(&s->outer, UV_READABLE, on_outer);
	fe_assert(uv_signal_init(&s->loop, &s->hangup) == 0);
	uv_signal_start(&s->hangup, on_signal, SIGHUP);
	fe_assert(uv_signal_init(&s->loop, &s->term) == 0);
	fe_assert(uv_signal_init(&s->loop, &s->interrupt) == 0);
	uv_signal_start(&s->term, on_signal, SIGTERM);
	uv_signal_start(&s->interrupt, on_signal, SIGINT);
	(void)signal(SIGPIPE, SIG_IGN);
}

/* The schema lies beside the program, unless told otherwise. */
static int load_schema(struct sandbox *s, struct err *err)
{
	char self[4096];
	ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
	char AUTO_FREE *path = NULL;
	char *slash;

	if (o.schema)
		return schema_load(o.schema, &s->schema, err);
	self[n > 0 ? n : 0] = '\0';
	slash = strrchr(self, '/');
	path = xasprintf("%.*s/platform-api-schema.json", slash ? (int)(slash - self) : 0, self);
	return schema_load(path, &s->schema, err);
}

/* One sandbox a directory; the one before may be about to end. */
static int lock_directory(struct sandbox *s, struct err *err)
{
	int AUTO_FD fd = open(o.dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return err_sys(err, errno, "%s", o.dir);
	for (int i = 0; flock(fd, LOCK_EX | LOCK_NB); i++) {
		if (errno != EWOULDBLOCK || i == LOCK_TRIES)
			return err_set(err, FE_ESYS, "%s: another sandbox works in it", o.dir);
		(void)nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
	}
	io_close(&s->lock);
	s->lock = fcntl(fd, F_DUPFD_CLOEXEC, LOCK_FD);
	return s->lock < 0 ? err_sys(err, errno, "%s", o.dir) : 0;
}

static int clean_directory(struct sandbox *s, struct err *err)
{
	char AUTO_FREE *mark = xasprintf("%s/account.json", o.dir);
	int rc;

	if (access(o.dir, F_OK))
		return 0;
	rc = lock_directory(s, err);
	if (rc)
		return rc;
	if (access(mark, F_OK) && rmdir(o.dir))
		return err_set(err, FE_EUSAGE,
		    "--clean: %s is neither empty nor a sandbox's directory", o.dir);
	scratch_remove(o.dir);
	return 0;
}

static int load_state(struct sandbox *s, struct err *err)
{
	if (o.clean && clean_directory(s, err))
		return err->code;
	if (mkdir(o.dir, 0755) && errno != EEXIST)
		return err_sys(err, errno, "%s", o.dir);
	if (lock_directory(s, err))
		return err->code;
	if (state_open(o.dir, &s->state, err))
		return err->code;
	/* Children work elsewhere: what they are told must not depend on our own directory. */
	o.dir = realpath(o.dir, NULL);
	if (!o.dir)
		return err_sys(err, errno, "%s", s->state->dir);
	s->fault = fault_new();
	if (o.faults && *o.faults && fault_load(s->fault, o.faults, err))
		return err_wrap(err, "FERRET_SANDBOX_FAULTS or --faults");
	return 0;
}

static void on_request(void *arg, struct exch *x)
{
	struct sandbox *s = arg;

	if (!hands_take(s->api, x))
		api_request(s->api, x);
}

static int open_httpd(struct sandbox *s, struct err *err)
{
	struct httpd_rules rules = {.loop = &s->loop,
	    .bind = o.bind,
	    .port = (uint16_t)o.port,
	    .arg = s,
	    .to_file = hands_to_file,
	    .request = on_request};

	return httpd_new(&rules, &s->httpd, err);
}

static int open_api(struct sandbox *s, struct err *err)
{
	struct api_rules rules = {.loop = &s->loop,
	    .token = o.token,
	    .email = o.email,
	    .team = o.team,
	    .page_max = (unsigned)o.page,
	    .rate = (unsigned)o.rate,
	    .burst = (unsigned)o.burst,
	    .app_limit = (unsigned)o.app_limit,
	    .conflict_ms = (uint64_t)o.conflict_ms,
	    .addon_ms = (uint64_t)o.addon_ms,
	    .postgres = o.postgres,
	    .strict = o.strict,
	    .check = o.check};

	s->base = xasprintf("http://%s:%u", o.bind, httpd_port(s->httpd));
	s->web_base = xasprintf("localhost:%lld", (long long)o.router_port);
	rules.base = s->base;
	rules.web_base = s->web_base;
	if (api_new(&rules, s->state, s->schema, s->fault, &s->api))
		return err_set(err, FE_ESYS, "no API");
	return state_save(s->state, err);
}

static int open_world(struct sandbox *s, struct err *err)
{
	struct world_rules rules = {.loop = &s->loop,
	    .api = s->api,
	    .dir = o.dir,
	    .bind = o.bind,
	    .router_port = (uint16_t)o.router_port,
	    .router_tls_port = (uint16_t)o.router_tls_port,
	    .router_ms = (uint64_t)o.router_ms,
	    .session_ms = (uint64_t)o.session_ms,
	    .drain_ca = o.drain_ca,
	    .rendezvous_port = (uint16_t)o.rendezvous_port,
	    .api_port = httpd_port(s->httpd),
	    .stop_ms = (uint64_t)o.stop_ms,
	    .crash_ms = (uint64_t)o.crash_ms,
	    .sample_ms = (uint64_t)o.sample_ms};
	const char *id;
	json_t *doc;

	if (world_new(&rules, &s->api->world, err))
		return err->code;
	world_resume(s->api->world);
	json_object_foreach(s->state->apps, id, doc)
	{
		world_app(s->api->world, doc);
	}
	setup_resume(s->api);
	return state_save(s->state, err);
}

static int serve(int alive, struct err *err)
{
	static struct sandbox s = {.lock = -1};
	int rc;

	fe_assert(uv_loop_init(&s.loop) == 0);
	watch_signals(&s, alive);
	guard_raise_descriptors();
	rc = load_schema(&s, err);
	if (rc == 0)
		rc = load_state(&s, err);
	if (rc == 0)
		rc = open_httpd(&s, err);
	if (rc == 0)
		rc = open_api(&s, err);
	if (rc == 0)
		rc = open_world(&s, err);
	if (rc == 0) {
		(void)printf("sandbox: API at %s, state in %s\n", s.base, o.dir);
		(void)fflush(stdout);
		uv_run(&s.loop, UV_RUN_DEFAULT);
	}
	guard_end_all(5000); /* first: nothing that follows may keep them alive */
	httpd_close(s.httpd);
	/* Whoever waits for the lock finds the ports free. */
	(void)close_range(3, LOCK_FD - 1, 0);
	return rc;
}

static int work(void *arg, int alive)
{
	struct err err = ERR_INIT;
	int rc;

	(void)arg;
	rc = serve(alive, &err);
	if (rc < 0)
		err_print("sandbox", &err);
	rc = rc < 0 ? err_exit_code(rc) : FE_EXIT_OK;
	err_done(&err);
	return rc;
}

int main(int argc, char **argv)
{
	struct err err = ERR_INIT;
	struct strv rest = {0};

	if (argc == 3 && strcmp(argv[1], "git-hook") == 0) /* called by git, see git.h */
		return git_hook_main(argv[2]);
	int rc = opt_parse(&program, argc, argv, &rest, &err);

	if (rc == OPT_OK && rest.n)
		rc = err_set(&err, FE_EUSAGE, "'%s': no argument expected", rest.v[0]);
	if (rc == OPT_OK) {
		/* Two processes, so that whichever is killed, the other ends what runs. */
		rc = outer_run(work, NULL, &(struct outer_rules){.name = "sandbox"});
	} else {
		if (rc < 0)
			err_print("sandbox", &err);
		rc = rc < 0 ? err_exit_code(rc) : FE_EXIT_OK;
	}
	strv_done(&rest);
	err_done(&err);
	return rc;
}
