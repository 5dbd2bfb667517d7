/* SPDX-License-Identifier: MIT */
/*
 * asset: the dashboard's pages and what they load, embedded at build by collector/web/embed.sh.
 *
 * What pages load lies at /static/HASH/NAME, HASH being that of all of them: kept for ever by who
 * has it, compressed for who takes it. Under another hash (a page of an older or a newer build) the
 * answer is the same, but is not to be kept. Pages themselves are never kept.
 */
#ifndef FE_COLLECTOR_ASSET_H
#define FE_COLLECTOR_ASSET_H

#include <stddef.h>

struct asset {
	const char *name, *type; /* "app.css", "index.html", "manifests/20-git.json" */
	const char *raw;         /* a NUL stands behind it */
	size_t raw_n;
	const char *gz;
	size_t gz_n;
};

extern const char asset_hash[];
extern const struct asset asset_table[]; /* by name; ends with name NULL */

/* NULL: there is none of this name. */
const struct asset *asset_find(const char *name);

#endif
