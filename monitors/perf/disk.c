/* SPDX-License-Identifier: MIT */
/* perf/disk: megabytes a second of direct, synchronous writes to a nameless temporary file. */
#include <errno.h>
#include <unistd.h>

#include "diskrate.h"
#include "mon.h"

static struct {
	const char *dir;
	int64_t count, size;
} cfg;

static const struct opt opts[] = {
    {"dir", 0, OPT_STRING, &cfg.dir, "DIR", "/var/tmp", 0, 0, NULL, "write in this directory", NULL,
	false},
    {"count", 0, OPT_INT, &cfg.count, "N", "20", 1, 10000, NULL, "number of writes", NULL, false},
    {"size", 0, OPT_INT, &cfg.size, "KB", "10240", 4, 1048576, NULL,
	"KB (1024 bytes) of one write, a multiple of 4", NULL, false},
    OPT_END,
};

static int probe(struct try *t)
{
	struct diskrate rate;
	struct err err = ERR_INIT;

	try_enter(t, "write");
	try_evidence(t, "dd", "dd if=/dev/zero of=%s/x bs=%lldK count=%lld oflag=direct,dsync",
	    cfg.dir, (long long)cfg.size, (long long)cfg.count);
	int rc = diskrate_run(cfg.dir, (unsigned)cfg.count, (size_t)cfg.size * 1024, &rate, &err);
	if (rc == FE_ESYS)
		return try_unknown(t, "local", "%s", err_text(&err));
	if (rc < 0)
		return try_fail(t, "%s", err_text(&err));
	try_phase(t, "write", rate.ns);
	try_value(t, "rate", (double)rate.bytes * 1e3 / (double)(rate.ns + 1), "MB/s");
	try_value(t, "slowest", (double)rate.slowest_ns / 1e9, "s");
	try_value(t, "direct", rate.direct, "");
	return try_pass(t);
}

static int prepare(struct err *err)
{
	if (cfg.size % 4)
		return err_set(
		    err, FE_EUSAGE, "--size %lld: wanted a multiple of 4", (long long)cfg.size);
	if (access(cfg.dir, W_OK | X_OK) < 0)
		return err_sys(err, errno, "--dir %s", cfg.dir), FE_EUSAGE;
	return 0;
}

int main(int argc, char **argv)
{
	static const struct mon_spec spec = {
	    .name = "perf/disk",
	    .summary = "measure direct, synchronous writes in MB (10^6 bytes) a second",
	    .about = "The file has no name, so nothing is left behind however the monitor ends.\n"
		     "`direct` is 0 where the file system cannot write past its cache or lies in\n"
		     "memory (tmpfs): the rate is then that of synchronous writes alone.",
	    .targets = MON_NO_TARGETS,
	    .check = "write",
	    .opts = opts,
	    .probe = probe,
	    .prepare = prepare,
	    .multiple = 6,
	};

	return mon_main(argc, argv, &spec);
}
