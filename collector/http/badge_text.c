/* SPDX-License-Identifier: MIT */
#include "badge_text.h"

#include "json.h"

#define SIZE 11.0 /* of the letters, pixels */
#define PAD 6.0
#define WIDE 1.0 /* of an unknown character, in letters' sizes */

/* Advances of Verdana's kin (DejaVu Sans) from ' ' to '~', in 2,048ths of the size. */
static const unsigned short advances[] = {651, 821, 942, 1716, 1303, 1946, 1597, 563, 799, 799,
    1024, 1716, 651, 739, 651, 690, 1303, 1303, 1303, 1303, 1303, 1303, 1303, 1303, 1303, 1303, 690,
    690, 1716, 1716, 1716, 1087, 2048, 1401, 1405, 1430, 1577, 1294, 1178, 1587, 1540, 604, 604,
    1343, 1141, 1767, 1532, 1612, 1235, 1612, 1423, 1300, 1251, 1499, 1401, 2025, 1403, 1251, 1403,
    799, 690, 799, 1716, 1024, 1024, 1255, 1300, 1126, 1300, 1260, 721, 1300, 1298, 569, 569, 1186,
    569, 1995, 1298, 1253, 1300, 1300, 842, 1067, 803, 1298, 1212, 1675, 1212, 1212, 1075, 1303,
    690, 1303, 1716};
_Static_assert(sizeof advances / sizeof *advances == '~' - ' ' + 1, "one for each character");

static size_t next(const char *text)
{
	size_t n = json_character(text, strlen(text));

	return n ? n : 1;
}

double badge_width(const char *text)
{
	double width = 0;

	for (; *text; text += next(text)) {
		unsigned char c = (unsigned char)*text;

		width += c >= ' ' && c <= '~' ? advances[c - ' '] / 2048.0 : WIDE;
	}
	return width * SIZE;
}

/* At most so many characters: the beginning, dots, the end. */
static int shorten(struct buf *out, const char *text)
{
	size_t all = 0, at = 0;
	int rc = 0;

	for (const char *p = text; *p; p += next(p))
		all++;
	for (const char *p = text; *p && !rc; p += next(p), at++) {
		if (all <= BADGE_CHARACTERS || at < BADGE_CHARACTERS / 2 ||
		    at > all - BADGE_CHARACTERS / 2)
			rc = buf_add(out, p, next(p));
		else if (at == BADGE_CHARACTERS / 2)
			rc = buf_adds(out, "\xe2\x80\xa6");
	}
	return rc;
}

static const char *entity(char c)
{
	return c == '&'   ? "&amp;"
	       : c == '<' ? "&lt;"
	       : c == '>' ? "&gt;"
	       : c == '"' ? "&quot;"
			  : NULL;
}

/* U+FFFE and U+FFFF are characters of no XML, as are the controls. */
static int escape(struct buf *out, const char *text)
{
	int rc = 0;

	for (; *text && !rc; text += next(text)) {
		size_t n = json_character(text, strlen(text));
		const char *name = entity(*text);

		if (name)
			rc = buf_adds(out, name);
		else if (n == 0 || (unsigned char)*text < ' ' || *text == 0x7f ||
			 (n == 3 && (memcmp(text, "\xef\xbf\xbe", 3) == 0 ||
					memcmp(text, "\xef\xbf\xbf", 3) == 0)))
			rc = buf_adds(out, "\xef\xbf\xbd");
		else
			rc = buf_add(out, text, n);
	}
	return rc;
}

static int put_text(struct buf *out, const char *text, double at, double width)
{
	int rc = buf_addf(out, "<text x=\"%.1f\" y=\"14\" textLength=\"%.1f\">", at, width);

	if (!rc)
		rc = escape(out, text);
	return rc ? rc : buf_adds(out, "</text>");
}

/* The whole texts, for those who do not see the picture. */
static int put_title(struct buf *out, const char *label, const char *words)
{
	int rc = escape(out, label);

	if (!rc)
		rc = buf_adds(out, ": ");
	return rc ? rc : escape(out, words);
}

int badge_draw(struct buf *out, const char *label, const char *words, const char *colour)
{
	struct buf AUTO_BUF shown = BUF_INIT(BUF_MAX_TEXT);
	int rc = shorten(&shown, label);
	double left = badge_width(buf_str(&shown)), right = badge_width(words);
	double middle = left + 2 * PAD, all = middle + right + 2 * PAD;

	if (!rc)
		rc = buf_addf(out,
		    "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.1f\" height=\"20\" "
		    "role=\"img\" aria-labelledby=\"t\"><title id=\"t\">",
		    all);
	if (!rc)
		rc = put_title(out, label, words);
	if (!rc)
		rc = buf_addf(out,
		    "</title><rect width=\"%.1f\" height=\"20\" rx=\"3\" fill=\"#33383e\"/>"
		    "<path d=\"M%.1f 0h%.1fa3 3 0 0 1 3 3v14a3 3 0 0 1-3 3H%.1fz\" fill=\"%s\"/>"
		    "<g fill=\"#fff\" font-family=\"Verdana,DejaVu Sans,sans-serif\" "
		    "font-size=\"11\">",
		    all, middle, all - middle - 3, middle, colour);
	if (!rc)
		rc = put_text(out, buf_str(&shown), PAD, left);
	if (!rc)
		rc = put_text(out, words, middle + PAD, right);
	return rc ? rc : buf_adds(out, "</g></svg>\n");
}
