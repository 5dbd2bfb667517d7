/* SPDX-License-Identifier: MIT */
/* outlet: numbers and requests to the outlets that are wanted. */
#include "outlet.h"

#include <sys/random.h>

#include "clock.h"
#include "outlet_pass.h"
#include "outlet_rows.h"
#include "outlet_text.h"
#include "xmem.h"

#define END_NS (3 * NS_PER_S)
#define GRACE_MS 10000     /* at most, and a sixth of the interval */
#define OPEN_MAX 100000U   /* buckets */
#define LINES_MAX 2000U    /* of Graphite's in one batch */
#define DATAGRAM_MAX 1432U /* fits an Ethernet frame, with headers of IPv6 and a tunnel */
#define SAMPLE_AGE_NS (10 * NS_PER_S) /* an older sample is no sample of now */
#define TRIES 30U
#define RUNS 4
#define HAND_OUT_MAX 10000 /* gauges a second: the loop has other things to do at a full minute */

struct sums { /* Librato or Graphite */
	struct outlet_run *run;
	struct outlet_names *names;
	struct outlet_sum *sum;
	enum outlet_form form;
	int64_t interval_ms;
	uint64_t unnamed; /* numbers for which there was no room among the names */
};

struct datagram {
	size_t len;
	char text[DATAGRAM_MAX];
};

struct statsd {
	struct outlet_run *run;
	struct outlet_names *names;
	struct datagram *open; /* not full yet; NULL */
	uint32_t samples;      /* in it */
	int64_t rate, left;    /* a second; in this one */
	uint64_t late;
};

struct outlets {
	struct outlet_config config;
	const struct series *series; /* NULL: not begun */
	int64_t now_ms;
	uint64_t seed, serial;
	struct sums librato, graphite;
	struct statsd statsd;
	struct outlet_run *pass;
};

static struct outlet_rules queue_rules(const struct outlets *o)
{
	return (struct outlet_rules){.bytes = (size_t)o->config.buffer_mb * 1024 * 1024,
	    .tries = TRIES,
	    .units = 1,
	    .lanes = 1,
	    .backoff = {.limited_ns = 2 * NS_PER_S,
		.limited_growth = 2,
		.limited_max_ns = 60 * NS_PER_S,
		.trouble_ns = NS_PER_S / 2,
		.trouble_max_ns = 30 * NS_PER_S,
		.allowed = 1}};
}

static const struct outlet_gauge *gauge_of(const struct outlet_job *job, uint32_t i)
{
	return job->item[i].load;
}

static void encode_librato(void *arg, const struct outlet_job *job, struct outlet_request *out)
{
	const struct sums *s = arg;
	int rc = buf_adds(&out->text, "{\"gauges\":[");

	for (uint32_t i = 0; !rc && i < job->items; i++)
		rc = outlet_text_librato(
		    &out->text, gauge_of(job, i)->name, gauge_of(job, i), s->interval_ms, i > 0);
	if (!rc)
		rc = buf_adds(&out->text, "]}");
	fe_assert(rc == 0); /* 300 gauges of two names each */
	strv_add(&out->headers, "Content-Type: application/json");
	out->body = out->text.p;
	out->len = out->text.len;
}

static void encode_graphite(void *arg, const struct outlet_job *job, struct buf *text)
{
	int rc = 0;

	(void)arg;
	for (uint32_t i = 0; !rc && i < job->items; i++)
		rc = outlet_text_graphite(text, gauge_of(job, i)->name, gauge_of(job, i));
	fe_assert(rc == 0);
}

static void encode_statsd(void *arg, const struct outlet_job *job, struct buf *text)
{
	const struct datagram *d = job->item[0].load;

	(void)arg;
	fe_assert(buf_add(text, d->text, d->len) == 0);
}

/* The driver is taken over; NULL: it is what failed. */
static int begin_run(struct outlet_run **out, const struct outlet_run_rules *rules, struct err *err)
{
	if (!rules->mine)
		return err->code;
	*out = outlet_run_new(rules, err);
	return *out ? 0 : err->code;
}

