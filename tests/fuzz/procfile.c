/* SPDX-License-Identifier: MIT */
/* Fuzz procfile_parse: every entry has a legal name, a command on one line, and rising lines. */
#include <ctype.h>
#include <stdint.h>

#include "procfile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void odd(void *arg, const char *path, int line, const char *why)
{
	(void)arg;
	fe_assert(strcmp(path, "fuzz") == 0 && line > 0 && why[0]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct procfile out = {0};
	int line = 0;

	procfile_parse(&(struct text){(const char *)data, size, "fuzz"}, &out, odd, NULL);
	for (size_t i = 0; i < out.n; i++) {
		fe_assert(out.v[i].name[0] && out.v[i].command[0]);
		fe_assert(!strchr(out.v[i].command, '\n') && out.v[i].line > line);
		for (const char *c = out.v[i].name; *c; c++)
			fe_assert(isalnum((unsigned char)*c) || *c == '_' || *c == '-');
		fe_assert(procfile_find(&out, out.v[i].name) >= &out.v[i]);
		line = out.v[i].line;
	}
	procfile_done(&out);
	return 0;
}
