/* SPDX-License-Identifier: MIT */
/* dns: any bytes read as an answer of any type do no harm, and what is read can be judged. */
#include "dns_target.h"
#include "dns_wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const int types[] = {
	    DNS_A, DNS_NS, DNS_CNAME, DNS_SOA, DNS_PTR, DNS_MX, DNS_TXT, DNS_AAAA, DNS_SRV};

	for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
		const struct dns_query q = {.name = "a.b", .type = types[i]};
		struct strv AUTO_STRV one = {0};
		const struct dns_wanted w = {.least = 1, .answers = &one};
		struct dns_reply r;

		strv_add(&one, "x");
		dns_reply_init(&r);
		enum dns_read read = dns_decode(data, size, &q, 0x1234, &r);

		fe_assert(read == DNS_READ || r.why.len > 0);
		if (read == DNS_READ && !r.truncated)
			(void)!dns_judge(&q, &r, &w, "s", NULL);
		dns_reply_done(&r);
	}
	return 0;
}
