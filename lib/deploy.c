/* SPDX-License-Identifier: MIT */
/* deploy: pack, upload, build, release; or a slug, release. */
#include "deploy.h"

#include <string.h>

#include "buf.h"
#include "heroku_deploy.h"
#include "tarball.h"
#include "xmem.h"

#define TAIL_BYTES 2048UL
#define TAIL_LINES 5

const char *const deploy_phase_names[DEPLOY_PHASES] = {
#define X(name, word) [DEPLOY_##name] = (word),
    DEPLOY_PHASE_NAMES(X)
#undef X
};

static void enter(const struct deploy *d, enum deploy_phase phase)
{
	if (d->entered)
		d->entered(d->arg, phase);
}

/* ---- pack and upload ---- */

static enum heroku_class pack(
    const struct deploy *d, const char *prefix, struct tarball *out, struct err *err)
{
	struct tarball_extra extra[3] = {{NULL, NULL}};
	struct tarball_opts opts = {
	    .dir = d->dir, .prefix = prefix, .paths = d->paths, .extra = extra};
	size_t n = 0;

	if (d->version)
		extra[n++] = (struct tarball_extra){"VERSION", d->version};
	if (d->procfile)
		extra[n++] = (struct tarball_extra){"Procfile", d->procfile};
	int rc = tarball_make(&opts, out, err);

	if (rc)
		return rc == FE_EUSAGE || rc == FE_ELIMIT ? HEROKU_INVALID : HEROKU_LOCAL;
	if (out->files > n)
		return HEROKU_OK;
	err_set(err, FE_EUSAGE, "%s: has no file to send", d->dir);
	return HEROKU_INVALID;
}

/* ---- output ---- */

struct listening {
	const struct deploy *d;
	struct buf tail; /* the last TAIL_BYTES */
};

static bool on_output(void *arg, const char *p, size_t n)
{
	struct listening *l = arg;
	size_t kept = n < TAIL_BYTES ? n : TAIL_BYTES;

	if (l->tail.len + kept > TAIL_BYTES)
		buf_drop(&l->tail, l->tail.len + kept - TAIL_BYTES);
	(void)!buf_add(&l->tail, p + n - kept, kept);
	return l->d->output && l->d->output(l->d->arg, p, n);
}

/* Where the stream breaks off, the status still tells how it ended. */
static void listen_to(struct listening *l, const json_t *of)
{
	struct heroku_output o = {
	    .url = heroku_str(of, "output_stream_url"), .take = on_output, .arg = l};
	struct err err = ERR_INIT;

	if (*o.url && heroku_output_read(l->d->api, &o, &err) != HEROKU_OK && l->d->warn)
		l->d->warn(l->d->arg, err_text(&err));
	err_done(&err);
}

/* The last lines that say something, joined by bars, control bytes made blanks. */
static char *last_lines(struct listening *l)
{
	struct strv AUTO_STRV lines = {0};
	struct buf AUTO_BUF out = BUF_INIT(2 * TAIL_BYTES);
	char *text = l->tail.p;

	for (size_t i = 0; i < l->tail.len; i++)
		if (text[i] != '\n' && ((unsigned char)text[i] < ' ' || text[i] == 0x7f))
			text[i] = ' ';
	strv_split(&lines, buf_str(&l->tail), "\n");
	for (size_t i = lines.n; i-- > 0;) {
		const char *at = lines.v[i] + strspn(lines.v[i], " !");

		if (!*at)
			strv_remove(&lines, i);
		else
			memmove(lines.v[i], at, strlen(at) + 1);
	}
	for (size_t i = lines.n > TAIL_LINES ? lines.n - TAIL_LINES : 0; i < lines.n; i++)
		buf_put(&out, "%s%s", out.len ? " | " : "", lines.v[i]);
	return out.len ? buf_take(&out) : xstrdup("no output");
}

static enum heroku_class failed(
    struct listening *l, const char *what, const json_t *of, struct err *err)
{
	AUTO_FREE char *tail = last_lines(l);

	err_set(err, FE_EIO, "%s %s of %s: %s: %s", what, heroku_str(of, "id"), l->d->app,
	    heroku_str(of, "status"), tail);
	return HEROKU_INVALID;
}

static bool succeeded(const json_t *of)
{
	return strcmp(heroku_str(of, "status"), "succeeded") == 0;
}

/* ---- release ---- */

