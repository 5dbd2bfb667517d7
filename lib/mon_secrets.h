/* SPDX-License-Identifier: MIT */
/*
 * mon_secrets: what a monitor was given that nobody else should see, and how it is kept out of
 * sight: blotted where an argument is shown, hidden where it comes back in an answer. Private to
 * mon.
 *
 * Known are: values of secret options; of a target the password (or a token in the user's place)
 * and the values of its query. A service may echo them (an error page with the request in it), also
 * decoded from %XX or within the base64 of Basic credentials.
 */
#ifndef FE_LIB_MON_SECRETS_H
#define FE_LIB_MON_SECRETS_H

#include <stddef.h>

#include "opt.h"
#include "strv.h"

/* Shorter ones are not looked for in answers: they would be found everywhere. */
#define MON_SECRET_MIN 4
#define MON_SECRET_QUERY_MIN 8 /* of a query's value whose key does not tell of a secret */

/* A copy of an argument as it may be shown, of the same length; before: the argument in front of
 * it, or NULL. Caller frees. */
char *mon_secrets_blotted(const char *arg, const char *before);

/* Append what is secret in the values of the secret rows, in a target. */
void mon_secrets_of_options(struct strv *known, const struct opt *rows);
void mon_secrets_of_target(struct strv *known, const char *target);

/* Overwrite by x every known secret in text, and the beginning of one at its end (it may have been
 * cut there). */
void mon_secrets_hide(const struct strv *known, char *text, size_t len);

#endif
