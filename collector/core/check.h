/* SPDX-License-Identifier: MIT */
/*
 * check: one thing that is watched, (app, source): its vantage points (site and instance), their
 * state together, its incidents, its newest slots.
 *
 * Each vantage point has a track of its own (uptime.h). Instances of one site are one voice, by
 * majority; the sites together are the check, by its rule. Nobody speaks for a check longer than
 * CHECK_SILENCE intervals: its state is unknown then, reason "silent".
 *
 * The interval of a slot is told by the line or read off two slots of one process: the time between
 * their due moments by the slots between them. Pure: now is an argument; times are Unix ms.
 */
#ifndef FE_COLLECTOR_CHECK_H
#define FE_COLLECTOR_CHECK_H

#include "incident.h"
#include "verdict.h"

#define CHECK_SLOTS 32U                         /* kept for people to look at */
#define CHECK_REST 640U                         /* bytes of numbers and evidence kept of a slot */
#define CHECK_VANTAGES 64U                      /* sites times instances */
#define CHECK_SILENCE 3                         /* intervals */
#define CHECK_KEEP_MS (32LL * 24 * 3600 * 1000) /* tracks reach back so far */
#define CHECK_REASON 32U

struct check_slot {
	int64_t ts_ms;
	uint64_t slot;
	uint32_t boot, vantage; /* vantage: index in the check */
	enum uptime_state state;
	bool suspect, overrun, reused, warning, timeout, cut; /* cut: rest is not whole */
	double time_s;                                        /* -1 not told */
	char reason[CHECK_REASON];
	char *rest; /* the fifth line behind its flags; may be NULL */
};

struct check_vantage {
	uint64_t id; /* the store's number; 0: it has none yet */
	char *site, *instance;
	struct uptime_track track;
	int64_t last_ms; /* due moment of the newest verdict; INT64_MIN */
	uint64_t last_slot;
	uint32_t last_boot, every_ms; /* every_ms 0: not known yet */
	enum uptime_state state;      /* of the newest verdict */
	int64_t dirty_from_ms;        /* runs from here on are not stored; INT64_MAX: all are */
	bool reshaped;                /* not only the last of them has become longer */
};

struct check {
	uint64_t id; /* the store's number; 0: it has none yet */
	char *app, *source;
	enum uptime_rule rule;
	struct check_vantage *vantage;
	size_t vantages;
	struct incident_book book;
	enum uptime_state state; /* now */
	int64_t since_ms;        /* of that state */
	int64_t last_ms;         /* due moment of the newest verdict; INT64_MIN */
	int64_t made_ms;         /* when it came, in this life */
	int64_t judged_ms;       /* incidents are known up to here */
	char reason[CHECK_REASON];
	char *repeat;                 /* the command that repeats it; NULL until a failure told */
	struct check_slot *slot;      /* ring of CHECK_SLOTS */
	unsigned slots, slot_at;      /* slot_at: where the next one goes */
	uint64_t vantages_lost, late; /* verdicts left out, by cause */
	struct check *next_dirty;     /* the core's own */
	bool dirty;
	struct check *next_live; /* live's own */
	unsigned live;           /* live's own: what has changed for those who listen */
	void *mine;              /* the core's own: which series its numbers are */
};

/* Tiles that are needed for a moment, kept for the next. */
struct check_room {
	struct uptime_tiles *part;
	size_t parts;
	struct uptime_tiles one, site, whole;
};
void check_room_done(struct check_room *room);

struct check *check_new(struct word app, struct word source);
void check_free(struct check *c);

enum check_news {
	CHECK_JUDGED = 1,   /* the verdict is new */
	CHECK_STATE = 2,    /* the check's state is another */
	CHECK_INCIDENT = 4, /* an incident has opened, closed or changed */
};
/* A verdict (judged). tell hears of incidents. Returns enum check_news; 0: it was known, or could
 * not be kept (counted). */
unsigned check_verdict(struct check *c, const struct verdict *v, int64_t now_ms,
    struct check_room *room, incident_fn *tell, void *arg);
/* Silence makes unknown. Returns enum check_news. */
unsigned check_tick(struct check *c, int64_t now_ms);
/* What was kept of an earlier life was put in: find state and incidents again. */
void check_wake(struct check *c, int64_t now_ms, struct check_room *room);
/* The vantage point, made where it is new; NULL: too many. */
struct check_vantage *check_vantage(struct check *c, struct word site, struct word instance);

/* The check's tiles of [from, to), all vantage points together. Borrowed until the next call. */
const struct uptime_tiles *check_tiles(
    const struct check *c, int64_t from, int64_t to, struct check_room *room);
/* The same by another rule than the check's own: any, majority and all are shown side by side. */
const struct uptime_tiles *check_rule_tiles(const struct check *c, enum uptime_rule rule,
    int64_t from, int64_t to, struct check_room *room);
/* The same of one site alone. */
const struct uptime_tiles *check_site_tiles(
    const struct check *c, const char *site, int64_t from, int64_t to, struct check_room *room);
/* Vantage point i is the first one of its site. */
bool check_begins_site(const struct check *c, size_t i);
/* Until when all of its vantage points have spoken, the silent ones aside; now_ms at most: the end of
 * a window that leaves out what cannot be known yet. */
int64_t check_known_to(const struct check *c, int64_t now_ms);
/* Due moment of the oldest slot that is known; INT64_MAX: there is none. */
int64_t check_first_ms(const struct check *c);
/* Interval of its slots: the shortest of its vantage points'; 0 not known. */
uint32_t check_every(const struct check *c);

struct check_window {
	int64_t from, to;
	struct uptime_tally tally;
	struct uptime_share time, samples; /* samples: Wilson */
	uint64_t count;                    /* of samples */
};
/* maintenance: as uptime_tally's; may be NULL. */
void check_window(const struct check *c, int64_t from, int64_t now_ms,
    const struct uptime_tiles *maintenance, struct check_room *room, struct check_window *out);
/* Slot i, newest first; NULL: there are no more. */
const struct check_slot *check_slot(const struct check *c, unsigned i);

/* Slots since from_ms of which no line came: how many, and the newest max stretches of each vantage
 * point. They are unknown; reason "lost". out may be NULL where max is 0. */
struct check_gap {
	int64_t from_ms, to_ms;
	uint64_t slots;
	size_t vantage;
};
uint64_t check_gaps(
    const struct check *c, int64_t from_ms, struct check_gap *out, size_t max, size_t *out_n);

#endif
