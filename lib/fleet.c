/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "fleet.h"
#include "procfile.h"
#include "xmem.h"

const struct fleet_app fleet_apps[] = {
    {"lease", FLEET_EMPTY, NULL}, /* config vars: who may disturb what, until when */
    {"endpoint", FLEET_ENDPOINT, "http/endpoint"},
    {"run", FLEET_IDLE_WEB, "heroku/run"},
    {"addons", FLEET_EMPTY, "heroku/addons"},
    {"git", FLEET_EMPTY, "git/clone"},
    {"push", FLEET_PUSHED, "git/push"},
    {"release", FLEET_WEB, "heroku/release"},
    {"restart", FLEET_WEB, "heroku/restart"},
    {"scale", FLEET_WEB, "heroku/scale"},
    {"config", FLEET_WEB, "heroku/config"},
    {"logs", FLEET_WEB, "heroku/logs"},
    {"recurl", FLEET_WEB, "http/recurl"},
    {"crasher", FLEET_CRASHER, NULL},
    {NULL, FLEET_EMPTY, NULL},
};

static bool legal(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
}

int fleet_check_name(const char *app, struct err *err)
{
	size_t n = app ? strlen(app) : 0;
	bool good = n >= FLEET_NAME_MIN && n <= FLEET_NAME_MAX && app[0] >= 'a' && app[0] <= 'z' &&
		    app[n - 1] != '-';

	for (size_t i = 0; good && i < n; i++)
		good = legal(app[i]);
	if (good)
		return 0;
	return err_set(err, FE_EUSAGE,
	    "APP: '%s': expected %d to %d characters, a letter first, then lower-case letters, "
	    "digits and dashes, no dash at the end",
	    app ? app : "", FLEET_NAME_MIN, FLEET_NAME_MAX);
}

char *fleet_app_name(const char *app, const char *suffix)
{
	return suffix ? xasprintf("%s-%s", app, suffix) : xstrdup(app);
}

char *fleet_procfile(const char *text)
{
	struct procfile p = {0};
	size_t len = strlen(text);
	bool ended = len == 0 || text[len - 1] == '\n';

	procfile_parse(&(struct text){text, len, "Procfile"}, &p, NULL, NULL);
	bool has_web = procfile_find(&p, "web") != NULL;
	bool there = procfile_find(&p, FLEET_TYPE) != NULL;
	char *out = there ? xstrdup(text)
			  : xasprintf("%s%s%s: bin/ferret start -m all=1,%s=0%s\n", text,
				ended ? "" : "\n", FLEET_TYPE, FLEET_TYPE, has_web ? ",web=0" : "");

	procfile_done(&p);
	return out;
}

bool fleet_stack_fits(const char *stack)
{
	return strcmp(stack, "container") != 0 && strcmp(stack, "cnb") != 0 &&
	       strlen(stack) <= FLEET_APP_MAX - FLEET_NAME_MAX - 1;
}
