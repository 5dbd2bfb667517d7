/* SPDX-License-Identifier: MIT */
#include "heroku_deploy.h"

#include "clock.h"
#include "heroku_in.h"
#include "xmem.h"

/* ---- sources and builds ---- */

enum heroku_class heroku_source_create(struct heroku *h, json_t **out, struct err *err)
{
	struct heroku_new what = {.path = "/sources", .again = true};

	return heroku_create(h, &what, out, err);
}

enum heroku_class heroku_build_create(struct heroku *h, const char *app,
    const struct heroku_build_new *build, json_t **out, struct err *err)
{
	AUTO_FREE char *path = heroku_path("/apps/%s/builds", app);
	struct heroku_new what = {
	    .path = path,
	    .body = json_pack("{s:{s:s, s:s*, s:s*}, s:o*}", "source_blob", "url",
		build->source_url, "checksum", build->checksum, "version", build->version,
		"buildpacks", build->buildpacks),
	    .look = build->version ? path : NULL,
	    .key = "source_blob.version",
	    .value = build->version,
	    .young = true, /* the same source may have been built before */
	};

	return heroku_create(h, &what, out, err);
}

enum heroku_class heroku_build(
    struct heroku *h, const char *app, const char *id, json_t **out, struct err *err)
{
	return heroku_get_at(h, heroku_path("/apps/%s/builds/%s", app, id), out, err);
}

static bool is_pending(const json_t *thing)
{
	return strcmp(heroku_str(thing, "status"), "pending") == 0;
}

/* The status of a build turns before its release is named. */
static bool is_nameless(const json_t *build)
{
	return is_pending(build) || (strcmp(heroku_str(build, "status"), "succeeded") == 0 &&
					!*heroku_str(build, "release.id"));
}

enum heroku_class heroku_build_wait(
    struct heroku *h, const char *app, const char *id, json_t **out, struct err *err)
{
	AUTO_FREE char *path = heroku_path("/apps/%s/builds/%s", app, id);

	return heroku_wait_while(h, path, is_nameless, out, err);
}

enum heroku_class heroku_build_cancel(
    struct heroku *h, const char *app, const char *id, struct err *err)
{
	return heroku_empty_at(
	    h, "DELETE", heroku_path("/apps/%s/builds/%s", app, id), HEROKU_GONE, err);
}

enum heroku_class heroku_cache_clear(struct heroku *h, const char *app, struct err *err)
{
	return heroku_empty_at(h, "DELETE", heroku_path("/apps/%s/build-cache", app), 0, err);
}

enum heroku_class heroku_buildpacks_set(
    struct heroku *h, const char *app, json_t *updates, struct err *err)
{
	AUTO_FREE char *path = heroku_path("/apps/%s/buildpack-installations", app);

	return heroku_call(h, "PUT", path, json_pack("{s:o}", "updates", updates), NULL, err);
}

/* ---- slugs and releases ---- */

enum heroku_class heroku_slug_create(struct heroku *h, const char *app,
    const struct heroku_slug_new *slug, json_t **out, struct err *err)
{
	AUTO_FREE char *path = heroku_path("/apps/%s/slugs", app);
	struct heroku_new what = {
	    .path = path,
	    .body = json_pack("{s:o, s:s*, s:s*, s:s*}", "process_types", slug->process_types,
		"stack", slug->stack, "commit", slug->commit, "checksum", slug->checksum),
	    .again = true,
	};

	return heroku_create(h, &what, out, err);
}

enum heroku_class heroku_release_slug(struct heroku *h, const char *app, const char *slug,
    const char *description, json_t **out, struct err *err)
{
	AUTO_FREE char *path = heroku_path("/apps/%s/releases", app);
	struct heroku_new what = {
	    .path = path,
	    .body = json_pack("{s:s, s:s*}", "slug", slug, "description", description),
	    .look = path,
	    .key = "slug.id",
	    .value = slug,
	};

	return heroku_create(h, &what, out, err);
}

enum heroku_class heroku_rollback(
    struct heroku *h, const char *app, const char *release_id, json_t **out, struct err *err)
{
	AUTO_FREE char *path = heroku_path("/apps/%s/releases", app);
	struct heroku_new what = {
	    .path = path,
	    .body = json_pack("{s:s}", "release", release_id),
	};

	return heroku_create(h, &what, out, err);
}

enum heroku_class heroku_release(
    struct heroku *h, const char *app, const char *release, json_t **out, struct err *err)
{
	return heroku_get_at(h, heroku_path("/apps/%s/releases/%s", app, release), out, err);
}

enum heroku_class heroku_release_wait(
    struct heroku *h, const char *app, const char *release, json_t **out, struct err *err)
{
	AUTO_FREE char *path = heroku_path("/apps/%s/releases/%s", app, release);

	return heroku_wait_while(h, path, is_pending, out, err);
}

enum heroku_class heroku_releases(
    struct heroku *h, const char *app, unsigned n, json_t **out, struct err *err)
{
	AUTO_FREE char *path = heroku_path("/apps/%s/releases", app);
	AUTO_FREE char *range = xasprintf("version ..; max=%u, order=desc", n);

	return heroku_page(h, path, range, out, err);
}
