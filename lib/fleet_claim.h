/* SPDX-License-Identifier: MIT */
/*
 * fleet_claim: is an app of that name ours? By its mark; a name alone proves nothing.
 *
 * Between an app's birth and its mark setup may be killed. Such an app is ours when all of this is
 * true: the journal says that this name was seen to be free and about to be made; it was made since
 * then, within FLEET_BIRTH_S (no request is sent later), by the platform's clock; the account owns it
 * (or it is the team's that was to get it); it has no config var and no release beyond the two that
 * every new app has. Everything else without the mark is somebody else's.
 */
#ifndef FE_LIB_FLEET_CLAIM_H
#define FE_LIB_FLEET_CLAIM_H

#include "fleet_journal.h"
#include "heroku.h"

#define FLEET_BIRTH_S 900

/* Who asks. Borrowed all. */
struct fleet_who {
	const char *app;        /* the fleet */
	const char *org;        /* NULL: personal */
	const char *id, *email; /* of the account */
	const struct fleet_journal *journal;
	const struct strv *noted; /* NAME=TIME of fleet_claim_notes; may be NULL */
};

enum fleet_state {
	FLEET_ABSENT,
	FLEET_OURS,
	FLEET_NEWBORN, /* ours, without its mark yet */
	FLEET_FOREIGN, /* touch it not */
};

struct fleet_look {
	enum fleet_state state;
	json_t *app, *config; /* NULL where they could not be seen */
	int64_t date;         /* of the answer by the platform's clock; 0: not told */
	char *why;            /* FOREIGN: "belongs to fleet x-y"; else NULL */
};

/* The same for apps that a monitor was about to make when it was killed: it notes them in the config of
 * APP-lease first (canary_note). Appends NAME=TIME, Unix s. */
enum heroku_class fleet_claim_notes(
    struct heroku *h, const char *fleet, struct strv *noted, struct err *err);

/* Look for the app of this name. Anything but OK: it could not be found out. */
enum heroku_class fleet_look(struct heroku *h, const struct fleet_who *who, const char *name,
    struct fleet_look *out, struct err *err);
/* The same for an app that was listed: app is borrowed. */
enum heroku_class fleet_judge(struct heroku *h, const struct fleet_who *who, json_t *app,
    struct fleet_look *out, struct err *err);
void fleet_look_done(struct fleet_look *l);
/* As one line ("foreign belongs to fleet x-y"), and back: a child's word to its parent. Caller frees;
 * *why is NULL but for FOREIGN. */
char *fleet_look_word(const struct fleet_look *l);
enum fleet_state fleet_look_read(const char *word, char **why);
/* Could an app of this name be of the fleet? APP itself, or APP-something. */
bool fleet_name_fits(const char *fleet, const char *name);

#endif
