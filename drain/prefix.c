/* SPDX-License-Identifier: MIT */
/* prefix: `HH:MM:SS name.N   | ` before a line. */
#include "prefix.h"

#include <stdbool.h>

struct cursor {
	const char *at, *end;
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_name(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
	       c == '-';
}

/* Any number of ESC [ digits and semicolons m. */
static void skip_colours(struct cursor *c)
{
	while (c->end - c->at >= 3 && c->at[0] == '\033' && c->at[1] == '[') {
		const char *p = c->at + 2;

		while (p < c->end && (is_digit(*p) || *p == ';'))
			p++;
		if (p == c->end || *p != 'm')
			return;
		c->at = p + 1;
	}
}

/* "09:30:00 " */
static bool skip_time(struct cursor *c)
{
	static const char form[] = "dd:dd:dd ";

	if (c->end - c->at < 9)
		return false;
	for (int i = 0; i < 9; i++)
		if (form[i] == 'd' ? !is_digit(c->at[i]) : c->at[i] != form[i])
			return false;
	c->at += 9;
	return true;
}

/* name.N, or the runner's own name: system */
static bool take_name(struct cursor *c, struct prefix *out)
{
	const char *start = c->at, *p = start;

	while (p < c->end && is_name(*p))
		p++;
	bool own = p - start == 6 && memcmp(start, "system", 6) == 0;

	if (p < c->end && *p == '.') {
		const char *digits = ++p;

		while (p < c->end && is_digit(*p))
			p++;
		if (p == digits || digits == start + 1)
			return false;
	} else if (!own) {
		return false;
	}
	*out = (struct prefix){start, (size_t)(p - start)};
	c->at = p;
	return true;
}

size_t prefix_parse(const char *p, size_t len, struct prefix *out)
{
	struct cursor c = {p, p + (len < PREFIX_MAX ? len : PREFIX_MAX)};
	struct prefix found;

	skip_colours(&c);
	if (!skip_time(&c) || !take_name(&c, &found))
		return 0;
	const char *blanks = c.at;

	while (c.at < c.end && *c.at == ' ')
		c.at++;
	if (c.at == blanks || c.at == c.end || *c.at != '|')
		return 0;
	c.at++;
	if (c.at < c.end && *c.at == ' ')
		c.at++;
	skip_colours(&c);
	*out = found;
	return (size_t)(c.at - p);
}
