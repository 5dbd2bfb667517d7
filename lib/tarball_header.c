/* SPDX-License-Identifier: MIT */
/* The headers of a tar: ustar blocks, and pax records where a name does not fit. Pure. */
#include <string.h>

#include "tarball_in.h"
#include "xmem.h"

/* POSIX.1-1988, all text or octal digits. */
struct ustar {
	char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], checksum[8], type;
	char target[100], magic[6], version[2], owner[32], group[32], major[8], minor[8];
	char prefix[155], rest[12];
};
_Static_assert(sizeof(struct ustar) == TAR_BLOCK, "a header is a block");

/* One date for all: 1980-01-01, the first that every unpacker takes without a word. */
#define ONE_DATE 315532800ULL

static void octal(char *field, size_t size, uint64_t value)
{
	for (size_t i = size - 1; i-- > 0; value >>= 3)
		field[i] = (char)('0' + (value & 7));
}

static void text(char *field, size_t size, const char *from, size_t n)
{
	memcpy(field, from, n < size ? n : size);
}

/* Where a name of more than 100 bytes can be cut into prefix and name; NULL: nowhere. */
static const char *cut_of(const char *name, size_t n)
{
	const struct ustar *h = NULL;

	for (const char *s = strchr(name, '/'); s; s = strchr(s + 1, '/')) {
		size_t left = (size_t)(s - name), right = n - left - 1;

		if (left > 0 && left <= sizeof h->prefix && right > 0 && right <= sizeof h->name)
			return s;
	}
	return NULL;
}

static bool set_name(struct ustar *h, const char *name)
{
	size_t n = strlen(name);
	const char *cut = n > sizeof h->name ? cut_of(name, n) : NULL;

	if (n > sizeof h->name && !cut) {
		text(h->name, sizeof h->name, name, n);
		return false;
	}
	if (cut) {
		text(h->prefix, sizeof h->prefix, name, (size_t)(cut - name));
		name = cut + 1;
	}
	text(h->name, sizeof h->name, name, strlen(name));
	return true;
}

static int put_block(struct ustar *h, struct buf *out)
{
	const unsigned char *p = (const unsigned char *)h;
	unsigned sum = 0;

	memset(h->checksum, ' ', sizeof h->checksum);
	for (size_t i = 0; i < sizeof *h; i++)
		sum += p[i];
	octal(h->checksum, 7, sum);
	h->checksum[6] = '\0';
	return buf_add(out, h, sizeof *h);
}

static struct ustar new_block(char type, unsigned mode, uint64_t size)
{
	struct ustar h = {.type = type, .magic = "ustar", .version = {'0', '0'}};

	octal(h.mode, sizeof h.mode, mode);
	octal(h.uid, sizeof h.uid, 0);
	octal(h.gid, sizeof h.gid, 0);
	octal(h.size, sizeof h.size, size);
	octal(h.mtime, sizeof h.mtime, ONE_DATE);
	octal(h.major, sizeof h.major, 0);
	octal(h.minor, sizeof h.minor, 0);
	return h;
}

/* "LEN key=value\n", where LEN counts itself. */
static int put_record(struct buf *out, const char *key, const char *value)
{
	size_t rest = strlen(key) + strlen(value) + 3, len = rest + 1;

	for (size_t digits = 1, limit = 10; len >= limit; limit *= 10)
		len = rest + ++digits;
	return buf_addf(out, "%zu %s=%s\n", len, key, value);
}

static int pad(struct buf *out)
{
	static const char zero[TAR_BLOCK];

	return out->len % TAR_BLOCK ? buf_add(out, zero, TAR_BLOCK - out->len % TAR_BLOCK) : 0;
}

static int put_pax(const char *path, const char *target, struct buf *out)
{
	struct buf AUTO_BUF records = BUF_INIT(TAR_MAX_HEADER);
	int rc = path ? put_record(&records, "path", path) : 0;

	if (!rc && target)
		rc = put_record(&records, "linkpath", target);
	if (rc)
		return rc;
	struct ustar h = new_block('x', 0644, records.len);

	(void)set_name(&h, "./pax");
	rc = put_block(&h, out);
	if (!rc)
		rc = buf_add(out, records.p, records.len);
	return rc ? rc : pad(out);
}

int tar_header(const struct tar_member *m, struct buf *out, struct err *err)
{
	bool link = m->target != NULL;
	struct ustar h = new_block(link ? '2' : '0',
	    link            ? 0777
	    : m->executable ? 0755
			    : 0644,
	    m->size);
	size_t n = link ? strlen(m->target) : 0;
	bool named = set_name(&h, m->name), aimed = n <= sizeof h.target;
	int rc = 0;

	if (m->size > TAR_MAX_FILE)
		return err_set(err, FE_ELIMIT, "%s: larger than %llu bytes", m->name, TAR_MAX_FILE);
	if (link)
		text(h.target, sizeof h.target, m->target, n);
	if (!named || !aimed)
		rc = put_pax(named ? NULL : m->name, aimed ? NULL : m->target, out);
	if (!rc)
		rc = put_block(&h, out);
	return rc ? err_set(err, rc, "%.100s...: its name is too long", m->name) : 0;
}