static void begin_sums(struct sums *s, enum outlet_form form, const char *prefix, uint64_t every_ns)
{
	s->form = form;
	s->interval_ms = (int64_t)(every_ns / NS_PER_MS);
	s->names = outlet_names_new(form, prefix);
	s->sum = outlet_sum_new(&(struct outlet_sum_rules){.interval_ms = s->interval_ms,
	    .grace_ms = s->interval_ms / 6 < GRACE_MS ? s->interval_ms / 6 : GRACE_MS,
	    .open = OPEN_MAX});
}

static int begin_librato(struct outlets *o, struct err *err)
{
	const struct outlet_config *c = &o->config;
	struct outlet_rules queue = queue_rules(o);
	struct outlet_http_rules http = {.url = c->librato_url,
	    .label = "LIBRATO_URL",
	    .user = c->librato_user,
	    .password = c->librato_token,
	    .cacert = c->cacert,
	    .lanes = 1,
	    .encode = encode_librato,
	    .arg = &o->librato};

	if (!c->librato)
		return 0;
	queue.units = OUTLET_GAUGES_MAX;
	queue.drop = outlet_gauge_free;
	begin_sums(&o->librato, OUTLET_LIBRATO, c->librato_prefix, c->librato_every.ns);
	return begin_run(&o->librato.run,
	    &(struct outlet_run_rules){
		"librato", "gauges", queue, &outlet_http, outlet_http_new(&http, err)},
	    err);
}

static int begin_graphite(struct outlets *o, struct err *err)
{
	const struct outlet_config *c = &o->config;
	struct outlet_rules queue = queue_rules(o);
	struct outlet_sock_rules tcp = {.address = c->graphite,
	    .label = "GRAPHITE_ADDRESS",
	    .port = 2003,
	    .encode = encode_graphite};

	if (!c->graphite)
		return 0;
	queue.units = LINES_MAX;
	queue.drop = outlet_gauge_free;
	begin_sums(&o->graphite, OUTLET_GRAPHITE, c->graphite_prefix, c->graphite_every.ns);
	return begin_run(&o->graphite.run,
	    &(struct outlet_run_rules){
		"graphite", "lines", queue, &outlet_tcp, outlet_tcp_new(&tcp, err)},
	    err);
}

static int begin_statsd(struct outlets *o, struct err *err)
{
	const struct outlet_config *c = &o->config;
	struct outlet_rules queue = queue_rules(o);
	struct outlet_sock_rules udp = {
	    .address = c->statsd, .label = "STATSD_ADDRESS", .port = 8125, .encode = encode_statsd};

	if (!c->statsd)
		return 0;
	queue.age_ns = SAMPLE_AGE_NS;
	queue.backoff.trouble_max_ns = 5 * NS_PER_S;
	queue.drop = free;
	o->statsd.rate = o->statsd.left = c->statsd_rate;
	o->statsd.names = outlet_names_new(OUTLET_STATSD, c->statsd_prefix);
	return begin_run(&o->statsd.run,
	    &(struct outlet_run_rules){
		"statsd", "samples", queue, &outlet_udp, outlet_udp_new(&udp, err)},
	    err);
}

static int begin_pass(struct outlets *o, struct err *err)
{
	const struct outlet_config *c = &o->config;
	struct outlet_rules queue = queue_rules(o);
	struct outlet_http_rules http = {.url = c->pass_url,
	    .label = "PASS_DRAIN_URL",
	    .cacert = c->cacert,
	    .lanes = OUTLET_LANES_MAX,
	    .encode = outlet_pass_encode,
	    .arg = &o->seed};

	if (!c->pass_url)
		return 0;
	queue.lanes = OUTLET_LANES_MAX;
	queue.tell = true;
	queue.drop = outlet_pass_free;
	return begin_run(&o->pass,
	    &(struct outlet_run_rules){
		"drain", "frames", queue, &outlet_http, outlet_http_new(&http, err)},
	    err);
}

int outlets_new(struct outlets **out, struct err *err)
{
	static int (*const begin[])(struct outlets *, struct err *) = {
	    begin_librato, begin_graphite, begin_statsd, begin_pass};
	struct outlets *o = xcalloc(1, sizeof *o);
	int rc = outlet_config_finish(&o->config, err);
	const struct outlet_config *c = &o->config;

	if (!rc && getrandom(&o->seed, sizeof o->seed, 0) != (ssize_t)sizeof o->seed)
		rc = err_set(err, FE_ESYS, "no random bytes to be had");
	for (size_t i = 0; !rc && i < ARRAY_LEN(begin); i++)
		rc = begin[i](o, err);
	if (!rc && (c->librato || c->graphite || c->statsd || c->pass_url)) {
		*out = o;
		return 0;
	}
	outlets_free(o);
	if (!rc)
		*out = NULL;
	return rc;
}

