/* SPDX-License-Identifier: MIT */
/* config: command line, option files and environment to one immutable struct. */
#include "config.h"

#include <ctype.h>
#include <unistd.h>

#include "env.h"
#include "io.h"
#include "opt_help.h"
#include "optfile.h"
#include "path.h"
#include "xmem.h"

static const char *const formats[] = {"foreman", "plain", "json", NULL};
static const char *const on_exits[] = {"restart", "stop", "wait", NULL};

/* The one target of the option rows; config_load copies it out. */
static struct {
	struct config c;
	struct strv env;
	bool timestamp;
} given;

static const struct opt rows[] = {
    {"procfile", 'f', OPT_STRING, &given.c.procfile, "FILE",
	.help = "the Procfile (default Procfile)"},
    {"root", 'd', OPT_STRING, &given.c.root, "DIR",
	.help = "directory of the processes (default: the Procfile's)"},
    {"env", 'e', OPT_LIST, &given.env, "FILE,...",
	.help = "environment files, the last wins (default .env)"},
    {"formation", 'm', OPT_STRING, &given.c.formation, "TYPE=N,...",
	.help = "how many of which (default all=1)"},
    {"port", 'p', OPT_STRING, &given.c.port, "N",
	.help = "base port (default: PORT of .env, of the environment, 5000)"},
    {"timeout", 't', OPT_SECONDS, &given.c.timeout, "SECONDS",
	.help = "grace between SIGTERM and SIGKILL (default 5)"},
    {"color", 'c', OPT_FLAG, &given.c.color, .help = "colour also where stdout is no terminal"},
    {"no-color", 0, OPT_FLAG, &given.c.no_color, .help = "no colour on a terminal either"},
    {"timestamp", 0, OPT_FLAG, &given.timestamp,
	.help = "the time before each line; --no-timestamp leaves it out"},
    {"format", 0, OPT_CHOICE, &given.c.format, "FORMAT", .choices = formats,
	.help = "of the lines (default foreman; plain where DYNO is set)"},
    {"on-exit", 0, OPT_CHOICE, &given.c.on_exit, "POLICY", .choices = on_exits,
	.help = "what follows when a process ends (default restart; stop as foreman)"},
    {"drop", 0, OPT_FLAG, &given.c.drop,
	.help = "drop and count lines where stdout is slow, instead of slowing the processes"},
    {"watch", 0, OPT_FLAG, &given.c.watch, .help = "reload when the Procfile changes"},
    {"drain", 0, OPT_STRING, &given.c.drain, "URL", .secret = true,
	.help = "ship all lines there (default: L2MET_URL unless DYNO is set)"},
    {"last", 0, OPT_STRING, &given.c.last, "TYPE",
	.help = "end this type after all others and the drain: it takes their lines"},
    {"socket", 0, OPT_STRING, &given.c.socket, "PATH",
	.help = "the control socket (default DIR/.ferret.sock)", .env = "FERRET_SOCKET"},
    {"app", 'a', OPT_STRING, &given.c.app, "NAME", .help = "export: the app (default app)"},
    {"log", 'l', OPT_STRING, &given.c.log, "DIR", .help = "export: logs (default /var/log/APP)"},
    {"run", 'r', OPT_STRING, &given.c.run_dir, "DIR",
	.help = "export: pid files (default /var/run/APP)"},
    {"user", 'u', OPT_STRING, &given.c.user, "USER", .help = "export: runs as (default APP)"},
    {"template", 0, OPT_STRING, &given.c.template_dir, "DIR",
	.help = "export: directory of own templates"},
    OPT_END,
};

static const struct opt *const tables[] = {rows, NULL};

static const char about[] =
    "commands:\n"
    "  start [TYPE]               run the Procfile's processes, or the one named\n"
    "  run COMMAND [ARGS...]      run a command, or an entry, in the app's environment\n"
    "  check                      tell everything that is wrong with Procfile and settings\n"
    "  export [FORMAT] LOCATION   write files for another process manager: systemd (the\n"
    "                             default), upstart, inittab, runit, supervisord, launchd,\n"
    "                             daemon, bluepill\n"
    "  ps                         the running processes: state, restarts, CPU, memory, lines\n"
    "  scale TYPE=N...            run so many of each, now\n"
    "  restart [NAME...]          end and start again: a type, one process (web.1), or all\n"
    "  stop [NAME...]             end until restart; without a name the whole fleet ends\n"
    "  logs [NAME]                the lines as they come\n"
    "  version                    the version alone\n"
    "  help                       this text\n"
    "\n"
    "The file .ferret (else .foreman) in the current directory holds long option names and\n"
    "values, one `key: value` a line; the command line wins.\n"
    "Called under the name foreman,\n"
    "defaults, messages and exit codes are Foreman's.";

