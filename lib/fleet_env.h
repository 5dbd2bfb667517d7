/* SPDX-License-Identifier: MIT */
/*
 * fleet_env: what the platform's tools are told: a .env file, then the environment. Every key that is
 * missing or malformed is found in one go.
 *
 * The file wins over the environment (lib/env.h); an empty value is none. Values of secret keys stand
 * in no text. Caller owns the struct: fleet_env_done; strings are borrowed from it.
 */
#ifndef FE_LIB_FLEET_ENV_H
#define FE_LIB_FLEET_ENV_H

#include <stdbool.h>

#include "err.h"
#include "strv.h"

#define FLEET_ENV_FILE ".env"

enum fleet_env_needs {
	FLEET_ENV_USER = 1,  /* HEROKU_USERNAME */
	FLEET_ENV_DRAIN = 2, /* L2MET_URL or DRAIN_TOKEN */
};

struct fleet_env {
	char *path; /* the file, also where there is none */
	bool has_file;
	struct strv file;      /* all pairs of the file, in its order */
	struct strv given;     /* KEY=VALUE of the keys known here, wherever they came from */
	const char *app, *key; /* never NULL after success */
	const char *username, *org, *url, *cacert; /* NULL: not given */
	const char *l2met_url, *drain_token, *endpoint_domain;
};

/*
 * path NULL: FLEET_ENV_FILE where it is there. APP and HEROKU_API_KEY are always needed; needs: what
 * else. 0; FE_EUSAGE: problems has a line each, which name file and line, key, value unless secret,
 * and the rule; FE_ENOENT, FE_EIO, FE_ELIMIT: the file cannot be read.
 */
int fleet_env_read(struct fleet_env *e, const char *path, unsigned needs, struct strv *problems,
    struct err *err) FE_MUST_CHECK;
const char *fleet_env_get(const struct fleet_env *e, const char *key); /* of given; NULL */
/* Is this a key whose value must not be shown? */
bool fleet_env_secret(const char *key);
void fleet_env_done(struct fleet_env *e);

#endif
