// One check on the wall: made once, then only what is another is written.

import { el, setAttr, setText } from "./dom.js";
import { mark, setStrip, stripNode } from "./shapes.js";
import { ago, duration, firstLine, interval, moment, percent, seconds, stateWord, utc } from "./words.js";

export const keyOf = (check) => `${check.app}\0${check.source}`;
export const linkOf = (check, window) =>
	`/check?app=${encodeURIComponent(check.app)}&source=${encodeURIComponent(check.source)}${window && window !== "24h" ? `&window=${window}` : ""}`;
// A monitor's check of the same name as the monitor is named by the monitor: "git.clone", not "clone".
export const nameOf = (check) => check.source;

// Since when it is as it is; an incident knows that better than the newest verdicts.
export const sinceOf = (check) => (check.state === "down" && check.incident ? check.incident.start : check.since);

export const maintenanceWords = (check) => (check.maintenance
	? ` · planned until ${moment(check.maintenance.to)}${check.maintenance.note ? `: ${check.maintenance.note}` : ""}` : "");

const URGENCY = { down: 0, unknown: 1, up: 2 };
export const byUrgency = (a, b) => URGENCY[a.state] - URGENCY[b.state] || (a.app < b.app ? -1 : a.app > b.app ? 1 : 0) || (a.source < b.source ? -1 : a.source > b.source ? 1 : 0);

function against(now, then) {
	if (now === null || now === undefined || then === null || then === undefined || then <= 0)
		return { text: "", kind: "" };
	const ratio = now / then;
	if (ratio > 1.1)
		return { text: `wk ▲ ${ratio >= 2 ? `${ratio.toFixed(1)}×` : `${Math.round((ratio - 1) * 100)}\u00a0%`}`, kind: "slower" };
	if (ratio < 0.9)
		return { text: `wk ▼ ${Math.round((1 - ratio) * 100)}\u00a0%`, kind: "faster" };
	return { text: "wk ≈", kind: "same" };
}

export class Tile {
	constructor() {
		const part = {
			mark: el("span", { class: "mark-box" }),
			link: el("a", { href: "#" }),
			app: el("span", { class: "app" }),
			state: el("span", { class: "state" }),
			share: el("span", { class: "share" }),
			bounds: el("span", { class: "bounds" }),
			p50: el("span", { class: "value" }),
			p50was: el("span", { class: "was" }),
			p95: el("span", { class: "value" }),
			p95was: el("span", { class: "was" }),
			strip: stripNode(),
			words: el("p", { class: "words" }),
		};
		this.part = part;
		this.node = el("article", { class: "tile" },
			el("header", {}, part.mark, el("h3", {}, part.link), part.app),
			el("p", { class: "now" }, part.state),
			el("dl", { class: "figures" },
				el("div", { class: "wide" }, el("dt", {}, "uptime"), el("dd", {}, part.share, part.bounds)),
				el("div", {}, el("dt", {}, "p50"), el("dd", {}, part.p50, part.p50was)),
				el("div", {}, el("dt", {}, "p95"), el("dd", {}, part.p95, part.p95was))),
			part.strip,
			part.words);
	}

	set(check, window, now) {
		const { part, node } = this;
		if (node.dataset.state !== check.state) {
			node.dataset.state = check.state;
			part.mark.replaceChildren(mark(check.state));
		}
		setText(part.link, nameOf(check));
		setAttr(part.link, "href", linkOf(check, window));
		setAttr(part.link, "title", check.source);
		setText(part.app, check.app);
		setAttr(part.app, "title", `app ${check.app}`);
		this.check = check;
		this.tick(now);
		this.setUptime(check, window);
		this.setTime(check.time || {});
		if (check.strip)
			setStrip(part.strip, check.strip);
	}

	// What grows older by itself.
	tick(now) {
		const { check, part } = this;
		const sites = (check.sites || []).length > 1 ? ` · ${check.sites.map((s) => `${s.site || "–"} ${s.state}`).join(", ")}` : "";
		setText(part.state, `${stateWord(check)} for ${duration(now - sinceOf(check))}${maintenanceWords(check)}${sites}`);
		setAttr(part.state, "title", check.since ? `since ${utc(sinceOf(check))}` : null);
		const failure = check.failure;
		let words = "No failure on record";
		if (failure) {
			const line = firstLine(failure.out) || (failure.status > 0 ? `status ${failure.status}` : "no words");
			words = check.state === "down" ? line : `${ago(failure.at, now)}: ${line}`;
		}
		setText(part.words, words);
		setAttr(part.words, "title", failure ? `${moment(failure.at)}\n${failure.out}` : null);
		part.words.classList.toggle("failing", check.state === "down");
		part.words.classList.toggle("none", !failure);
	}

	setUptime(check, window) {
		const { part } = this, up = check.uptime || {}, samples = check.samples || {};
		setText(part.share, percent(up.share));
		setText(part.bounds, interval(samples.low, samples.high));
		setAttr(part.share.parentNode, "title",
			`Last ${window}. By time: ${percent(up.share)}, known ${percent(up.known)} of it (${interval(up.low, up.high) || "no bounds"} whatever the rest was).\n` +
			`By samples: ${percent(samples.share)} of ${samples.count || 0}, 95 % interval ${interval(samples.low, samples.high) || "–"}.`);
	}

	setTime(t) {
		const { part } = this, week = t.week || {};
		for (const name of ["p50", "p95"]) {
			const was = against(t[name], week[name]), node = part[`${name}was`];
			setText(part[name], seconds(t[name]));
			setText(node, was.text);
			setAttr(node, "class", `was ${was.kind}`);
			setAttr(part[name].parentNode, "title", `The last hour: ${seconds(t[name])}. The same hour a week ago: ${seconds(week[name])}.`);
		}
	}
}

export const downWords = (check, now) => `down for ${duration(now - sinceOf(check))}, since ${moment(sinceOf(check))}${maintenanceWords(check)}`;

export function brokenRow(check, window, now) {
	const failure = check.failure;
	return el("li", {},
		mark(check.state),
		el("div", {},
			el("a", { href: linkOf(check, window) }, nameOf(check)),
			el("span", { class: "app" }, ` ${check.app} `),
			el("span", { class: "for", title: `since ${utc(sinceOf(check))}` }, downWords(check, now)),
			el("p", { class: "words failing" }, failure ? firstLine(failure.out) || "no words" : "no words")));
}
