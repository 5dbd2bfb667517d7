/* SPDX-License-Identifier: MIT */
#include "fleet_tool.h"

#include <string.h>

#include "fleet.h"
#include "heroku_apps.h"

int fleet_tool_open(struct fleet_tool *t, const char *path, unsigned needs, struct err *err)
{
	*t = (struct fleet_tool){0};
	int rc = fleet_env_read(&t->env, path, needs, &t->problems, err);

	if (rc)
		return rc;
	struct heroku_opts opts = {.key = t->env.key, .url = t->env.url, .cacert = t->env.cacert};

	return heroku_open(&t->api, &opts, err);
}

void fleet_tool_close(struct fleet_tool *t)
{
	heroku_close(t->api);
	strv_done(&t->problems);
	fleet_env_done(&t->env);
	t->api = NULL;
}

enum heroku_class fleet_tool_owns(
    struct heroku *h, const char *fleet, const char *app, struct err *err)
{
	json_auto_t *config = NULL;
	enum heroku_class class = heroku_config(h, app, &config, err);
	const char *mark = heroku_str(config, FLEET_MARK);

	if (class == HEROKU_NOT_FOUND)
		err_wrap(err, "there is no app %s (bin/setup makes the fleet's apps)", app);
	if (class != HEROKU_OK || strcmp(mark, fleet) == 0)
		return class;
	if (*mark)
		err_set(err, FE_EUSAGE, "%s is of the fleet %s, not of %s", app, mark, fleet);
	else
		err_set(err, FE_EUSAGE,
		    "%s lacks the mark of the fleet (config var " FLEET_MARK
		    "=%s); it is left alone",
		    app, fleet);
	return HEROKU_INVALID;
}

int fleet_tool_exit(enum heroku_class class, const struct err *err)
{
	if (class == HEROKU_OK)
		return FE_EXIT_OK;
	if (class == HEROKU_LIMITED)
		return FE_EXIT_UNKNOWN;
	if (class == HEROKU_LOCAL)
		return FE_EXIT_SYSTEM;
	return err->code == FE_EUSAGE ? FE_EXIT_USAGE : FE_EXIT_FAIL;
}

int fleet_tool_main(const struct opt_program *program, int argc, char **argv,
    int (*run)(const struct strv *operands, struct err *err))
{
	struct strv AUTO_STRV operands = {0};
	struct err err = ERR_INIT;
	const char *slash = strrchr(program->name, '/');
	int rc = opt_parse(program, argc, argv, &operands, &err);

	if (rc == OPT_SHOWN)
		return FE_EXIT_OK;
	rc = rc ? FE_EXIT_USAGE : run(&operands, &err);
	if (err.code)
		err_print(slash ? slash + 1 : program->name, &err);
	err_done(&err);
	return rc;
}
