/* SPDX-License-Identifier: MIT */
/* repo_push: two commits made from files, put on a branch of the server. */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io.h"
#include "repo_in.h"
#include "xmem.h"

#define AUTHOR "ferret"
#define AUTHOR_MAIL "ferret@localhost"

/* ---- what is pushed ---- */

static int add_file(git_index *index, const struct repo_push *p, const char *path, struct err *err)
{
	struct buf AUTO_BUF text = BUF_INIT(BUF_MAX_FILE);
	AUTO_FREE char *full = xasprintf("%s/%s", p->tree, path);
	struct stat st;

	if (stat(full, &st) < 0 || io_read_file(full, &text, err) < 0)
		return err_set(err, FE_ESYS, "%s cannot be read", full);
	git_index_entry entry = {
	    .path = path,
	    .mode = st.st_mode & S_IXUSR ? GIT_FILEMODE_BLOB_EXECUTABLE : GIT_FILEMODE_BLOB,
	};
	if (git_index_add_from_buffer(index, &entry, buf_str(&text), text.len) < 0)
		return err_set(err, FE_ESYS, "%s: %s", full, git_error_last()->message);
	return 0;
}

/* All files as one tree of repo. */
static int make_tree(
    git_repository *repo, const struct repo_push *p, git_tree **out, struct err *err)
{
	git_index *index = NULL;
	git_oid oid;
	int rc = git_repository_index(&index, repo) < 0 ? FE_ESYS : 0;

	for (size_t i = 0; rc == 0 && i < p->paths->n; i++)
		rc = add_file(index, p, p->paths->v[i], err);
	if (rc == 0 && (git_index_write_tree_to(&oid, index, repo) < 0 ||
			   git_tree_lookup(out, repo, &oid) < 0))
		rc = FE_ESYS;
	git_index_free(index);
	return rc;
}

static int commit(git_repository *repo, const git_tree *tree, const git_oid *parent_id,
    const git_signature *who, const char *message, git_oid *out)
{
	git_commit *parent = NULL;
	int rc = parent_id ? git_commit_lookup(&parent, repo, parent_id) : 0;
	const git_commit *parents[] = {parent};

	if (rc == 0)
		rc = git_commit_create(
		    out, repo, "HEAD", who, who, NULL, message, tree, parent ? 1 : 0, parents);
	git_commit_free(parent);
	return rc;
}

/* The same files give the same first commit, which the server then has already. */
static int make_commits(
    git_repository *repo, const struct repo_push *p, git_oid *top, struct err *err)
{
	git_signature *fixed = NULL, *now = NULL;
	git_tree *tree = NULL;
	git_oid base;
	int rc = make_tree(repo, p, &tree, err);

	if (rc == 0 && (git_signature_new(&fixed, AUTHOR, AUTHOR_MAIL, 0, 0) < 0 ||
			   git_signature_now(&now, AUTHOR, AUTHOR_MAIL) < 0 ||
			   commit(repo, tree, NULL, fixed, "the canary", &base) < 0 ||
			   commit(repo, tree, &base, now, p->message, top) < 0))
		rc = FE_ESYS;
	git_signature_free(fixed);
	git_signature_free(now);
	git_tree_free(tree);
	return rc;
}

static int make_local(struct repo_session *s, git_repository **repo, git_oid *top, struct err *err)
{
	int rc = git_repository_init(repo, s->job->dir, 1) < 0 ? FE_ESYS : 0;

	if (rc == 0)
		rc = make_commits(*repo, s->job->push, top, err);
	if (rc < 0 && err && !err->code)
		err_set(err, rc, "making the commits: %s",
		    git_error_last() ? git_error_last()->message : "no reason given");
	return rc;
}

/* ---- the push ---- */

static int on_said(const char *p, int n, void *payload)
{
	struct repo_session *s = payload;
	const struct repo_push *push = s->job->push;

	if (s->phase == REPO_PUSH)
		repo_enter(s, REPO_BUILD);
	if (push->said && n > 0)
		push->said(push->arg, p, (size_t)n);
	return 0;
}

static int on_verdict(const char *ref, const char *status, void *payload)
{
	struct repo_session *s = payload;

	(void)ref;
	s->reported = true;
	if (status && !s->refusal)
		s->refusal = xstrdup(status);
	return 0;
}

static int upload(struct repo_session *s, git_remote *remote, const char *ref)
{
	AUTO_FREE char *spec = xasprintf("+HEAD:%s", ref);
	char *specs[] = {spec};
	git_push_options options;

	(void)git_push_options_init(&options, GIT_PUSH_OPTIONS_VERSION);
	repo_cred_callbacks(s, &options.callbacks);
	options.callbacks.sideband_progress = on_said;
	options.callbacks.push_update_reference = on_verdict;
	repo_enter(s, REPO_PUSH);
	return git_remote_upload(remote, &(git_strarray){specs, 1}, &options);
}

static int push_to(struct repo_session *s, git_remote *remote, const git_oid *top, struct err *err)
{
	AUTO_FREE char *ref = xasprintf("refs/heads/%s", s->job->push->branch);
	char wanted[65];
	bool found = false;
	int rc = repo_connect(s, remote, GIT_DIRECTION_PUSH);

	if (rc < 0 || (rc = repo_read_refs(s, remote, ref, &found)) < 0)
		return repo_failure(s, rc, err);
	git_oid_tostr(wanted, sizeof wanted, top);
	if (found && strcmp(s->seen->commit, wanted) == 0)
		return err_set(err, FE_EEXIST, "%s is at %s already", ref, wanted);
	if ((rc = upload(s, remote, ref)) < 0)
		return repo_failure(s, rc, err);
	if (s->refusal)
		return err_set(err, FE_EACCES, "%s refused: %.200s", ref, s->refusal);
	if (!s->reported)
		return err_set(err, FE_EPROTO, "the server did not say what became of %s", ref);
	memcpy(s->seen->commit, wanted, sizeof wanted);
	return 0;
}

int repo_push(const struct repo_job *job, struct repo_seen *out, struct err *err)
{
	struct repo_session s;
	git_repository *repo = NULL;
	git_remote *remote = NULL;
	git_oid top;
	int rc = repo_begin(&s, job, out, err);

	if (rc == 0)
		rc = make_local(&s, &repo, &top, err);
	if (rc == 0 && git_remote_create_anonymous(&remote, repo, job->url) < 0)
		rc = err_set(err, FE_ESYS, "%s", git_error_last()->message);
	if (rc == 0)
		rc = push_to(&s, remote, &top, err);
	git_remote_free(remote);
	git_repository_free(repo);
	repo_end(&s);
	return rc;
}
