// For everybody: names, states, shares. Nothing of what was said.

import "./app.js";
import { byId, el, setAttr, setText } from "./dom.js";
import { get, Live } from "./net.js";
import { mark } from "./shapes.js";
import { duration, moment, percent } from "./words.js";

setAttr(document.querySelector(".brand"), "href", "/public");

const SPANS = ["24h", "7d", "30d"];
const rows = new Map();

function rowOf(check) {
	const key = `${check.app}\0${check.source}`;
	let row = rows.get(key);
	if (!row) {
		row = { mark: el("span", { class: "mark-box" }), name: el("span", { class: "name" }), state: el("span", { class: "state" }), shares: SPANS.map((span) => el("span", { class: "share", "data-span": span })) };
		row.node = el("li", {}, row.mark, row.name, row.state, ...row.shares);
		rows.set(key, row);
	}
	if (row.node.dataset.state !== check.state) {
		row.node.dataset.state = check.state;
		row.mark.replaceChildren(mark(check.state));
	}
	setText(row.name, check.source);
	setText(row.state, check.since ? `${check.state} for ${duration(Date.now() - check.since)}` : check.state);
	SPANS.forEach((span, i) => {
		setText(row.shares[i], percent(check.uptime[span]));
		setAttr(row.shares[i], "aria-label", `${percent(check.uptime[span])} of ${span}`);
	});
	return row.node;
}

function show(answer) {
	const n = { up: 0, down: 0, unknown: 0 }, groups = new Map();
	for (const check of answer.checks) {
		n[check.state]++;
		const name = check.group || check.source.split(".")[0];
		groups.set(name, groups.get(name) || []);
		groups.get(name).push(check);
	}
	const box = byId("verdict"), all = answer.checks.length, state = !all ? "unknown" : n.down ? "down" : n.unknown ? "unknown" : "up";
	box.dataset.state = state;
	box.querySelector(".sign").replaceChildren(mark(state));
	setText(box.querySelector(".big"), !all ? "Nothing is watched yet" : n.down ? `${n.down} of ${all} not working` : n.unknown ? `${n.unknown} of ${all} not known, nothing is down` : "Everything works");
	setText(box.querySelector(".small"), `${n.up} up · ${n.down} down · ${n.unknown} unknown`);
	byId("groups").replaceChildren(...[...groups].sort((a, b) => (a[0] < b[0] ? -1 : 1)).map(([name, list]) =>
		el("section", { class: "part", "aria-label": `Group ${name}` }, el("h2", {}, name),
			el("p", { class: "heads", "aria-hidden": "true" }, SPANS.map((span) => el("span", {}, span))), el("ul", {}, list.map(rowOf)))));
	setText(byId("as-of"), answer.now ? `As of ${moment(answer.now)}. Percent of the time that it worked.` : "");
	document.body.dataset.ready = "1";
}

new Live({ load: async () => show(await get("/public.json")) });