void outlets_begin(struct outlets *o, const struct series *series, int64_t now_ms)
{
	o->now_ms = now_ms;
	o->series = series;
}

/* ---- sums ---- */

static void hand_out(struct sums *s, int64_t now_ms, bool all)
{
	struct outlet_gauge *g;

	for (int n = 0; (all || n < HAND_OUT_MAX) && (g = outlet_sum_take(s->sum, now_ms, all));
	     n++) {
		uint32_t units;

		g->name = outlet_target_hold(s->names, g->target);
		units = outlet_text_units(s->form, g->name, g);
		if (units) {
			outlet_run_offer(s->run, g, units,
			    sizeof *g + g->bucket.sketch.cap * sizeof *g->bucket.sketch.cell);
			continue;
		}
		outlet_run_lose(s->run, 1);
		outlet_gauge_free(g);
	}
}

/* Names that came and went fill the table: what is open goes out, and all are asked for anew. */
static void make_room(struct sums *s, int64_t now_ms)
{
	if (!outlet_names_full(s->names))
		return;
	hand_out(s, now_ms, true);
	outlet_names_clear(s->names);
}

static void free_sums(struct sums *s)
{
	outlet_run_free(s->run);
	outlet_sum_free(s->sum);
	outlet_names_free(s->names);
}

/* ---- samples ---- */

static void close_datagram(struct statsd *s)
{
	if (!s->open)
		return;
	outlet_run_offer(s->run, s->open, s->samples, sizeof *s->open);
	s->open = NULL;
	s->samples = 0;
}

static void add_sample(struct outlets *o, uint32_t id, enum line_metric_kind kind, double value)
{
	struct statsd *s = &o->statsd;
	char text[OUTLET_SAMPLE_MAX];
	uint32_t target = outlet_name_of(s->names, o->series, id, kind);
	size_t len;

	if (target == OUTLET_NO_TARGET) {
		outlet_run_lose(s->run, 1);
		return;
	}
	len = outlet_text_statsd(text, outlet_target(s->names, target), kind, value);
	if (s->open && s->open->len + len > DATAGRAM_MAX)
		close_datagram(s);
	if (!s->open) {
		s->open = xmalloc(sizeof *s->open);
		s->open->len = 0;
	}
	memcpy(s->open->text + s->open->len, text, len);
	s->open->len += len;
	s->samples++;
}

static void number_to_statsd(
    struct outlets *o, uint32_t id, enum line_metric_kind kind, int64_t at_ms, double value)
{
	struct statsd *s = &o->statsd;

	if (o->now_ms - at_ms > OUTLET_LATE_MS) { /* it has no time there but now */
		s->late++;
		return;
	}
	if (s->left == 0) {
		outlet_run_lose(s->run, 1);
		return;
	}
	s->left--;
	add_sample(o, id, kind, value);
}

static void add_number(
    struct outlets *o, struct sums *s, uint32_t target, int64_t at_ms, double value)
{
	if (target == OUTLET_NO_TARGET)
		s->unnamed++;
	else
		outlet_sum_add(s->sum, target, at_ms, value, o->now_ms);
}

void outlets_number(
    struct outlets *o, uint32_t id, enum line_metric_kind kind, int64_t at_ms, double value)
{
	struct sums *const sums[2] = {&o->librato, &o->graphite};

	if (!o->series)
		return;
	for (size_t i = 0; i < 2; i++)
		if (sums[i]->run)
			add_number(o, sums[i], outlet_name_of(sums[i]->names, o->series, id, kind),
			    at_ms, value);
	if (o->statsd.run)
		number_to_statsd(o, id, kind, at_ms, value);
}

void outlets_taken(struct outlets *o, const struct outlet_taken *t)
{
	if (!o->pass || t->frames == 0)
		return;
	outlet_run_offer(o->pass, outlet_pass_new(t, o->seed, ++o->serial),
	    t->frames < UINT32_MAX ? (uint32_t)t->frames : UINT32_MAX, t->len + 256);
}

