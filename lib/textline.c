/* SPDX-License-Identifier: MIT */
/* textline: the lines of a configuration text. */
#include "textline.h"

#include <ctype.h>

bool textline_next(struct textline *t)
{
	if (t->left == 0)
		return false;
	const char *lf = memchr(t->rest, '\n', t->left);
	size_t taken = lf ? (size_t)(lf - t->rest) + 1 : t->left;

	t->p = t->rest;
	t->len = lf ? taken - 1 : taken;
	if (lf && t->len > 0 && t->p[t->len - 1] == '\r')
		t->len--;
	t->rest += taken;
	t->left -= taken;
	t->number++;
	return true;
}

bool textline_empty(const struct textline *t)
{
	size_t i = 0;

	while (i < t->len && isspace((unsigned char)t->p[i]))
		i++;
	return i == t->len || t->p[i] == '#';
}
