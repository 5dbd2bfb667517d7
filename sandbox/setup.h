/* SPDX-License-Identifier: MIT */
/*
 * setup: an app made from a source with an app.json, as the Deploy button does it: config, add-ons,
 * build, formation, the postdeploy command; each step when the one before is done. What it has
 * reached is in the account's document, so a new start goes on with it.
 */
#ifndef FE_SANDBOX_SETUP_H
#define FE_SANDBOX_SETUP_H

#include "api.h"

/* Begin with one that is in the account's "setups" (its app is there already). */
void setup_begin(struct api *api, const char *id);
/* Go on with all that are pending. */
void setup_resume(struct api *api);

#endif
