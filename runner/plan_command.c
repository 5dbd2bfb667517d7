/* SPDX-License-Identifier: MIT */
/* plan: a command's text to what is executed. */
#include <ctype.h>

#include "plan.h"
#include "xmem.h"

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

static const char *value_of(
    const struct plan *p, const struct strv *own, const char *key, size_t len)
{
	AUTO_FREE char *name = xmemdup0(key, len);
	const char *v = strv_getenv(own, name);

	return v ? v : strv_getenv(&p->env, name);
}

static void append(char **out, size_t *len, const char *p, size_t n)
{
	*out = xrealloc(*out, *len + n + 1);
	memcpy(*out + *len, p, n);
	*len += n;
	(*out)[*len] = '\0';
}

/* Foreman replaces the bare substring; here a key ends where the word ends ($PORTAL is no $PORT),
 * and what was put in is not looked at again. */
static char *substitute(const struct plan *p, const struct strv *own, const char *text)
{
	char *out = xstrdup("");
	size_t len = 0;

	while (*text) {
		size_t plain = strcspn(text, "$");

		append(&out, &len, text, plain);
		text += plain;
		if (!*text)
			break;
		size_t key = 1;

		while (is_word(text[key]))
			key++;
		const char *value = key > 1 ? value_of(p, own, text + 1, key - 1) : NULL;

		append(&out, &len, value ? value : text, value ? strlen(value) : key);
		text += key;
	}
	return out;
}

char *plan_command(const struct plan *p, const struct plan_entry *e, int instance)
{
	struct strv AUTO_STRV own = {0};

	if (instance > 0) {
		strv_take(&own, xasprintf("PORT=%lld", (long long)plan_port(p, e, instance)));
		strv_take(&own, xasprintf("PS=%s.%d", e->name, instance));
	}
	return substitute(p, &own, e->command);
}

/* Words that Ruby's spawn leaves to the shell (it was asked one by one). */
static const char *const shell_words[] = {"!", ".", ":", "break", "case", "continue", "do", "done",
    "elif", "else", "esac", "eval", "exec", "exit", "export", "fi", "for", "if", "in", "readonly",
    "return", "set", "shift", "then", "times", "trap", "unset", "until", "while"};

bool plan_shell_word(const char *word, size_t len)
{
	for (size_t i = 0; i < ARRAY_LEN(shell_words); i++)
		if (strlen(shell_words[i]) == len && strncmp(word, shell_words[i], len) == 0)
			return true;
	return false;
}

static bool wants_shell(const char *s)
{
	s += strspn(s, " \t");
	size_t first = strcspn(s, " \t");

	return strpbrk(s, "*?{}[]<>()~&|\\$;'`\"\n#") || memchr(s, '=', first) ||
	       plan_shell_word(s, first);
}

const char *plan_argv(const char *command, struct strv *out)
{
	size_t before = out->n;

	if (wants_shell(command)) {
		strv_add(out, "sh");
		strv_add(out, "-c");
		strv_add(out, command);
		return "/bin/sh";
	}
	strv_split(out, command, " \t\f\v");
	if (out->n == before)
		strv_add(out, ""); /* a command of blanks: found nowhere, as Foreman says */
	return NULL;
}
