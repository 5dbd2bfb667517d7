/* SPDX-License-Identifier: MIT */
/* Fuzz env_parse: every pair has a legal key, keys are unique, and no text of any kind breaks it. */
#include <ctype.h>
#include <stdint.h>

#include "env.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void odd(void *arg, const char *path, int line, const char *why)
{
	(void)arg;
	fe_assert(strcmp(path, "fuzz") == 0 && line > 0 && why[0]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct strv AUTO_STRV out = {0};

	env_parse(&(struct text){(const char *)data, size, "fuzz"}, &out, odd, NULL);
	for (size_t i = 0; i < out.n; i++) {
		size_t key = strcspn(out.v[i], "=");

		fe_assert(key > 0 && out.v[i][key] == '=');
		for (size_t k = 0; k < key; k++)
			fe_assert(isalnum((unsigned char)out.v[i][k]) || out.v[i][k] == '_');
		for (size_t j = 0; j < i && i < 50; j++)
			fe_assert(strncmp(out.v[i], out.v[j], key + 1) != 0);
	}
	return 0;
}
