/* SPDX-License-Identifier: MIT */
/*
 * control_path: where the control socket is: --socket, FERRET_SOCKET, else .ferret.sock in the
 * directory of the processes, so that `ferret ps` typed where `ferret start` was typed finds it.
 * The directory may be deeper than a socket address can say (108 bytes): the address is then made
 * through /proc/self/fd.
 */
#ifndef FE_RUNNER_CONTROL_PATH_H
#define FE_RUNNER_CONTROL_PATH_H

#include <sys/socket.h>
#include <sys/un.h>

#include "config.h"

#define CONTROL_SOCKET_NAME ".ferret.sock"

/* The path as a person would write it. Caller frees. */
char *control_path(const struct config *c);
/* A socket address for path; *out_dir is a descriptor to be closed after bind or connect (-1 when
 * none was needed). FE_ENOENT and such with err. */
int control_address(
    const char *path, struct sockaddr_un *out, int *out_dir, struct err *err) FE_MUST_CHECK;

#endif
