/* SPDX-License-Identifier: MIT */
/*
 * xmem: allocation that ends the program with 111 when memory is gone (programs are small,
 * supervised, and every buffer has a ceiling), and scope cleanup. All results are owned by the caller: free().
 */
#ifndef FE_LIB_XMEM_H
#define FE_LIB_XMEM_H

#include <stdarg.h>
#include <stddef.h>

#include "err.h"

void *xmalloc(size_t size) __attribute__((malloc, returns_nonnull));
void *xcalloc(size_t n, size_t size) __attribute__((malloc, returns_nonnull));
void *xrealloc(void *p, size_t size) __attribute__((returns_nonnull));
/* p grown to n elements of size; ends the program on overflow of n * size. */
void *xreallocarray(void *p, size_t n, size_t size) __attribute__((returns_nonnull));
char *xstrdup(const char *s) __attribute__((malloc, returns_nonnull));
char *xmemdup0(const void *p, size_t len) __attribute__((malloc, returns_nonnull)); /* adds a NUL */
char *xasprintf(const char *fmt, ...) FE_PRINTF(1, 2) __attribute__((returns_nonnull));
char *xvasprintf(const char *fmt, va_list ap) FE_PRINTF(1, 0) __attribute__((returns_nonnull));

void xmem_free_at(void *pointer_to_pointer); /* for AUTO_FREE */
#define AUTO_FREE __attribute__((cleanup(xmem_free_at)))

/* Hand over an AUTO_FREE pointer: yields it and leaves NULL behind. */
#define steal(pp)                                                                                  \
	__extension__({                                                                            \
		__typeof__(*(pp)) stolen_ = *(pp);                                                 \
		*(pp) = NULL;                                                                      \
		stolen_;                                                                           \
	})

#define ARRAY_LEN(a) (sizeof(a) / sizeof *(a))

#endif
