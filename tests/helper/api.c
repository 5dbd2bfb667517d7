/* SPDX-License-Identifier: MIT */
/*
 * api METHOD PATH [JSON]: one call of the platform's API through lib/heroku; METHOD LIST reads a list
 * to its end, CREATE and DESTROY take an app's name. HEROKU_API_URL and HEROKU_API_KEY say where and who, DEADLINE_MS how long (20000). The
 * answer goes to stdout; exit 0, or 2 with "CLASS: what went wrong" on stderr.
 */
#include "clock.h"
#include "heroku_apps.h"
#include "num.h"
#include "xmem.h"

static int call(struct heroku *h, char **argv, struct err *err)
{
	json_t *body = argv[3] ? json_loads(argv[3], 0, NULL) : NULL, *out = NULL;
	enum heroku_class class;

	if (strcmp(argv[1], "LIST") == 0)
		class = heroku_list(h, argv[2], &out, err);
	else if (strcmp(argv[1], "CREATE") == 0)
		class = heroku_app_create(h, &(struct heroku_app_new){.name = argv[2]}, &out, err);
	else if (strcmp(argv[1], "DESTROY") == 0)
		class = heroku_app_delete(h, argv[2], err);
	else
		class = heroku_call(h, argv[1], argv[2], body, &out, err);
	if (out)
		json_dumpf(out, stdout, JSON_INDENT(1) | JSON_ENCODE_ANY);
	json_decref(out);
	if (class == HEROKU_OK)
		return FE_EXIT_OK;
	err_wrap(err, "%s", heroku_class_word(class));
	err_print("api", err);
	return FE_EXIT_FAIL;
}

int main(int argc, char **argv)
{
	const char *limit = getenv("DEADLINE_MS");
	uint64_t ms = 20000;
	struct heroku_opts opts = {.cacert = getenv("CACERT")};
	struct heroku *h = NULL;
	struct err err = ERR_INIT;

	if (argc < 3 || (limit && num_u64(limit, 1, 600000, &ms) < 0))
		return FE_EXIT_USAGE;
	opts.deadline_ns = clock_mono_ns() + ms * NS_PER_MS;
	int rc = heroku_open(&h, &opts, &err);
	if (rc < 0)
		err_print("api", &err);
	rc = rc < 0 ? err_exit_code(rc) : call(h, argv, &err);
	heroku_close(h);
	err_done(&err);
	return rc;
}
