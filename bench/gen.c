/* SPDX-License-Identifier: MIT */
/* gen LINES LENGTH: that many lines of that many bytes (newline included) on stdout, in writes of
 * 64 KiB of whole lines, as fast as the reader takes them. */
#include <unistd.h>

#include "io.h"
#include "num.h"
#include "xmem.h"

int main(int argc, char **argv)
{
	uint64_t lines, length;

	if (argc != 3 || num_u64(argv[1], 1, UINT32_MAX, &lines) ||
	    num_u64(argv[2], 1, 65536, &length)) {
		(void)fputs("usage: gen LINES LENGTH\n", stderr);
		return FE_EXIT_USAGE;
	}
	uint64_t per_write = 65536 / length;
	char *block = xmalloc(65536);

	memset(block, 'x', 65536);
	for (uint64_t i = 1; i <= per_write; i++)
		block[i * length - 1] = '\n';
	while (lines > 0) {
		uint64_t now = lines < per_write ? lines : per_write;

		if (io_write_all(STDOUT_FILENO, block, now * length))
			return FE_EXIT_FAIL;
		lines -= now;
	}
	free(block);
	return 0;
}
