/* SPDX-License-Identifier: MIT */
/* proctype: from paths to process types. */
#include "proctype.h"

#include <ctype.h>
#include <string.h>

#define FOLDER "monitors/"

size_t proctype_stem(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *file = slash ? slash + 1 : path;
	const char *dot = strrchr(file, '.');

	return dot && dot != file ? (size_t)(dot - path) : strlen(path);
}

static bool legal(char c)
{
	/* Not isalnum alone: a program that sets a locale must give the same answer. */
	return isascii((unsigned char)c) && (isalnum((unsigned char)c) || c == '_' || c == '-');
}

bool proctype_legal(const char *name)
{
	size_t n = 0;

	while (legal(name[n]))
		n++;
	return n > 0 && name[n] == '\0' && n <= PROCTYPE_MAX;
}

/* Every folder and the file must have a name of its own. */
static int check_parts(const char *path, struct err *err)
{
	const char *at = path;

	if (path[0] == '/' || path[0] == '\0')
		return err_set(err, FE_EUSAGE, "\"%s\": expected a relative path", path);
	for (;;) {
		size_t n = strcspn(at, "/");

		if (n == 0 || (n == 1 && at[0] == '.') || (n == 2 && at[0] == '.' && at[1] == '.'))
			return err_set(err, FE_EUSAGE,
			    "%s: expected a path without empty, \".\" and \"..\" parts", path);
		if (at[n] == '\0')
			return 0;
		at += n + 1;
	}
}

/* One byte of the path into the type; 0 for one that no type may hold. */
static char map(char c)
{
	if (c == '/' || c == '.' || c == '-')
		return '_';
	return legal(c) ? c : '\0';
}

int proctype_of(const char *path, struct buf *out, struct err *err)
{
	struct buf AUTO_BUF type = BUF_INIT(PROCTYPE_MAX);
	size_t end = proctype_stem(path);
	int rc = check_parts(path, err);

	if (rc)
		return rc;
	for (size_t i = 0; i < end; i++) {
		char c = map(path[i]);

		if (strncmp(path, FOLDER, strlen(FOLDER)) == 0 && i == strlen(FOLDER) - 2)
			continue; /* the plural's s */
		if (c == '\0')
			return err_set(err, FE_EUSAGE,
			    "%s: byte \\x%02x cannot stand in a process type, expected A-Z, a-z, "
			    "0-9, and / . _ -",
			    path, (unsigned int)(unsigned char)path[i]);
		if (buf_addc(&type, c))
			return err_set(err, FE_EUSAGE,
			    "%s: its process type is longer than %d bytes", path, PROCTYPE_MAX);
	}
	rc = buf_add(out, type.p, type.len);
	return rc ? err_set(err, rc, "%s: no room for its process type", path) : 0;
}
