/* SPDX-License-Identifier: MIT */
/* hands: what comes to the API's port and is not the Platform API: /_sandbox, git, blobs, streams. */
#ifndef FE_SANDBOX_HANDS_H
#define FE_SANDBOX_HANDS_H

#include "api.h"

/* A body that goes into a file: uploads and what git sends. */
bool hands_to_file(void *arg, const char *method, const char *path);
/* Answer it if it is one of these; false: it is the API's. */
bool hands_take(struct api *api, struct exch *x);

#endif
