/* SPDX-License-Identifier: MIT */
/* shellword: texts that a POSIX shell reads back as the very same words. */
#include "shellword.h"

#include <ctype.h>
#include <stdbool.h>

#include "xmem.h"

static bool plain(unsigned char c)
{
	bool continues = c >= 0x80 && c < 0xc0; /* of a UTF-8 character already escaped */

	return continues || (c < 0x80 && (isalnum(c) || strchr("_-.,:+/@", c)));
}

char *shellword_escape(const char *word)
{
	if (!word[0])
		return xstrdup("''");
	char *out = xmalloc(3 * strlen(word) + 1);
	size_t n = 0;

	for (; *word; word++) {
		if (*word == '\n') {
			out[n++] = '\'';
			out[n++] = '\n';
			out[n++] = '\'';
			continue;
		}
		if (!plain((unsigned char)*word))
			out[n++] = '\\';
		out[n++] = *word;
	}
	out[n] = '\0';
	return out;
}

char *shellword_join(const struct strv *words)
{
	char *out = xstrdup("");

	for (size_t i = 0; i < words->n; i++) {
		AUTO_FREE char *word = shellword_escape(words->v[i]);
		char *longer = xasprintf("%s%s%s", out, i ? " " : "", word);

		free(out);
		out = longer;
	}
	return out;
}
