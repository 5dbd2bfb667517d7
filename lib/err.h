/* SPDX-License-Identifier: MIT */
/*
 * err: error codes from one table, and the message that travels with them.
 *
 * A fallible function returns 0 or a negative FE_E* code. Where it takes `struct err *` (NULL
 * allowed) the lowest level fills it once and callers add context with err_wrap; the program
 * prints it once, at the top. Caller owns the struct: start with ERR_INIT, end with err_done.
 */
#ifndef FE_LIB_ERR_H
#define FE_LIB_ERR_H

#define FE_ERRORS(X)                                                                               \
	X(EINVAL, 1, "bad input")                                                                  \
	X(EUSAGE, 2, "bad usage or configuration")                                                 \
	X(ELIMIT, 3, "a limit was reached")                                                        \
	X(ENOENT, 4, "not found")                                                                  \
	X(EACCES, 5, "not permitted")                                                              \
	X(EIO, 6, "input or output failed")                                                        \
	X(ETIMEOUT, 7, "timed out")                                                                \
	X(ECLOSED, 8, "closed by the other side")                                                  \
	X(EPROTO, 9, "the other side broke the protocol")                                          \
	X(EEXIST, 10, "exists already")                                                            \
	X(ESYS, 11, "the system refused")                                                          \
	X(EAUTH, 12, "credentials refused")

enum fe_error {
#define X(name, number, text) FE_##name = -(number),
	FE_ERRORS(X)
#undef X
};

/* Exit codes of every program (DESIGN 10). */
enum fe_exit {
	FE_EXIT_OK = 0,
	FE_EXIT_WARN = 1,
	FE_EXIT_FAIL = 2,
	FE_EXIT_UNKNOWN = 3,
	FE_EXIT_USAGE = 100,
	FE_EXIT_SYSTEM = 111,
};

struct err {
	int code;
	char *text; /* owned; NULL while there is no error */
};

#define ERR_INIT                                                                                   \
	{                                                                                          \
		0, NULL                                                                            \
	}

#define FE_MUST_CHECK __attribute__((warn_unused_result))
#define FE_PRINTF(fmt, first) __attribute__((format(printf, fmt, first)))
#define FE_NORETURN __attribute__((noreturn))

/* Name of a code ("EINVAL"); never NULL. */
const char *err_name(int code);
/* The message, or the code's own text where no message was set; never NULL. Borrowed. */
const char *err_text(const struct err *err);
/* Set code and message (replacing any); returns code. err may be NULL. */
int err_set(struct err *err, int code, const char *fmt, ...) FE_PRINTF(3, 4);
/* As err_set with ": strerror(errnum)" appended; code chosen from errnum where code is 0. */
int err_sys(struct err *err, int errnum, const char *fmt, ...) FE_PRINTF(3, 4);
/* Put "context: " before the message; returns the code. */
int err_wrap(struct err *err, const char *fmt, ...) FE_PRINTF(2, 3);
/* Exit code that fits the error: 100 for usage/input, 111 for the rest. */
int err_exit_code(int code);
void err_done(struct err *err);

/* Print "program: message" as one line to stderr, control characters replaced, in one write. */
void err_print(const char *program, const struct err *err);

/* Bugs abort, in release builds too. */
FE_NORETURN void fe_assert_failed(const char *file, int line, const char *what);
#define fe_assert(c) ((c) ? (void)0 : fe_assert_failed(__FILE__, __LINE__, #c))

#endif
