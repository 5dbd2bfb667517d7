/* SPDX-License-Identifier: MIT */
/* ferret (as `foreman`: a drop-in for it): the command line to the command. */
#include <stdio.h>
#include <unistd.h>

#include "buf.h"
#include "commands.h"
#include "io.h"
#include "xmem.h"
#include "start.h"

/* Foreman's version whose behaviour is given under its name. */
#define FOREMAN_VERSION "0.90.0"

static int say(const char *text)
{
	AUTO_FREE char *line = xasprintf("%s\n", text);

	return io_write_all(STDOUT_FILENO, line, strlen(line)) ? FE_EXIT_SYSTEM : FE_EXIT_OK;
}

static int cmd_version(const struct config *c)
{
	return say(c->foreman ? FOREMAN_VERSION : FERRET_VERSION);
}

static int cmd_help(const struct config *c)
{
	config_help(c);
	return FE_EXIT_OK;
}

static const struct command {
	const char *name;
	const char *usage;  /* what follows the name */
	size_t least, most; /* operands */
	int (*run)(const struct config *c);
	bool ours; /* foreman has no such command */
} commands[] = {
    {"start", " [PROCESS]", 0, 1, cmd_start, false},
    {"run", " COMMAND [ARGS...]", 0, SIZE_MAX, cmd_run, false},
    {"check", "", 0, 0, cmd_check, false},
    {"export", " FORMAT LOCATION", 1, 2, cmd_export, false},
    {"ps", "", 0, 0, cmd_ps, true},
    {"scale", " TYPE=N...", 1, SIZE_MAX, cmd_remote, true},
    {"restart", " [NAME...]", 0, SIZE_MAX, cmd_remote, true},
    {"stop", " [NAME...]", 0, SIZE_MAX, cmd_remote, true},
    {"logs", " [NAME]", 0, 1, cmd_logs, true},
    {"version", "", 0, 0, cmd_version, false},
    {"help", " [COMMAND]", 0, 1, cmd_help, false},
};

static int wrong_usage(const struct config *c, const struct err *err)
{
	if (!c->foreman) {
		err_print("ferret", err);
		return FE_EXIT_USAGE;
	}
	AUTO_FREE char *line = xasprintf("%s\n", err_text(err));

	(void)!io_write_all(STDERR_FILENO, line, strlen(line));
	return 1;
}

/* ["a", "b"], as Ruby shows a list of strings. */
static char *shown_args(const struct strv *args)
{
	struct buf AUTO_BUF b = BUF_INIT(BUF_MAX_BATCH); /* argv is smaller */

	for (size_t i = 0; i < args->n; i++) {
		buf_put(&b, i ? ", \"" : "\"");
		for (const char *c = args->v[i]; *c; c++)
			buf_put(&b, *c == '"' || *c == '\\' ? "\\%c" : "%c", *c);
		buf_put(&b, "\"");
	}
	return buf_take(&b);
}

static int wrong_count(const struct config *c, const char *name, const char *usage, struct err *err)
{
	const char *we = c->foreman ? "foreman" : "ferret";
	AUTO_FREE char *args = shown_args(&c->args);

	if (c->args.n == 0)
		err_set(err, FE_EUSAGE,
		    "ERROR: \"%s %s\" was called with no arguments\nUsage: \"%s %s%s\"", we, name,
		    we, name, usage);
	else
		err_set(err, FE_EUSAGE,
		    "ERROR: \"%s %s\" was called with arguments [%s]\nUsage: \"%s %s%s\"", we, name,
		    args, we, name, usage);
	if (!c->foreman)
		err_set(
		    err, FE_EUSAGE, "%s takes %s%s, was called with [%s]", name, name, usage, args);
	return wrong_usage(c, err);
}

/* By name; as foreman also by a beginning that only one command has. */
static const struct command *find_command(const struct config *c)
{
	const struct command *found = NULL;
	size_t len = strlen(c->command);

	for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
		if (commands[i].ours && c->foreman)
			continue;
		if (strcmp(commands[i].name, c->command) == 0)
			return &commands[i];
		if (!c->foreman || len == 0 || strncmp(commands[i].name, c->command, len) != 0)
			continue;
		if (found)
			return NULL;
		found = &commands[i];
	}
	return found;
}

static int dispatch(const struct config *c, struct err *err)
{
	const struct command *cmd = find_command(c);

	if (!cmd) {
		err_set(err, FE_EUSAGE,
		    c->foreman ? "Could not find command \"%s\"."
			       : "'%s' is no command; ferret help lists them",
		    c->command);
		return wrong_usage(c, err);
	}
	if (c->args.n >= cmd->least && c->args.n <= cmd->most)
		return cmd->run(c);
	return wrong_count(c, cmd->name, cmd->usage, err);
}

int main(int argc, char **argv)
{
	struct err err = ERR_INIT;
	struct config c;
	int rc = config_load(&c, argc, argv, &err);

	if (rc < 0)
		rc = wrong_usage(&c, &err);
	else if (rc == OPT_SHOWN)
		rc = FE_EXIT_OK;
	else
		rc = dispatch(&c, &err);
	config_done(&c);
	err_done(&err);
	return rc;
}
