/* SPDX-License-Identifier: MIT */
/* frame: Logplex frames, written and parsed. */
#include "frame.h"

#include "scan.h"

#define DAY_MS 86400000LL
#define YEAR_0000_MS (-62167219200000LL)
#define YEAR_9999_MS 253402300799999LL

struct civil {
	int64_t year;
	unsigned month, day; /* from 1 */
};

/* Days since 1970-01-01 to a date and back, by eras of 400 years whose year begins in March, so
 * that the leap day is the last one. */
static struct civil civil_of_days(int64_t days)
{
	days += 719468; /* 0000-03-01 */
	int64_t era = (days >= 0 ? days : days - 146096) / 146097;
	unsigned in_era = (unsigned)(days - era * 146097);
	unsigned year = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
	unsigned in_year = in_era - (365 * year + year / 4 - year / 100);
	unsigned shifted = (5 * in_year + 2) / 153; /* March is 0 */
	struct civil c = {.month = shifted < 10 ? shifted + 3 : shifted - 9,
	    .day = in_year - (153 * shifted + 2) / 5 + 1};

	c.year = (int64_t)year + era * 400 + (c.month <= 2);
	return c;
}

static int64_t days_of_civil(struct civil c)
{
	int64_t y = c.year - (c.month <= 2);
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	unsigned in_era = (unsigned)(y - era * 400);
	unsigned shifted = c.month > 2 ? c.month - 3 : c.month + 9;
	unsigned in_year = (153 * shifted + 2) / 5 + c.day - 1;

	return era * 146097 + (int64_t)(in_era * 365 + in_era / 4 - in_era / 100 + in_year) -
	       719468;
}

static void put_digits(char *at, unsigned width, uint64_t value)
{
	while (width > 0) {
		at[--width] = (char)('0' + value % 10);
		value /= 10;
	}
}

static void put_time(char *out, int64_t at_ms)
{
	if (at_ms < YEAR_0000_MS)
		at_ms = YEAR_0000_MS;
	if (at_ms > YEAR_9999_MS)
		at_ms = YEAR_9999_MS;
	int64_t days = at_ms / DAY_MS - (at_ms % DAY_MS < 0);
	unsigned ms = (unsigned)(at_ms - days * DAY_MS);
	struct civil c = civil_of_days(days);

	memcpy(out, "0000-00-00T00:00:00.000000+00:00", FRAME_TIME_LEN);
	put_digits(out, 4, (uint64_t)c.year);
	put_digits(out + 5, 2, c.month);
	put_digits(out + 8, 2, c.day);
	put_digits(out + 11, 2, ms / 3600000);
	put_digits(out + 14, 2, ms / 60000 % 60);
	put_digits(out + 17, 2, ms / 1000 % 60);
	put_digits(out + 20, 3, ms % 1000);
}

static unsigned digits_of(uint64_t value)
{
	unsigned n = 1;

	while (value >= 10) {
		value /= 10;
		n++;
	}
	return n;
}

static char *put_field(char *at, const char *text, size_t len)
{
	if (len == 0)
		*at++ = '-';
	for (size_t i = 0; i < len; i++)
		*at++ = text[i];
	for (char *c = at - len; c < at; c++)
		if ((unsigned char)*c <= ' ' || *c == 0x7f)
			*c = '_';
	*at++ = ' ';
	return at;
}

static char *put_number(char *at, uint64_t value)
{
	unsigned width = digits_of(value);

	put_digits(at, width, value);
	return at + width;
}

int frame_begin(struct buf *b, const struct frame_head *h, size_t len)
{
	size_t host = strlen(h->host), app = strlen(h->app), procid = strlen(h->procid);
	size_t fields = (host ? host : 1) + (app ? app : 1) + (procid ? procid : 1);

	fe_assert(h->pri <= 191);
	/* "<" PRI ">1 " TIME " " and a blank after each of the fields, then "- " */
	size_t head = 1 + digits_of(h->pri) + 3 + FRAME_TIME_LEN + 1 + fields + 3 + 2;
	if (len > FRAME_LEN_MAX || fields > FRAME_LEN_MAX || head + len > FRAME_LEN_MAX)
		return FE_ELIMIT;
	size_t total = digits_of(head + len) + 1 + head;
	int rc = buf_reserve(b, total + len);

	if (rc)
		return rc;
	char *at = put_number(b->p + b->len, head + len);
	*at++ = ' ';
	*at++ = '<';
	at = put_number(at, h->pri);
	memcpy(at, ">1 ", 3);
	put_time(at + 3, h->at_ms);
	at += 3 + FRAME_TIME_LEN;
	*at++ = ' ';
	at = put_field(at, h->host, host);
	at = put_field(at, h->app, app);
	at = put_field(at, h->procid, procid);
	memcpy(at, "- ", 2);
	b->len += total;
	fe_assert(at + 2 == b->p + b->len);
	b->p[b->len] = '\0';
	return 0;
}

void frame_time(char out[FRAME_TIME_LEN + 1], int64_t at_ms)
{
	put_time(out, at_ms);
	out[FRAME_TIME_LEN] = '\0';
}

int frame_write(struct buf *b, const struct frame_head *h, const char *text, size_t len)
{
	int rc = frame_begin(b, h, len);

	return rc ? rc : buf_add(b, text, len);
}

/* Exactly `width` digits at p. */
static bool number(const char *p, unsigned width, unsigned *out)
{
	unsigned value = 0;

	for (unsigned i = 0; i < width; i++) {
		if (p[i] < '0' || p[i] > '9')
			return false;
		value = value * 10 + (unsigned)(p[i] - '0');
	}
	*out = value;
	return true;
}

