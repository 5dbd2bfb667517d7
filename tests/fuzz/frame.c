/* SPDX-License-Identifier: MIT */
/* frame: any bytes parse without harm, stay inside the input, and what was a frame can be written
 * again and reads the same. */
#include "frame.h"

#include "xmem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char *field(const char *p, size_t len)
{
	return xmemdup0(p, len);
}

static void write_again(const struct frame *f)
{
	AUTO_BUF struct buf b = BUF_INIT(BUF_MAX_BATCH);
	AUTO_FREE char *host = field(f->host, f->host_len);
	AUTO_FREE char *app = field(f->app, f->app_len);
	AUTO_FREE char *procid = field(f->procid, f->procid_len);
	struct frame again;

	if (f->at_ms < -62167219200000LL || f->at_ms > 253402300799999LL)
		return;
	fe_assert(frame_write(&b, &(struct frame_head){f->pri, f->at_ms, host, app, procid},
		      f->text, f->text_len) == 0);
	fe_assert(frame_parse(b.p, b.len, FRAME_LEN_MAX, &again) == (long)b.len);
	fe_assert(!again.headerless && again.pri == f->pri && again.at_ms == f->at_ms);
	if (strcmp(host, "host") == 0) {
		fe_assert(again.text_len == f->text_len);
		fe_assert(memcmp(again.text, f->text, f->text_len) == 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *p = (const char *)data, *end = p + size;

	while (p < end) {
		struct frame f;
		long used = frame_parse(p, (size_t)(end - p), 20000, &f);

		if (used <= 0)
			break;
		fe_assert(used <= end - p);
		fe_assert(f.text >= p && f.text + f.text_len == p + used);
		fe_assert(f.headerless || (f.host_len && f.app_len && f.procid_len && f.time_len));
		if (!f.headerless)
			write_again(&f);
		p += used;
	}
	return 0;
}
