/* SPDX-License-Identifier: MIT */
/* badge_text: two texts side by side as an SVG picture, as wide as they are. Pure. */
#ifndef FE_COLLECTOR_BADGE_TEXT_H
#define FE_COLLECTOR_BADGE_TEXT_H

#include "buf.h"

#define BADGE_CHARACTERS 60U /* shown of a text; a longer one is cut in its middle, with dots */

/* Texts may hold anything: what is no XML is replaced by U+FFFD, the rest escaped. FE_ELIMIT. */
int badge_draw(struct buf *out, const char *label, const char *words, const char *colour);
/* Width of a text in pixels, as drawn (11 pixels high). */
double badge_width(const char *text);

#endif