/* Until it succeeded; one with a release command says something meanwhile. */
static enum heroku_class await_release(
    const struct deploy *d, const char *id, struct deploy_result *out, struct err *err)
{
	struct listening l = {.d = d, .tail = BUF_INIT(TAIL_BYTES)};
	json_auto_t *now = NULL;
	json_auto_t *done = NULL;
	enum heroku_class class = heroku_release(d->api, d->app, id, &now, err);

	if (class == HEROKU_OK && strcmp(heroku_str(now, "status"), "pending") == 0) {
		listen_to(&l, now);
		class = heroku_release_wait(d->api, d->app, id, &done, err);
	} else {
		done = json_incref(now);
	}
	if (class == HEROKU_OK && !succeeded(done))
		class = failed(&l, "release", done, err);
	if (class == HEROKU_OK) {
		out->version = heroku_int(done, "version", 0);
		out->release = xstrdup(heroku_str(done, "id"));
	}
	buf_done(&l.tail);
	return class;
}

/* ---- build ---- */

static enum heroku_class start_build(const struct deploy *d, const struct tarball *t,
    json_t *buildpacks, json_t **out, struct err *err)
{
	AUTO_FREE char *checksum = xasprintf("SHA256:%s", t->sha256);
	json_auto_t *source = NULL;
	enum heroku_class class = heroku_source_create(d->api, &source, err);

	if (class == HEROKU_OK)
		class = heroku_upload(
		    d->api, heroku_str(source, "source_blob.put_url"), t->fd, t->bytes, err);
	if (class != HEROKU_OK)
		return class;
	struct heroku_build_new build = {
	    .source_url = heroku_str(source, "source_blob.get_url"),
	    .checksum = checksum,
	    .version = d->version,
	    .buildpacks = json_incref(buildpacks),
	};
	enter(d, DEPLOY_BUILD);
	return heroku_build_create(d->api, d->app, &build, out, err);
}

static enum heroku_class await_build(
    const struct deploy *d, const json_t *build, json_t **out, struct err *err)
{
	struct listening l = {.d = d, .tail = BUF_INIT(TAIL_BYTES)};

	listen_to(&l, build);
	enum heroku_class class =
	    heroku_build_wait(d->api, d->app, heroku_str(build, "id"), out, err);
	if (class == HEROKU_OK && !succeeded(*out))
		class = failed(&l, "build", *out, err);
	buf_done(&l.tail);
	return class;
}

enum heroku_class deploy_tree(const struct deploy *d, struct deploy_result *out, struct err *err)
{
	json_auto_t *buildpacks = d->buildpacks;
	json_auto_t *build = NULL;
	json_auto_t *built = NULL;
	struct tarball t = {0};

	*out = (struct deploy_result){0};
	enum heroku_class class = pack(d, NULL, &t, err);
	if (class == HEROKU_OK) {
		enter(d, DEPLOY_UPLOAD);
		out->bytes = t.bytes;
		class = start_build(d, &t, buildpacks, &build, err);
	}
	tarball_done(&t);
	if (class != HEROKU_OK)
		return class;
	out->build = xstrdup(heroku_str(build, "id"));
	if (d->building)
		d->building(d->arg, out->build);
	class = await_build(d, build, &built, err);
	if (class != HEROKU_OK)
		return class;
	enter(d, DEPLOY_RELEASE);
	return await_release(d, heroku_str(built, "release.id"), out, err);
}

/* ---- slug ---- */

static enum heroku_class send_slug(const struct deploy *d, const struct tarball *t, json_t *types,
    const char *stack, json_t **out, struct err *err)
{
	AUTO_FREE char *checksum = xasprintf("SHA256:%s", t->sha256);
	struct heroku_slug_new slug = {
	    .process_types = json_incref(types),
	    .stack = stack,
	    .commit = d->version,
	    .checksum = checksum,
	};
	enum heroku_class class = heroku_slug_create(d->api, d->app, &slug, out, err);

	return class != HEROKU_OK
		   ? class
		   : heroku_upload(d->api, heroku_str(*out, "blob.url"), t->fd, t->bytes, err);
}

enum heroku_class deploy_slug(const struct deploy *d, json_t *types, const char *stack,
    struct deploy_result *out, struct err *err)
{
	json_auto_t *owned = types;
	json_auto_t *slug = NULL;
	json_auto_t *release = NULL;
	struct tarball t = {0};

	json_decref(d->buildpacks); /* a slug is built already */
	*out = (struct deploy_result){0};
	enum heroku_class class = pack(d, "./app/", &t, err);
	if (class == HEROKU_OK) {
		enter(d, DEPLOY_UPLOAD);
		out->bytes = t.bytes;
		class = send_slug(d, &t, owned, stack, &slug, err);
	}
	tarball_done(&t);
	if (class != HEROKU_OK)
		return class;
	enter(d, DEPLOY_RELEASE);
	class =
	    heroku_release_slug(d->api, d->app, heroku_str(slug, "id"), d->version, &release, err);
	return class == HEROKU_OK ? await_release(d, heroku_str(release, "id"), out, err) : class;
}

void deploy_result_done(struct deploy_result *r)
{
	free(r->release);
	free(r->build);
	*r = (struct deploy_result){0};
}