static struct opt_program program(bool foreman, bool stop_at_operand)
{
	return (struct opt_program){
	    .name = foreman ? "foreman" : "ferret",
	    .summary = "run, check and export the processes of a Procfile",
	    .synopsis = "COMMAND [ARGS...]",
	    .about = about,
	    .exits = foreman ? "Foreman's"
			     : "0 done, 2 a process gave up, 100 wrong usage or configuration, 111 "
			       "the system refused; run: the command's, 128 + signal",
	    .tables = tables,
	    .stop_at_operand = stop_at_operand,
	};
}

static bool called_foreman(const char *argv0)
{
	const char *slash = strrchr(argv0, '/');

	return strcmp(slash ? slash + 1 : argv0, "foreman") == 0;
}

/* True if the option in arg takes the next word as its value. */
static bool takes_next(const struct opt_program *p, const char *arg)
{
	if (arg[1] == '-') {
		const struct opt *row = opt_find(p, arg + 2);

		return row && row->kind != OPT_FLAG;
	}
	for (const char *c = arg + 1; *c; c++)
		for (const struct opt *row = rows; row->kind != OPT_KIND_END; row++)
			if (row->letter == *c && row->kind != OPT_FLAG)
				return c[1] == '\0';
	return false;
}

/* Index of the command in argv, argc where there is none. */
static int find_command(const struct opt_program *p, int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (argv[i][0] != '-' || argv[i][1] == '\0')
			return i;
		if (strcmp(argv[i], "-v") == 0 || strcmp(argv[i], "--version") == 0)
			return i;
		if (takes_next(p, argv[i]))
			i++;
	}
	return argc;
}

static const char *command_of(int at, int argc, char **argv)
{
	if (at == argc)
		return "help";
	return argv[at][0] == '-' && argv[at][1] != '\0' ? "version" : argv[at];
}

/* As thor reads numbers: digits with at most one dot, a sign allowed. */
static bool is_number(const char *s)
{
	size_t digits = 0, dots = 0;

	s += *s == '-' || *s == '+';
	for (; *s; s++) {
		if (*s != '.' && !isdigit((unsigned char)*s))
			return false;
		digits += *s != '.';
		dots += *s == '.';
		if (*s == '.' && !isdigit((unsigned char)s[1]))
			return false;
	}
	return digits > 0 && dots <= 1;
}

/* What Foreman's option parser says of -p and -t before ours sees them; -p=N is -pN to it. */
static int as_thor(char **v, int n, struct err *err)
{
	static const char *const numeric[] = {"--port", "-p", "--timeout", "-t"};

	for (int i = 1; i < n; i++) {
		if (v[i][0] == '-' && isalpha((unsigned char)v[i][1]) && v[i][2] == '=')
			memmove(&v[i][2], &v[i][3], strlen(&v[i][3]) + 1);
		for (size_t k = 0; k < ARRAY_LEN(numeric); k++) {
			if (strcmp(v[i], numeric[k]) != 0)
				continue;
			if (i + 1 == n)
				return err_set(err, FE_EUSAGE, "No value provided for option '%s'",
				    numeric[k & ~1U]);
			if (!is_number(v[i + 1]))
				return err_set(err, FE_EUSAGE,
				    "Expected numeric value for '%s'; got \"%s\"", numeric[k & ~1U],
				    v[i + 1]);
		}
	}
	return 0;
}

/* -e A,B: split at commas and nowhere else; an empty part is a file that does not exist, but for
 * Foreman those at the end, as Ruby splits. */
static void split_env(struct config *c, const struct strv *lists)
{
	/* Foreman keeps the last -e alone */
	for (size_t i = c->foreman && lists->n ? lists->n - 1 : 0; i < lists->n; i++)
		for (const char *p = lists->v[i];;) {
			size_t n = strcspn(p, ",");

			strv_addn(&c->env_files, p, n);
			if (!p[n])
				break;
			p += n + 1;
		}
	while (c->foreman && c->env_files.n && !c->env_files.v[c->env_files.n - 1][0])
		strv_remove(&c->env_files, c->env_files.n - 1);
	c->env_given = lists->n > 0;
}

char *config_env_dir(const struct config *c)
{
	return path_absolute(c->root ? c->root : ".");
}

