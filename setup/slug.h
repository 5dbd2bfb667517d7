/* SPDX-License-Identifier: MIT */
/* slug: the programs that are built here, released on APP without a build there. They must have been
 * built for the platform's stack; nothing checks that. */
#ifndef FE_SETUP_SLUG_H
#define FE_SETUP_SLUG_H

#include "job.h"

int slug_deploy(struct job *j, const char *procfile);

#endif
