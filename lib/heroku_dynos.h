/* SPDX-License-Identifier: MIT */
/* heroku_dynos: how many processes of which type, the dynos themselves, and one-off runs. An attached
 * run goes on in rendezvous.h with the dyno's attach_url. */
#ifndef FE_LIB_HEROKU_DYNOS_H
#define FE_LIB_HEROKU_DYNOS_H

#include "heroku.h"

/* [] before the first release with process types. */
enum heroku_class heroku_formation(
    struct heroku *h, const char *app, json_t **out, struct err *err);
/* quantity < 0: as it is; size NULL: as it is. */
enum heroku_class heroku_scale(struct heroku *h, const char *app, const char *type,
    int64_t quantity, const char *size, struct err *err);
/* Many in one go, all or none; updates: [{"type", "quantity", "dyno_size": {"name"}}], consumed. */
enum heroku_class heroku_scale_all(
    struct heroku *h, const char *app, json_t *updates, json_t **out, struct err *err);
/* One row of such updates. */
json_t *heroku_scale_row(const char *type, int64_t quantity, const char *size);

struct heroku_dyno_new {
	const char *command;
	const char *type;       /* NULL: run */
	const char *size;       /* NULL: the platform's default */
	json_t *env;            /* object of strings, consumed; NULL */
	bool attach;            /* its attach_url is then set */
	int64_t time_to_live_s; /* ends it, whatever we forget; 0: a day */
};
/* 409 (no release yet, right after an app is made) is repeated at once, twice. A lost answer cannot
 * be healed: the dyno ends by its time to live. */
enum heroku_class heroku_dyno_run(struct heroku *h, const char *app,
    const struct heroku_dyno_new *run, json_t **out, struct err *err);
enum heroku_class heroku_dynos(struct heroku *h, const char *app, json_t **out, struct err *err);
/* NOT_FOUND soon after a one-off's end. */
enum heroku_class heroku_dyno(
    struct heroku *h, const char *app, const char *dyno, json_t **out, struct err *err);

/* Restart or stop: one dyno, all of a type, or all. Asked once: a lost answer is DOWN. */
enum heroku_class heroku_restart_dyno(
    struct heroku *h, const char *app, const char *dyno, struct err *err);
enum heroku_class heroku_restart_type(
    struct heroku *h, const char *app, const char *type, struct err *err);
enum heroku_class heroku_restart_all(struct heroku *h, const char *app, struct err *err);
enum heroku_class heroku_stop_dyno(
    struct heroku *h, const char *app, const char *dyno, struct err *err);
enum heroku_class heroku_stop_type(
    struct heroku *h, const char *app, const char *type, struct err *err);

#endif
