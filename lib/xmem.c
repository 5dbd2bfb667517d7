/* SPDX-License-Identifier: MIT */
/* xmem: allocation that ends the program when memory is gone. */
#include "xmem.h"

#include <unistd.h>

static void *checked(void *p)
{
	static const char gone[] = "out of memory\n";

	if (p)
		return p;
	(void)!write(STDERR_FILENO, gone, sizeof gone - 1);
	_exit(FE_EXIT_SYSTEM); /* no abort: a core of secrets, and a crash it is not */
}

void *xmalloc(size_t size)
{
	return checked(malloc(size ? size : 1));
}

void *xcalloc(size_t n, size_t size)
{
	return checked(calloc(n ? n : 1, size ? size : 1));
}

void *xrealloc(void *p, size_t size)
{
	return checked(realloc(p, size ? size : 1));
}

void *xreallocarray(void *p, size_t n, size_t size)
{
	return checked(reallocarray(p, n ? n : 1, size ? size : 1));
}

char *xstrdup(const char *s)
{
	return checked(strdup(s));
}

char *xmemdup0(const void *p, size_t len)
{
	char *copy = xmalloc(len + 1);

	if (len)
		memcpy(copy, p, len);
	copy[len] = '\0';
	return copy;
}

char *xvasprintf(const char *fmt, va_list ap)
{
	char *out = NULL;

	if (vasprintf(&out, fmt, ap) < 0)
		out = NULL;
	return checked(out);
}

char *xasprintf(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	char *out = xvasprintf(fmt, ap);
	va_end(ap);
	return out;
}

void xmem_free_at(void *pointer_to_pointer)
{
	void **pp = pointer_to_pointer;

	free(*pp);
	*pp = NULL;
}
