/* SPDX-License-Identifier: MIT */
/* repo: the two jobs, step by step, so that each step's time is its own. */
#include "repo.h"

#include <limits.h>
#include <stdlib.h>

#include "clock.h"
#include "repo_in.h"
#include "xmem.h"

#define INTO_HEAD "refs/heads/"
#define INTO_TAG "refs/tags/"

const char *const repo_phase_names[REPO_PHASES] = {
#define X(name, text) [REPO_##name] = (text),
    REPO_PHASES_X(X)
#undef X
};

/* ---- time ---- */

uint64_t repo_deadline(const struct repo_session *s)
{
	return s->job->deadline_ns ? s->job->deadline_ns : UINT64_MAX;
}

void repo_enter(struct repo_session *s, enum repo_phase phase)
{
	uint64_t now = clock_mono_ns();

	if (s->phase < REPO_PHASES)
		s->seen->phase_ns[s->phase] += now - s->since_ns;
	if (phase != s->phase)
		s->got = 0;
	s->phase = phase;
	s->since_ns = now;
	s->last_ns = now;
	if (phase < REPO_PHASES && s->job->entered)
		s->job->entered(s->job->arg, repo_phase_names[phase], s->seen->peer);
}

/* ---- a session ---- */

/* Only SSH may look into the home directory; nobody's insteadOf or proxy bends a measurement. */
static void shut_configuration(const struct repo_session *s)
{
	static const int levels[] = {
	    GIT_CONFIG_LEVEL_SYSTEM, GIT_CONFIG_LEVEL_XDG, GIT_CONFIG_LEVEL_PROGRAMDATA};

	for (size_t i = 0; i < ARRAY_LEN(levels); i++)
		(void)git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, levels[i], "");
	if (s->scheme != REPO_SSH || REPO_LIBGIT2(1, 7))
		(void)git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, GIT_CONFIG_LEVEL_GLOBAL, "");
}

/* What libgit2's own socket (SSH) can be bounded by, where it can. */
static void bound_ssh(const struct repo_session *s)
{
#if REPO_LIBGIT2(1, 7)
	uint64_t now = clock_mono_ns(), end = repo_deadline(s);
	uint64_t ms = end > now ? (end - now) / NS_PER_MS + 1 : 1;
	int left = !s->job->deadline_ns ? 0 : ms > INT_MAX ? INT_MAX : (int)ms;

	(void)git_libgit2_opts(GIT_OPT_SET_SERVER_TIMEOUT, left);
	(void)git_libgit2_opts(GIT_OPT_SET_SERVER_CONNECT_TIMEOUT, left);
#else
	(void)s;
#endif
}

int repo_begin(
    struct repo_session *s, const struct repo_job *job, struct repo_seen *out, struct err *err)
{
	memset(out, 0, sizeof *out);
	*s = (struct repo_session){.job = job,
	    .seen = out,
	    .scheme = repo_scheme_of(job->url),
	    .phase = REPO_OTHER,
	    .since_ns = clock_mono_ns()};
	shut_configuration(s);
	bound_ssh(s);
	git_error_clear();
	return repo_stream_use(s, err);
}

void repo_end(struct repo_session *s)
{
	repo_enter(s, REPO_OTHER);
	repo_stream_end();
	err_done(&s->io);
	free(s->origin);
	free(s->refusal);
}

/* ---- refs ---- */

int repo_connect(struct repo_session *s, git_remote *remote, git_direction direction)
{
	git_remote_connect_options options;

	(void)git_remote_connect_options_init(&options, GIT_REMOTE_CONNECT_OPTIONS_VERSION);
	repo_cred_callbacks(s, &options.callbacks);
	options.follow_redirects = GIT_REMOTE_REDIRECT_INITIAL;
	repo_enter(s, s->scheme == REPO_SSH ? REPO_CONNECT : REPO_REFS);
	return git_remote_connect_ext(remote, direction, &options);
}

static bool is_ref(const char *full, const char *name)
{
	if (strcmp(full, name) == 0)
		return true;
	if (strncmp(full, INTO_HEAD, strlen(INTO_HEAD)) == 0)
		return strcmp(full + strlen(INTO_HEAD), name) == 0;
	return strncmp(full, INTO_TAG, strlen(INTO_TAG)) == 0 &&
	       strcmp(full + strlen(INTO_TAG), name) == 0;
}

int repo_read_refs(struct repo_session *s, git_remote *remote, const char *which, bool *found)
{
	const git_remote_head **heads = NULL;
	size_t n = 0;
	int rc = git_remote_ls(&heads, &n, remote);

	*found = false;
	for (size_t i = 0; rc == 0 && i < n; i++) {
		if (*found || !is_ref(heads[i]->name, which ? which : "HEAD"))
			continue;
		*found = true;
		git_oid_tostr(s->seen->commit, sizeof s->seen->commit, &heads[i]->oid);
	}
	s->seen->refs = rc == 0 ? n : 0;
	s->seen->empty = rc == 0 && n == 0;
	return rc;
}

int repo_refs(const struct repo_job *job, struct repo_seen *out, struct err *err)
{
	struct repo_session s;
	git_remote *remote = NULL;
	bool found = false;
	int rc = repo_begin(&s, job, out, err);

	if (rc == 0 && ((rc = git_remote_create_detached(&remote, job->url)) < 0 ||
			   (rc = repo_connect(&s, remote, GIT_DIRECTION_FETCH)) < 0 ||
			   (rc = repo_read_refs(&s, remote, job->ref, &found)) < 0))
		rc = repo_failure(&s, rc, err);
	if (rc == 0 && job->ref && !found)
		rc = err_set(err, FE_ENOENT, "no ref %s among %llu", job->ref,
		    (unsigned long long)out->refs);
	git_remote_free(remote);
	repo_end(&s);
	return rc;
}

