/* SPDX-License-Identifier: MIT */
/* err: error codes and the message that travels with them. */
#include "err.h"

#include <errno.h>
#include <stdarg.h>
#include <unistd.h>

#include "xmem.h"

static const struct {
	int code;
	const char *name;
	const char *text;
} rows[] = {
#define X(name, number, text) {FE_##name, #name, text},
    FE_ERRORS(X)
#undef X
};

const char *err_name(int code)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (rows[i].code == code)
			return rows[i].name;
	return code == 0 ? "OK" : "EUNKNOWN";
}

static const char *code_text(int code)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (rows[i].code == code)
			return rows[i].text;
	return code == 0 ? "no error" : "unknown error";
}

const char *err_text(const struct err *err)
{
	return err->text ? err->text : code_text(err->code);
}

static void set_text(struct err *err, char *text)
{
	free(err->text);
	err->text = text;
}

int err_set(struct err *err, int code, const char *fmt, ...)
{
	va_list ap;

	if (!err)
		return code;
	va_start(ap, fmt);
	char *text = xvasprintf(fmt, ap);
	va_end(ap);
	set_text(err, text);
	err->code = code;
	return code;
}

static int code_of_errno(int errnum)
{
	switch (errnum) {
	case ENOENT:
	case ENOTDIR:
		return FE_ENOENT;
	case EACCES:
	case EPERM:
		return FE_EACCES;
	case EEXIST:
		return FE_EEXIST;
	case ETIMEDOUT:
		return FE_ETIMEOUT;
	case EPIPE:
	case ECONNRESET:
		return FE_ECLOSED;
	case EAGAIN:
	case ENOMEM:
	case EMFILE:
	case ENFILE:
		return FE_ESYS;
	default:
		return FE_EIO;
	}
}

int err_sys(struct err *err, int errnum, const char *fmt, ...)
{
	char why[256]; /* strerror_r never writes past it */
	va_list ap;
	int code = code_of_errno(errnum);

	if (!err)
		return code;
	va_start(ap, fmt);
	char *text = xvasprintf(fmt, ap);
	va_end(ap);
	set_text(err, xasprintf("%s: %s", text, strerror_r(errnum, why, sizeof why)));
	free(text);
	err->code = code;
	return code;
}

int err_wrap(struct err *err, const char *fmt, ...)
{
	va_list ap;

	if (!err)
		return FE_EIO;
	va_start(ap, fmt);
	char *context = xvasprintf(fmt, ap);
	va_end(ap);
	set_text(err, xasprintf("%s: %s", context, err_text(err)));
	free(context);
	return err->code;
}

int err_exit_code(int code)
{
	return code == FE_EUSAGE || code == FE_EINVAL ? FE_EXIT_USAGE : FE_EXIT_SYSTEM;
}

void err_done(struct err *err)
{
	if (!err)
		return;
	free(err->text);
	err->text = NULL;
	err->code = 0;
}

void err_print(const char *program, const struct err *err)
{
	char *line = xasprintf("%s: %s", program, err_text(err));
	size_t len = strlen(line);

	for (size_t i = 0; i < len; i++)
		if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f)
			line[i] = ' ';
	line[len] = '\n'; /* the terminator's place; written by length */
	(void)!write(STDERR_FILENO, line, len + 1);
	free(line);
}

void fe_assert_failed(const char *file, int line, const char *what)
{
	char *text = xasprintf("bug: %s:%d: %s\n", file, line, what);

	(void)!write(STDERR_FILENO, text, strlen(text));
	abort();
}