void outlets_tick(struct outlets *o, int64_t now_ms)
{
	struct outlet_run *const runs[RUNS] = {
	    o->librato.run, o->graphite.run, o->statsd.run, o->pass};

	o->now_ms = now_ms;
	if (o->librato.run) {
		hand_out(&o->librato, now_ms, false);
		make_room(&o->librato, now_ms);
	}
	if (o->graphite.run) {
		hand_out(&o->graphite, now_ms, false);
		make_room(&o->graphite, now_ms);
	}
	close_datagram(&o->statsd);
	if (o->statsd.names && outlet_names_full(o->statsd.names))
		outlet_names_clear(o->statsd.names);
	o->statsd.left = o->statsd.rate;
	for (size_t i = 0; i < RUNS; i++)
		if (runs[i])
			outlet_run_tick(runs[i]);
}

void outlets_free(struct outlets *o)
{
	uint64_t deadline = clock_mono_ns() + END_NS;

	if (!o)
		return;
	struct outlet_run *const runs[RUNS] = {
	    o->librato.run, o->graphite.run, o->statsd.run, o->pass};

	if (o->librato.run)
		hand_out(&o->librato, o->now_ms, true);
	if (o->graphite.run)
		hand_out(&o->graphite, o->now_ms, true);
	close_datagram(&o->statsd);
	for (size_t i = 0; i < RUNS; i++)
		if (runs[i])
			outlet_run_end(runs[i], deadline);
	free_sums(&o->librato);
	free_sums(&o->graphite);
	outlet_run_free(o->statsd.run);
	outlet_names_free(o->statsd.names);
	outlet_run_free(o->pass);
	free(o);
}

/* ---- what is known of them ---- */

static void put_run(struct json *j, struct outlet_run *r, uint64_t more_queued)
{
	struct outlet_run_state s;

	outlet_run_state(r, &s);
	json_str(j, "name", outlet_run_name(r));
	json_str(j, "unit", outlet_run_unit(r));
	json_int(j, "queued", (int64_t)(s.counts.queued + more_queued));
	json_int(j, "sent", (int64_t)s.counts.sent);
	json_int(j, "lost", (int64_t)s.counts.lost);
	json_str(j, "state", s.failing ? "failing" : "ok");
	json_str(j, "error", s.failing ? s.why : NULL);
}

static void put_names(struct json *j, const struct outlet_names *names)
{
	struct outlet_name_counts n = outlet_name_counts(names);

	json_int(j, "renamed", (int64_t)n.altered);
	json_int(j, "shared", (int64_t)n.shared);
}

static void put_sums(struct json *j, struct sums *s)
{
	if (!s->run)
		return;
	struct outlet_sum_counts n = outlet_sum_counts(s->sum);

	json_open(j, NULL, '{');
	put_run(j, s->run, 0);
	json_int(j, "open", outlet_sum_open(s->sum));
	json_int(j, "late", (int64_t)(n.late + n.full + s->unnamed));
	json_int(j, "shifted", (int64_t)n.shifted);
	put_names(j, s->names);
	json_close(j, '}');
}

struct outlet_run *outlets_run(struct outlets *o, size_t i)
{
	struct outlet_run *const all[RUNS] = {o ? o->librato.run : NULL, o ? o->graphite.run : NULL,
	    o ? o->statsd.run : NULL, o ? o->pass : NULL};

	for (size_t k = 0; k < RUNS; k++)
		if (all[k] && i-- == 0)
			return all[k];
	return NULL;
}

void outlets_put(struct json *j, const char *key, struct outlets *o)
{
	json_open(j, key, '[');
	if (o) {
		put_sums(j, &o->librato);
		put_sums(j, &o->graphite);
	}
	if (o && o->statsd.run) {
		json_open(j, NULL, '{');
		put_run(j, o->statsd.run, o->statsd.samples);
		json_int(j, "late", (int64_t)o->statsd.late);
		put_names(j, o->statsd.names);
		json_close(j, '}');
	}
	if (o && o->pass) {
		json_open(j, NULL, '{');
		put_run(j, o->pass, 0);
		json_close(j, '}');
	}
	json_close(j, ']');
}
