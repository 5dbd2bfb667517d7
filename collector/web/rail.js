// The overview beside the wall: the line of the whole fleet, what is broken, the groups' levels.

import { byId, el, isNew, setText } from "./dom.js";
import { mark } from "./shapes.js";
import { brokenRow, downWords, keyOf, linkOf, nameOf, sinceOf } from "./tile.js";
import { count, duration, integer, moment, percent, seconds } from "./words.js";

const BROKEN_MAX = 12;

export function tally(list) {
	const n = { all: 0, up: 0, down: 0, unknown: 0 };
	for (const check of list) {
		n.all++;
		n[check.state]++;
	}
	return n;
}

function verdictWords(n, broken, now) {
	const rest = `${integer(n.up)} up · ${integer(n.down)} down · ${integer(n.unknown)} unknown`;
	if (n.down) {
		const oldest = broken.reduce((least, check) => Math.min(least, sinceOf(check)), now);
		return ["down", `${integer(n.down)} of ${count(n.all, "check")} down`, `${rest}; the longest for ${duration(now - oldest)}`];
	}
	if (n.unknown === n.all)
		return ["unknown", `Nothing is known of ${count(n.all, "check")}`, "No lines arrive, or the monitors themselves do not know"];
	if (n.unknown)
		return ["unknown", `Nothing down; ${integer(n.unknown)} of ${count(n.all, "check")} unknown`, rest];
	return ["up", n.all === 1 ? "The one check is up" : `All ${count(n.all, "check")} are up`, rest];
}

export function showVerdict(n, broken, now) {
	const box = byId("verdict");
	if (!n.all)
		return;
	const [state, big, small] = verdictWords(n, broken, now);
	if (box.dataset.state !== state) {
		box.dataset.state = state;
		box.querySelector(".sign").replaceChildren(mark(state));
	}
	setText(box.querySelector(".big"), big);
	setText(box.querySelector(".small"), small);
	document.title = n.down ? `▼ ${n.down} down · Ferret` : "Checks · Ferret";
}

export function showBroken(broken, window, now) {
	const box = byId("broken"), note = box.querySelector(".note");
	broken.sort((a, b) => sinceOf(b) - sinceOf(a));
	const shown = broken.slice(0, BROKEN_MAX), list = box.querySelector("ol");
	if (isNew("broken", [window, shown.map((check) => [keyOf(check), check.failure && check.failure.out])]))
		list.replaceChildren(...shown.map((check) => brokenRow(check, window, now)));
	shown.forEach((check, i) => setText(list.children[i].querySelector(".for"), downWords(check, now)));
	note.hidden = broken.length > 0 && broken.length <= BROKEN_MAX;
	setText(note, broken.length ? `and ${broken.length - BROKEN_MAX} more` : "Nothing.");
	box.classList.toggle("some", broken.length > 0);
}

export const LEVEL_ORDER = { red: 0, yellow: 1, unknown: 2, green: 3 };
const WRITE = { uptime: percent, samples: percent, p50: seconds, p95: seconds, p99: seconds };

export function levelWords(m) {
	const write = WRITE[m.measure] || String;
	const to = m.measure === "uptime" || m.measure === "samples" ? "from" : "up to";
	return `${m.measure} over ${m.window}: green ${to} ${write(m.levels.green)}, yellow ${to} ${write(m.levels.yellow)}`;
}
export const levelValue = (m) => (m.value === null || m.value === undefined ? "" : (WRITE[m.measure] || String)(m.value));

export function showLevels(manifests) {
	const box = byId("levels"), known = manifests.filter((m) => m.members);
	box.hidden = !known.length;
	known.sort((a, b) => LEVEL_ORDER[a.level] - LEVEL_ORDER[b.level] || (a.name < b.name ? -1 : 1));
	if (isNew("levels", known.map((m) => [m.name, m.title, m.level, m.value, m.levels])))
		box.querySelector("ul").replaceChildren(...known.map((m) => el("li", { title: levelWords(m) },
		mark(m.level), el("a", { href: `#g-${m.name}` }, m.title || m.name),
		el("span", { class: `level ${m.level}` }, m.level), el("span", { class: "value" }, levelValue(m)))));
}

export function showLately(incidents, window) {
	const box = byId("lately");
	box.hidden = !incidents.length;
	if (isNew("lately", incidents.map((i) => [i.id, i.end, window])))
		box.querySelector("ol").replaceChildren(...incidents.map((i) => el("li", {},
		el("a", { href: linkOf(i, window) }, nameOf(i)),
		el("span", { class: "for" }, i.end ? `${moment(i.start)} for ${duration(i.duration_ms)}` : `open since ${moment(i.start)}`))));
}
