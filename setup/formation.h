/* SPDX-License-Identifier: MIT */
/*
 * formation: how many of what Ferret itself shall run. Pure.
 *
 * Without a wish: one of each monitor, where none of Ferret's types runs yet (what a person has scaled
 * since is left alone). Where the dynos are of a size that allows few of them (Eco, Basic), instead
 * one dyno of type `fleet`, which is `bin/ferret start` with all monitors in it. With a wish
 * ("all=1,monitor_git_clone=2", as Foreman's): exactly that.
 */
#ifndef FE_SETUP_FORMATION_H
#define FE_SETUP_FORMATION_H

#include "heroku.h"

/* rows: the platform's; text: the wish, NULL: none. *out: updates for a batch, empty where all is as wished; new reference.
 * FE_EUSAGE: the wish names what there is not, or is none. size may be NULL. */
int formation_updates(const json_t *rows, const char *text, const char *size, json_t **out,
    struct err *err) FE_MUST_CHECK;

#endif
