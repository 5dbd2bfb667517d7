/* SPDX-License-Identifier: MIT */
/* link: a flow that may speak TLS: plain bytes here, whatever it takes on the wire. */
#ifndef FE_SANDBOX_LINK_H
#define FE_SANDBOX_LINK_H

#include "flow.h"
#include "tlsd.h"

struct link;

/* tls NULL: plain. A handshake that fails is an end. */
struct link *link_new(uv_loop_t *loop, int fd, struct tlsd *tls, const struct flow_events *events);
/* As TLS's client. What is written before hands are shaken waits for it. */
struct link_peer {
	struct tlsd_trust *trust;
	const char *name; /* whom to believe */
};
struct link *link_dial(
    uv_loop_t *loop, int fd, const struct link_peer *peer, const struct flow_events *events);
/* After its end: why the other side's certificate was not believed; NULL: it was. */
const char *link_distrust(const struct link *l);
/* As flow_write; of TLS one record for each 16 kB begun. */
bool link_write(struct link *l, const void *p, size_t n);
size_t link_queued(const struct link *l);
void link_pause(struct link *l, bool paused);
int link_fd(const struct link *l);
/* As flow_close; flush says goodbye too. */
void link_close(struct link *l, bool flush);

#endif
