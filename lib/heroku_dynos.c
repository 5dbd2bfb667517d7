/* SPDX-License-Identifier: MIT */
#include "heroku_dynos.h"

#include "heroku_in.h"
#include "xmem.h"

/* ---- formation ---- */

enum heroku_class heroku_formation(struct heroku *h, const char *app, json_t **out, struct err *err)
{
	return heroku_list_at(h, heroku_path("/apps/%s/formation", app), out, err);
}

json_t *heroku_scale_row(const char *type, int64_t quantity, const char *size)
{
	return json_pack("{s:s*, s:o*, s:o*}", "type", type, "quantity",
	    quantity < 0 ? NULL : json_integer(quantity), "dyno_size",
	    size ? json_pack("{s:s}", "name", size) : NULL);
}

enum heroku_class heroku_scale(struct heroku *h, const char *app, const char *type,
    int64_t quantity, const char *size, struct err *err)
{
	return heroku_patch_at(h, heroku_path("/apps/%s/formation/%s", app, type),
	    heroku_scale_row(NULL, quantity, size), NULL, err);
}

enum heroku_class heroku_scale_all(
    struct heroku *h, const char *app, json_t *updates, json_t **out, struct err *err)
{
	return heroku_patch_at(h, heroku_path("/apps/%s/formation", app),
	    json_pack("{s:o}", "updates", updates), out, err);
}

/* ---- dynos ---- */

enum heroku_class heroku_dyno_run(struct heroku *h, const char *app,
    const struct heroku_dyno_new *run, json_t **out, struct err *err)
{
	AUTO_FREE char *path = heroku_path("/apps/%s/dynos", app);
	struct heroku_new what = {
	    .path = path,
	    .body = json_pack("{s:s, s:b, s:s*, s:s*, s:o*, s:o*, s:o*}", "command", run->command,
		"attach", (int)run->attach, "type", run->type, "size", run->size, "env", run->env,
		"force_no_tty", run->attach ? json_true() : NULL, "time_to_live",
		run->time_to_live_s ? json_integer(run->time_to_live_s) : NULL),
	    .conflicts = 2,
	};

	return heroku_create(h, &what, out, err);
}

enum heroku_class heroku_dynos(struct heroku *h, const char *app, json_t **out, struct err *err)
{
	return heroku_list_at(h, heroku_path("/apps/%s/dynos", app), out, err);
}

enum heroku_class heroku_dyno(
    struct heroku *h, const char *app, const char *dyno, json_t **out, struct err *err)
{
	return heroku_get_at(h, heroku_path("/apps/%s/dynos/%s", app, dyno), out, err);
}

/* ---- restart and stop ---- */

enum heroku_class heroku_restart_dyno(
    struct heroku *h, const char *app, const char *dyno, struct err *err)
{
	return heroku_empty_at(
	    h, "DELETE", heroku_path("/apps/%s/dynos/%s", app, dyno), HEROKU_ONCE, err);
}

enum heroku_class heroku_restart_type(
    struct heroku *h, const char *app, const char *type, struct err *err)
{
	return heroku_empty_at(
	    h, "DELETE", heroku_path("/apps/%s/formations/%s", app, type), HEROKU_ONCE, err);
}

enum heroku_class heroku_restart_all(struct heroku *h, const char *app, struct err *err)
{
	return heroku_empty_at(h, "DELETE", heroku_path("/apps/%s/dynos", app), HEROKU_ONCE, err);
}

enum heroku_class heroku_stop_dyno(
    struct heroku *h, const char *app, const char *dyno, struct err *err)
{
	return heroku_empty_at(
	    h, "POST", heroku_path("/apps/%s/dynos/%s/actions/stop", app, dyno), 0, err);
}

enum heroku_class heroku_stop_type(
    struct heroku *h, const char *app, const char *type, struct err *err)
{
	return heroku_empty_at(
	    h, "POST", heroku_path("/apps/%s/formations/%s/actions/stop", app, type), 0, err);
}