/* ---- clone ---- */

static int progress(const git_indexer_progress *stats, void *payload)
{
	struct repo_session *s = payload;

	s->seen->objects = stats->received_objects;
	s->seen->bytes = stats->received_bytes;
	return 0;
}

static int download(struct repo_session *s, git_remote *remote)
{
	git_fetch_options options;

	(void)git_fetch_options_init(&options, GIT_FETCH_OPTIONS_VERSION);
	repo_cred_callbacks(s, &options.callbacks);
	options.callbacks.transfer_progress = progress;
#if REPO_LIBGIT2(1, 7)
	options.depth = (int)s->job->depth;
#endif
	repo_enter(s, REPO_PACK);
	int rc = git_remote_download(remote, NULL, &options);
	if (rc < 0)
		return rc;
	const git_indexer_progress *stats = git_remote_stats(remote);
	s->seen->objects = stats ? stats->total_objects : s->seen->objects;
	s->seen->bytes = stats && stats->received_bytes ? stats->received_bytes : s->seen->bytes;
	return git_remote_update_tips(
	    remote, &options.callbacks, 0, GIT_REMOTE_DOWNLOAD_TAGS_AUTO, "clone");
}

/* The branch to stand on: the one wanted, else the remote HEAD's; "" when HEAD names none. */
static int choose_branch(struct repo_session *s, git_remote *remote, char **out)
{
	git_buf name = GIT_BUF_INIT;

	if (s->job->branch) {
		*out = xasprintf(INTO_HEAD "%s", s->job->branch);
		return 0;
	}
	int rc = git_remote_default_branch(&name, remote);
	*out = xstrdup(rc == 0 ? name.ptr : "");
	git_buf_dispose(&name);
	return rc == GIT_ENOTFOUND ? 0 : rc;
}

static int set_head(struct repo_session *s, git_repository *repo, const char *branch)
{
	git_reference *local = NULL;
	git_oid tip;
	AUTO_FREE char *remote_name =
	    *branch ? xasprintf("refs/remotes/origin/%s", branch + strlen(INTO_HEAD)) : NULL;

	if (!*branch) /* a detached remote HEAD */
		return git_oid_fromstr(&tip, s->seen->commit) < 0
			   ? -1
			   : git_repository_set_head_detached(repo, &tip);
	int rc = git_reference_name_to_id(&tip, repo, remote_name);
	if (rc == 0)
		rc = git_reference_create(&local, repo, branch, &tip, 1, "clone");
	git_reference_free(local);
	return rc < 0 ? rc : git_repository_set_head(repo, branch);
}

static int check_out(struct repo_session *s, git_remote *remote, git_repository *repo)
{
	git_checkout_options options;
	AUTO_FREE char *branch = NULL;
	int rc = choose_branch(s, remote, &branch);

	if (rc < 0)
		return rc;
	repo_enter(s, REPO_CHECKOUT);
	if (!*branch && !*s->seen->commit) {
		(void)snprintf(s->seen->checked_out, sizeof s->seen->checked_out,
		    "nothing to check out: the remote HEAD names no ref");
		return 0;
	}
	rc = set_head(s, repo, branch);
	(void)git_checkout_options_init(&options, GIT_CHECKOUT_OPTIONS_VERSION);
	options.checkout_strategy = GIT_CHECKOUT_FORCE;
	return rc < 0 || s->job->bare ? rc : git_checkout_head(repo, &options);
}

static int clone_steps(struct repo_session *s, git_repository **repo, git_remote **remote)
{
	bool found = false;
	int rc = git_repository_init(repo, s->job->dir, s->job->bare);

	if (rc < 0 || (rc = git_remote_create(remote, *repo, "origin", s->job->url)) < 0 ||
	    (rc = repo_connect(s, *remote, GIT_DIRECTION_FETCH)) < 0 ||
	    (rc = repo_read_refs(s, *remote, NULL, &found)) < 0)
		return rc;
	if (s->seen->empty) {
		s->seen->empty = git_repository_is_empty(*repo) == 1;
		return 0;
	}
	if ((rc = download(s, *remote)) < 0)
		return rc;
	return check_out(s, *remote, *repo);
}

static int has_branch(const struct repo_session *s, git_repository *repo, struct err *err)
{
	git_reference *ref = NULL;

	if (!s->job->branch)
		return 0;
	int rc = repo ? git_branch_lookup(&ref, repo, s->job->branch, GIT_BRANCH_LOCAL) : -1;
	git_reference_free(ref);
	return rc < 0 ? err_set(err, FE_ENOENT, "no branch %s among %llu refs", s->job->branch,
			    (unsigned long long)s->seen->refs)
		      : 0;
}

int repo_clone(const struct repo_job *job, struct repo_seen *out, struct err *err)
{
	struct repo_session s;
	git_repository *repo = NULL;
	git_remote *remote = NULL;
	int rc = repo_begin(&s, job, out, err);

	if (rc == 0 && (rc = clone_steps(&s, &repo, &remote)) < 0) {
		bool no_branch = rc == GIT_ENOTFOUND && s.phase == REPO_CHECKOUT;
		rc = no_branch && job->branch ? has_branch(&s, repo, err) : 0;
		rc = rc < 0 ? rc : repo_failure(&s, -1, err);
	} else if (rc == 0) {
		rc = has_branch(&s, repo, err);
	}
	git_remote_free(remote);
	git_repository_free(repo);
	repo_end(&s);
	return rc;
}
