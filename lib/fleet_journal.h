/* SPDX-License-Identifier: MIT */
/*
 * fleet_journal: which apps were about to be made, so that one that was made but not yet marked when
 * setup was killed is known again.
 *
 * A text file beside the .env file (its name and ".setup"), one line an event, each on the disk before
 * what it announces is done:
 *   creating NAME TIME API-URL    TIME: Unix s, the platform's clock, when the name was seen to be free
 *   settled NAME API-URL          it carries its mark, or was not made
 * It is locked while a tool works and removed when nothing in it is open. Forked children may write.
 */
#ifndef FE_LIB_FLEET_JOURNAL_H
#define FE_LIB_FLEET_JOURNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "err.h"
#include "strv.h"

struct fleet_journal {
	char *path, *url;
	int fd;     /* -1: there is no file, and none is to be made */
	bool reads; /* nothing is written */
};

/* reads: look only, make no file. FE_EEXIST: another tool holds it; FE_EACCES, FE_ESYS. */
int fleet_journal_open(struct fleet_journal *j, const char *env_path, const char *api_url,
    bool reads, struct err *err) FE_MUST_CHECK;
int fleet_journal_creating(
    struct fleet_journal *j, const char *app, int64_t time_s, struct err *err) FE_MUST_CHECK;
int fleet_journal_settled(struct fleet_journal *j, const char *app, struct err *err) FE_MUST_CHECK;
/* When app was about to be made; 0: it was not, or that is settled. */
int64_t fleet_journal_find(const struct fleet_journal *j, const char *app);
/* Names of all that are open, appended. */
void fleet_journal_pending(const struct fleet_journal *j, struct strv *names);
/* Removes the file when nothing in it is open (also nothing of another API's). */
void fleet_journal_close(struct fleet_journal *j);

#endif
