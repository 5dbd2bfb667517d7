/* SPDX-License-Identifier: MIT */
/*
 * prom_text: Prometheus' text format 0.0.4, one piece behind the other: prom_head, and for each sample
 * prom_name, its labels, and prom_value or prom_count. Names are constants of ours; values of labels are
 * escaped, and what is no UTF-8 in them becomes U+FFFD.
 */
#ifndef FE_COLLECTOR_PROM_TEXT_H
#define FE_COLLECTOR_PROM_TEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"

struct prom {
	struct buf *out;
	bool labels; /* of this sample, one was written */
	bool over;   /* the buffer's ceiling was reached: what it holds is not whole */
};

void prom_head(struct prom *p, const char *name, const char *type, const char *help);
void prom_name(struct prom *p, const char *name);
void prom_label(struct prom *p, const char *name, const char *value, size_t len);
void prom_value(struct prom *p, double value);
void prom_count(struct prom *p, uint64_t n);

#endif
