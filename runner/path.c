/* SPDX-License-Identifier: MIT */
/* path: names of files. */
#include "path.h"

#include <unistd.h>

#include "strv.h"
#include "xmem.h"

char *path_absolute(const char *path)
{
	AUTO_FREE char *cwd = path[0] == '/' ? NULL : getcwd(NULL, 0);
	AUTO_FREE char *whole = xasprintf("%s/%s", cwd ? cwd : "", path);
	struct strv AUTO_STRV parts = {0}, AUTO_STRV kept = {0};
	size_t len = 1;

	strv_split(&parts, whole, "/");
	for (size_t i = 0; i < parts.n; i++) {
		if (strcmp(parts.v[i], "..") == 0) {
			if (kept.n)
				strv_remove(&kept, kept.n - 1);
		} else if (strcmp(parts.v[i], ".") != 0) {
			strv_add(&kept, parts.v[i]);
		}
	}
	for (size_t i = 0; i < kept.n; i++)
		len += strlen(kept.v[i]) + 1;
	char *out = xmalloc(len + 1);
	size_t at = 0;

	for (size_t i = 0; i < kept.n; i++) {
		size_t n = strlen(kept.v[i]);

		out[at++] = '/';
		memcpy(out + at, kept.v[i], n);
		at += n;
	}
	if (at == 0)
		out[at++] = '/';
	out[at] = '\0';
	return out;
}

char *path_dirname(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		return xstrdup(".");
	return slash == path ? xstrdup("/") : xmemdup0(path, (size_t)(slash - path));
}
