// What comes from the collector: answers, and news as they happen.

import { byId, el, setText } from "./dom.js";
import { ago, clock } from "./words.js";

export class Refused extends Error {
	constructor(status, message) {
		super(message);
		this.status = status;
	}
}

export async function get(path) {
	const answer = await fetch(path, { headers: { Accept: "application/json" }, cache: "no-store" });
	if (answer.status === 401 && location.pathname !== "/login" && location.pathname !== "/public")
		location.assign(`/login?next=${encodeURIComponent(location.pathname + location.search)}`);
	let body = null;
	try {
		body = await answer.json();
	} catch {
		body = null;
	}
	if (!answer.ok || !body)
		throw new Refused(answer.status, body && body.error ? body.error : `the collector answered ${answer.status}`);
	return body;
}

const POLL_MS = 5000;
const REOPEN_MS = 15000;

// A page's connection. load() fetches everything and throws where it cannot; events: name to function.
// While news come by /events, load runs each `calm` ms; else each 5 s, or slower where it takes long.
export class Live {
	constructor({ load, events = {}, calm = 60000 }) {
		Object.assign(this, { load, events, calm, good: 0, timer: 0, source: null, open: false, busy: false, again: false, failed: null });
		document.addEventListener("visibilitychange", () => {
			if (!document.hidden && Date.now() - this.good > POLL_MS)
				this.refresh();
		});
		setInterval(() => this.show(), 1000);
		this.refresh();
		this.listen();
	}

	async refresh() {
		if (this.busy) {
			this.again = true;
			return;
		}
		this.busy = true;
		clearTimeout(this.timer);
		const began = performance.now();
		try {
			await this.load();
			this.good = Date.now();
			this.failed = null;
		} catch (error) {
			this.failed = error;
		}
		this.busy = false;
		const took = performance.now() - began;
		this.timer = setTimeout(() => this.refresh(), this.again ? 0 : this.open && !this.failed ? this.calm : Math.max(POLL_MS, took * 10));
		this.again = false;
		this.show();
	}

	listen() {
		if (!("EventSource" in window) || !Object.keys(this.events).length)
			return;
		const source = new EventSource("/events");
		this.source = source;
		source.addEventListener("open", () => {
			// What happened while nobody listened is in the whole.
			if (!this.open && this.good)
				this.refresh();
			this.open = true;
			this.show();
		});
		source.addEventListener("error", () => {
			const was = this.open;
			this.open = false;
			if (source.readyState === EventSource.CLOSED) {
				source.close();
				setTimeout(() => this.listen(), REOPEN_MS);
			}
			if (was)
				this.refresh();
			this.show();
		});
		for (const [name, tell] of Object.entries(this.events))
			source.addEventListener(name, (event) => {
				this.good = Date.now();
				this.failed = null;
				tell(JSON.parse(event.data));
			});
	}

	show() {
		const box = byId("live");
		if (!box)
			return;
		const stale = this.failed !== null;
		const state = stale ? "stale" : this.open ? "live" : this.good ? "poll" : "wait";
		const words = { stale: "connection lost", live: "live", poll: "every 5 s", wait: "connecting" }[state];
		if (box.dataset.state !== state) {
			box.dataset.state = state;
			setText(box.querySelector(".text"), words);
			box.title = { stale: "The collector does not answer.", live: "Changes arrive as they happen.", poll: "No stream of events: asking every few seconds.", wait: "" }[state];
		}
		this.warn(stale);
	}

	warn(stale) {
		let note = byId("stale");
		if (!stale) {
			if (note)
				note.remove();
			return;
		}
		if (!note) {
			note = el("div", { id: "stale", role: "alert" });
			document.body.append(note);
		}
		const why = this.failed instanceof Refused ? ` (${this.failed.message})` : "";
		setText(note, this.good
			? `Stale since ${clock(this.good)}, ${ago(this.good)}: the collector does not answer${why}. Trying again.`
			: `The collector does not answer${why}. Trying again.`);
	}
}
