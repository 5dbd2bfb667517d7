/* SPDX-License-Identifier: MIT */
/* world_life: what is on disk beside the documents: taken up again after a kill, removed in the end. */
#include <dirent.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "scratch.h"
#include "stream.h"
#include "world_in.h"
#include "xmem.h"

#define KEEP_SLUGS 10     /* of so many newest releases */
#define KEEP_RELEASES 500 /* each change of config makes one, and each is written with the app */
#define KEEP_BUILDS 100
#define SOURCE_SECONDS 3600

void world_slug_remove(struct world *w, const char *slug)
{
	AUTO_FREE char *dir = world_slug_folder(w, slug);
	AUTO_FREE char *blob = xasprintf("%s/blobs/slug-%s", w->rules.dir, slug);
	json_t *blobs = state_list(w->rules.api->state->global, "blobs");
	json_t *entry = state_find(blobs, "id", NULL, slug);

	if (!*slug)
		return;
	scratch_remove(dir);
	(void)unlink(blob);
	if (entry) {
		state_drop(blobs, entry);
		state_touch(w->rules.api->state, NULL);
	}
}

static void keep_slugs_of(const struct place *p, json_t *keep)
{
	json_t *all = json_object_get(p->doc, "releases");
	size_t n = json_array_size(all);

	for (size_t i = n > KEEP_SLUGS ? n - KEEP_SLUGS : 0; i < n; i++)
		json_object_set_new(keep,
		    state_str(json_object_get(json_array_get(all, i), "slug"), "id"), json_true());
	json_object_set_new(keep,
	    state_str(json_object_get(api_release_current(p->doc), "slug"), "id"), json_true());
	for (const struct run *r = p->runs; r; r = r->next)
		json_object_set_new(keep, r->slug, json_true());
}

/* A slug that no release has had is new: it stays. */
static bool was_released(const json_t *releases, const char *slug)
{
	json_t *one;
	size_t i;

	json_array_foreach(releases, i, one)
	{
		if (strcmp(state_str(json_object_get(one, "slug"), "id"), slug) == 0)
			return true;
	}
	return false;
}

static void drop_oldest(struct world *w, json_t *list, size_t keep)
{
	while (json_array_size(list) > keep) {
		streams_remove(w->streams, state_str(json_array_get(list, 0), "id"));
		json_array_remove(list, 0);
	}
}

/* Sources are good for an hour, as the platform's signed addresses are. */
static void prune_sources(struct world *w)
{
	json_t *blobs = state_list(w->rules.api->state->global, "blobs");
	time_t now = time(NULL);

	for (size_t i = json_array_size(blobs); i-- > 0;) {
		AUTO_FREE char *path = xasprintf(
		    "%s/blobs/%s", w->rules.dir, state_str(json_array_get(blobs, i), "id"));
		struct stat st;

		if (stat(path, &st) || now - st.st_mtime < SOURCE_SECONDS)
			continue;
		(void)unlink(path);
		json_array_remove(blobs, i);
		state_touch(w->rules.api->state, NULL);
	}
}

void world_prune(struct place *p)
{
	json_t *slugs = json_object_get(p->doc, "slugs"), *keep = json_object();
	json_t *releases = json_object_get(p->doc, "releases");

	keep_slugs_of(p, keep);
	for (size_t i = json_array_size(slugs); i-- > 0;) {
		json_t *one = json_array_get(slugs, i);

		if (json_object_get(keep, state_str(one, "id")) ||
		    !was_released(releases, state_str(one, "id")))
			continue;
		world_slug_remove(p->world, state_str(one, "id"));
		json_array_remove(slugs, i);
	}
	json_decref(keep);
	drop_oldest(p->world, releases, KEEP_RELEASES);
	drop_oldest(p->world, json_object_get(p->doc, "builds"), KEEP_BUILDS);
	prune_sources(p->world);
	state_touch(p->world->rules.api->state, p->doc);
}

void world_forget(struct world *w, json_t *doc)
{
	static const char *const said[] = {"builds", "releases", NULL};
	json_t *one;
	size_t i;

	json_array_foreach(json_object_get(doc, "slugs"), i, one)
	{
		world_slug_remove(w, state_str(one, "id"));
	}
	for (const char *const *list = said; *list; list++) {
		json_array_foreach(json_object_get(doc, *list), i, one)
		{
			streams_remove(w->streams, state_str(one, "id"));
		}
	}
}

/* After a kill. */

static void fail_pending(struct world *w, json_t *doc, const char *list, const char *text)
{
	json_t *one;
	size_t i;

	json_array_foreach(json_object_get(doc, list), i, one)
	{
		if (strcmp(state_str(one, "status"), "pending") != 0)
			continue;
		json_object_set_new(one, "status", json_string("failed"));
		json_object_set_new(one, "updated_at", state_now());
		streams_append(w->streams, state_str(one, "id"), text);
		state_touch(w->rules.api->state, doc);
	}
}

/* The list's ids with what stands around them in the file system. */
static void know(json_t *known, json_t *list, const char *prefix, const char *suffix)
{
	json_t *one;
	size_t i;

	json_array_foreach(list, i, one)
	{
		AUTO_FREE char *name = xasprintf("%s%s%s", prefix, state_str(one, "id"), suffix);

		json_object_set_new(known, name, json_true());
	}
}

/* Remove all of the folder that is not known; *.tmp.* are files that were never finished. */
static void sweep(const struct world *w, const char *folder, json_t *known)
{
	AUTO_FREE char *path = xasprintf("%s/%s", w->rules.dir, folder);
	DIR *dir = opendir(path);
	const struct dirent *e;

	while (dir && (e = readdir(dir))) { /* NOLINT(concurrency-mt-unsafe): one thread */
		AUTO_FREE char *at = xasprintf("%s/%s", path, e->d_name);

		if (*e->d_name != '.' && !json_object_get(known, e->d_name))
			scratch_remove(at);
	}
	if (dir)
		(void)closedir(dir);
	json_decref(known);
}

void world_resume(struct world *w)
{
	json_t *slugs = json_pack("{s:b}", "empty", 1), *said = json_object(),
	       *blobs = json_object();
	json_t *repos = json_pack("{s:b}", "hook.sock", 1), *apps = json_object(), *doc;
	json_t *uploads = state_list(w->rules.api->state->global, "blobs");
	const char *id;

	json_object_foreach(w->rules.api->state->apps, id, doc)
	{
		const char *name = state_str(json_object_get(doc, "app"), "name");

		fail_pending(w, doc, "builds",
		    "\n !     Push failed: the platform was restarted during the build\n");
		fail_pending(w, doc, "releases",
		    "\n !     Release command failed: the platform was restarted\n");
		git_repo_recover(w->git, name);
		know(slugs, json_object_get(doc, "slugs"), "", "");
		know(said, json_object_get(doc, "builds"), "", ".txt");
		know(said, json_object_get(doc, "releases"), "", ".txt");
		AUTO_FREE char *file = xasprintf("%s.json", id);
		AUTO_FREE char *repo = xasprintf("%s.git", name);

		json_object_set_new(apps, file, json_true());
		json_object_set_new(repos, repo, json_true());
	}
	know(blobs, uploads, "", "");
	know(blobs, uploads, "slug-", "");
	sweep(w, "slugs", slugs);
	sweep(w, "outputs", said);
	sweep(w, "blobs", blobs);
	sweep(w, "git", repos);
	sweep(w, "apps", apps);
}

int world_life_open(struct world *w, struct err *err)
{
	AUTO_FREE char *dir = xasprintf("%s/outputs", w->rules.dir);

	return streams_new(dir, &w->streams, err);
}
