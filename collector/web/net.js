// What comes from the collector: answers, and news as they happen.

import { byId, el, setText } from "./dom.js";
import { ago, clock } from "./words.js";

export class Refused extends Error {
	constructor(status, message) {
		super(message);
		this.status = status;
	}
}

const ANSWER_MS = 10000;  // an answer that takes longer is none
const SILENCE_MS = 10000; // a stream tells something each second

export async function get(path) {
	let answer;
	try {
		answer = await fetch(path, { headers: { Accept: "application/json" }, cache: "no-store", signal: AbortSignal.timeout(ANSWER_MS) });
	} catch {
		throw new Refused(0, "the collector does not answer");
	}
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
	constructor({ load, events = {}, calm = 60000, path = () => "/events" }) {
		Object.assign(this, { load, events, calm, path, good: 0, timer: 0, source: null, open: false, heard: 0, busy: false, again: false, failed: null });
		document.addEventListener("visibilitychange", () => {
			if (!document.hidden && Date.now() - this.good > POLL_MS)
				this.refresh();
		});
		setInterval(() => {
			if (this.open && !this.failed && Date.now() - this.heard > SILENCE_MS)
				this.refresh();
			this.show();
		}, 1000);
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
			if (!(error instanceof Refused))
				console.error(error);
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
		const source = new EventSource(this.path());
		this.source = source;
		source.addEventListener("open", () => {
			// What happened while nobody listened is in the whole.
			if (!this.open && this.good)
				this.refresh();
			this.open = true;
			this.heard = Date.now();
			this.show();
		});
		source.addEventListener("error", () => {
			const was = this.open;
			this.open = false;
			if (source.readyState === EventSource.CLOSED) {
				source.close();
				this.retry = setTimeout(() => this.listen(), REOPEN_MS);
			}
			if (was)
				this.refresh();
			this.show();
		});
		source.addEventListener("ingest", () => { this.heard = Date.now(); });
		for (const [name, tell] of Object.entries(this.events))
			source.addEventListener(name, (event) => {
				this.good = this.heard = Date.now();
				this.failed = null;
				tell(JSON.parse(event.data));
			});
	}

	// The same from the beginning: the path is another.
	reopen() {
		clearTimeout(this.retry);
		if (this.source)
			this.source.close();
		this.open = false;
		this.listen();
		this.refresh();
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
		const why = this.failed instanceof Refused ? this.failed.message : "this page failed";
		setText(note, `Stale${this.good ? ` since ${clock(this.good)}, ${ago(this.good)}` : ""}: ${why}. Trying again.`);
	}
}