static unsigned days_in(int64_t year, unsigned month)
{
	static const unsigned char days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	return days[month - 1] + (month == 2 && leap);
}

/* "Z" or "+00:00", as the minutes east of UTC. */
static bool zone(const char *p, size_t len, int *out_minutes)
{
	unsigned h, m;

	if (len == 1 && (*p == 'Z' || *p == 'z')) {
		*out_minutes = 0;
		return true;
	}
	if (len != 6 || (p[0] != '+' && p[0] != '-') || p[3] != ':' || !number(p + 1, 2, &h) ||
	    !number(p + 4, 2, &m) || h > 23 || m > 59)
		return false;
	*out_minutes = (int)(h * 60 + m) * (p[0] == '-' ? -1 : 1);
	return true;
}

/* "2026-06-18T09:00:01.544609+00:00", fraction optional; a leap second counts as the next one. */
static int64_t parse_time(const char *p, size_t len)
{
	unsigned year, h, m, s, ms = 0;
	struct civil c;
	size_t at = 19;
	int minutes;

	if (len < 20 || p[4] != '-' || p[7] != '-' || (p[10] != 'T' && p[10] != 't') ||
	    p[13] != ':' || p[16] != ':' || !number(p, 4, &year) || !number(p + 5, 2, &c.month) ||
	    !number(p + 8, 2, &c.day) || !number(p + 11, 2, &h) || !number(p + 14, 2, &m) ||
	    !number(p + 17, 2, &s))
		return INT64_MIN;
	c.year = year;
	if (c.month < 1 || c.month > 12 || c.day < 1 || c.day > days_in(year, c.month) || h > 23 ||
	    m > 59 || s > 60)
		return INT64_MIN;
	if (p[at] == '.') {
		static const unsigned units[] = {100, 10, 1};

		for (at++; at < len && p[at] >= '0' && p[at] <= '9'; at++)
			if (at < 23)
				ms += units[at - 20] * (unsigned)(p[at] - '0');
		if (at == 20)
			return INT64_MIN;
	}
	if (!zone(p + at, len - at, &minutes))
		return INT64_MIN;
	return days_of_civil(c) * DAY_MS + (int64_t)(h * 3600 + m * 60 + s) * 1000 + ms -
	       (int64_t)minutes * 60000;
}

/* The length and its blank: bytes used, 0 for more needed, FE_EPROTO. */
static long parse_length(const char *p, size_t len, size_t max, size_t *out)
{
	size_t n = 0, i;

	for (i = 0; i < len && p[i] >= '0' && p[i] <= '9'; i++) {
		n = n * 10 + (size_t)(p[i] - '0');
		if (n == 0 || n > max)
			return FE_EPROTO;
	}
	if (i == len)
		return 0;
	if (i == 0 || p[i] != ' ')
		return FE_EPROTO;
	*out = n;
	return (long)i + 1;
}

struct cursor {
	const char *at, *end;
};

/* A field of at least one byte and the blank behind it. */
static bool field(struct cursor *c, const char **out, size_t *out_len)
{
	const char *blank = scan_byte(c->at, c->end, ' ');

	if (blank == c->end || blank == c->at)
		return false;
	*out = c->at;
	*out_len = (size_t)(blank - c->at);
	c->at = blank + 1;
	return true;
}

/* "<190>1 " */
static bool priority(struct cursor *c, unsigned *out)
{
	const char *p = c->at + 1;
	unsigned pri = 0, digits = 0;

	if (c->at == c->end || *c->at != '<')
		return false;
	for (; p < c->end && *p >= '0' && *p <= '9' && digits < 4; p++, digits++)
		pri = pri * 10 + (unsigned)(*p - '0');
	if (digits == 0 || pri > 191 || c->end - p < 3 || memcmp(p, ">1 ", 3) != 0)
		return false;
	c->at = p + 3;
	*out = pri;
	return true;
}

/* The msgid, then, where the host does not say Logplex, a dash for absent structured data. */
static bool skip_ids(struct cursor *c, const struct frame *f)
{
	const char *start = c->at;
	bool logplex = f->host_len == 4 && memcmp(f->host, "host", 4) == 0;

	while (c->at < c->end && *c->at != ' ' && *c->at != '\n')
		c->at++;
	if (c->at == start)
		return false;
	if (c->at < c->end && *c->at == ' ')
		c->at++;
	if (!logplex && c->end - c->at >= 2 && c->at[0] == '-' && c->at[1] == ' ')
		c->at += 2;
	return true;
}

static bool parse_header(struct cursor *c, struct frame *f)
{
	return priority(c, &f->pri) && field(c, &f->time, &f->time_len) &&
	       field(c, &f->host, &f->host_len) && field(c, &f->app, &f->app_len) &&
	       field(c, &f->procid, &f->procid_len) && skip_ids(c, f);
}

long frame_parse(const char *p, size_t len, size_t max, struct frame *out)
{
	size_t n = 0;
	long used = parse_length(p, len, max < FRAME_LEN_MAX ? max : FRAME_LEN_MAX, &n);

	if (used <= 0 || len - (size_t)used < n)
		return used < 0 ? used : 0;
	struct cursor c = {p + used, p + used + n};

	*out = (struct frame){.at_ms = INT64_MIN};
	if (parse_header(&c, out)) {
		out->at_ms = parse_time(out->time, out->time_len);
		out->text = c.at;
		out->text_len = (size_t)(c.end - c.at);
	} else {
		*out = (struct frame){.time = "",
		    .host = "",
		    .app = "",
		    .procid = "",
		    .text = p + used,
		    .text_len = n,
		    .at_ms = INT64_MIN,
		    .headerless = true};
	}
	return used + (long)n;
}