/* L2MET_URL of the env files or of the environment, as a process would see it. */
static void find_drain(struct config *c)
{
	struct strv AUTO_STRV pairs = {0};
	AUTO_FREE char *dir = config_env_dir(c);
	AUTO_FREE char *file = xasprintf("%s/.env", dir);
	struct err ignored = ERR_INIT; /* plan_load reads these files again and tells */

	if (!c->env_given)
		(void)!env_read(file, &pairs, NULL, NULL, &ignored);
	for (size_t i = 0; i < c->env_files.n; i++)
		(void)!env_read(c->env_files.v[i], &pairs, NULL, NULL, &ignored);
	err_done(&ignored);
	const char *url = strv_getenv(&pairs, "L2MET_URL");
	const char *dyno = strv_getenv(&pairs, "DYNO");

	url = url ? url : getenv("L2MET_URL");
	if (!url || !url[0] || dyno || getenv("DYNO"))
		return;
	strv_add(&c->kept, url);
	c->drain = c->kept.v[c->kept.n - 1];
}

static int finish(struct config *c, struct err *err)
{
	if (c->port && c->foreman && !is_number(c->port))
		return err_set(
		    err, FE_EUSAGE, "Expected numeric value for '--port'; got \"%s\"", c->port);
	c->no_timestamp = !given.timestamp;
	split_env(c, &given.env);
	if (c->drain && !c->drain[0])
		return err_set(err, FE_EUSAGE, "option --drain: expected a URL");
	if (!c->drain && !c->foreman && strcmp(c->command, "start") == 0)
		find_drain(c);
	return 0;
}

static void set_defaults(bool foreman, const char *command)
{
	memset(&given, 0, sizeof given);
	given.timestamp = true;
	given.c.foreman = foreman;
	given.c.command = command;
	given.c.timeout = (struct opt_seconds){"5", 5000000000U};
	given.c.format = !foreman && getenv("DYNO") ? FORMAT_PLAIN : FORMAT_FOREMAN;
	given.c.on_exit = foreman ? ON_EXIT_STOP : ON_EXIT_RESTART;
}

static int read_option_files(const struct opt_program *p, struct err *err)
{
	bool foreman = given.c.foreman;
	const char *path = !foreman && access(".ferret", F_OK) == 0 ? ".ferret" : ".foreman";
	const struct optfile o = {p, foreman, &given.c.kept};
	int rc = optfile_read(path, &o, err);

	if (foreman)
		given.timestamp = true; /* Foreman's default always wins over .foreman */
	return rc;
}

static char template_option[] = "--template";

int config_load(struct config *c, int argc, char **argv, struct err *err)
{
	bool foreman = called_foreman(argv[0]);
	struct opt_program p = program(foreman, false);
	int at = find_command(&p, argc, argv);
	AUTO_FREE char **rest = xcalloc((size_t)argc + 1, sizeof *rest);
	int n = 0;

	*c = (struct config){.foreman = foreman, .command = command_of(at, argc, argv)};
	for (int i = 0; i < argc; i++)
		if (i != at)
			rest[n++] = argv[i];
	/* Foreman's export has -t twice, and the first is --template */
	for (int i = 1; i < n && foreman && c->command[0] == 'e'; i++)
		if (strcmp(rest[i], "-t") == 0)
			rest[i] = template_option;
	/* as foreman a command may be abbreviated, and only run starts with r */
	p.stop_at_operand = foreman ? c->command[0] == 'r' : strcmp(c->command, "run") == 0;
	set_defaults(foreman, c->command);
	int rc = read_option_files(&p, err);

	if (!rc && foreman && c->command[0] == 's')
		rc = as_thor(rest, n, err);
	if (!rc)
		rc = opt_parse(&p, n, rest, &given.c.args, err);
	*c = given.c;
	if (!rc)
		rc = finish(c, err);
	strv_done(&given.env);
	return rc;
}

void config_done(struct config *c)
{
	strv_done(&c->args);
	strv_done(&c->env_files);
	strv_done(&c->kept);
	*c = (struct config){0};
}

int config_fail(const struct config *c, const struct err *err)
{
	if (!c->foreman) {
		err_print("ferret", err);
		return err_exit_code(err->code);
	}
	AUTO_FREE char *text = xasprintf("ERROR: %s\n", err_text(err));

	(void)!io_write_all(STDOUT_FILENO, text, strlen(text));
	return 1;
}

void config_help(const struct config *c)
{
	struct opt_program p = program(c->foreman, false);

	(void)opt_help_asked(&p, "--help");
}
