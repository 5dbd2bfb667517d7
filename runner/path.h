/* SPDX-License-Identifier: MIT */
/* path: names of files, without looking at the file system. Results are owned: free(). */
#ifndef FE_RUNNER_PATH_H
#define FE_RUNNER_PATH_H

/* Absolute, against the current directory, with . and .. and double slashes taken out by name. */
char *path_absolute(const char *path);
/* What stands before the last slash; "." where there is none, "/" for a name in the root. */
char *path_dirname(const char *path);

#endif
