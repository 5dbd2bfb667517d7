/* SPDX-License-Identifier: MIT */
/* ssh_opts: the options and targets of a monitor of SSH servers, and what is wanted of one. */
#ifndef FE_LIB_SSH_OPTS_H
#define FE_LIB_SSH_OPTS_H

#include "opt.h"
#include "pattern.h"
#include "ssh.h"
#include "strv.h"

struct ssh_opts {
	struct strv fingerprints;
	const char *banner;
	int key_type; /* index into ssh_key_types */
	struct opt_seconds phase;
	struct pattern *pattern; /* of banner; set by ssh_opts_prepare */
};

/* clang-format off */
/* Rows for an option table; o is the static struct's address. */
#define SSH_OPTS(o)                                                                                \
	{.name = "fingerprint", .kind = OPT_LIST, .at = &(o)->fingerprints, .arg = "SHA256:...",   \
	 .help = "wanted host key, as ssh-keygen -l prints it (may be repeated: any of them)"},    \
	{.name = "banner", .kind = OPT_STRING, .at = &(o)->banner, .arg = "RE",                    \
	 .help = "the server's banner must match this"},                                           \
	{.name = "key-type", .kind = OPT_CHOICE, .at = &(o)->key_type, .arg = "TYPE",              \
	 .choices = ssh_key_types, .def = "any",                                                   \
	 .help = "want a host key of this type (any: the first the server has in OpenSSH's order)"}
/* clang-format on */

/* HOST[:PORT][#FINGERPRINT]; ssh_target_done frees. */
struct ssh_target {
	struct net_host host;
	char *fingerprint; /* NULL: none given, those of the options hold */
};

/* FE_EUSAGE. */
int ssh_target_parse(const char *text, struct ssh_target *out, struct err *err) FE_MUST_CHECK;
void ssh_target_done(struct ssh_target *s);
/* Once before the first try. FE_EUSAGE. */
int ssh_opts_prepare(struct ssh_opts *o, struct err *err) FE_MUST_CHECK;
/* 0 when the server is the wanted one, else FE_EPROTO with err telling got and wanted. */
int ssh_opts_judge(const struct ssh_opts *o, const struct ssh_target *s, const struct ssh_hello *h,
    struct err *err) FE_MUST_CHECK;

#endif
