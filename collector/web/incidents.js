// All incidents: open ones first, then the newest first.

import { keys } from "./app.js";
import { byId, el, isNew } from "./dom.js";
import { incidentNode, signOf, tickIncident } from "./incident.js";
import { get, Live } from "./net.js";
import { planning, showPlanned } from "./plan.js";

const PAGE = 50;
const params = new URLSearchParams(location.search);
let open = params.get("open") === "1", older = [], newest = [], more = false;

function matches(i) {
	const words = byId("q").value.toLowerCase().split(/\s+/).filter(Boolean);
	const text = `${i.app} ${i.source} ${i.first ? i.first.out : ""} ${i.last ? i.last.out : ""}`.toLowerCase();
	return words.every((word) => text.includes(word));
}

const dayOf = (i) => (i.end === null ? "Open" : new Date(i.start).toLocaleDateString(undefined, { weekday: "long", day: "numeric", month: "long" }));

function draw(force) {
	const list = [...newest, ...older].filter(matches);
	byId("more").hidden = !more;
	if (!isNew("list", [list.map(signOf), open]) && !force) {
		const nodes = document.querySelectorAll("#list details");
		list.forEach((i, at) => tickIncident(nodes[at], i));
		return;
	}
	let day = "";
	const opened = new Set([...document.querySelectorAll("#list details[open]")].map((node) => node.dataset.id));
	const nodes = [];
	for (const i of list) {
		if (dayOf(i) !== day)
			nodes.push(el("h2", { class: "day" }, day = dayOf(i)));
		nodes.push(incidentNode(i, { named: true, open: opened.has(String(i.id)) }));
	}
	byId("list").replaceChildren(...(nodes.length ? nodes : [el("p", { class: "nothing" },
		byId("q").value ? "None matches." : open ? "Nothing is broken now." : "None on record. Each time that a check goes down and comes up again is one, with all that it said.")]));
}

async function load() {
	const [answer, planned] = await Promise.all([get(`/api/incidents?limit=${PAGE}${open ? "&open=1" : ""}`), get("/api/maintenance").catch(() => null)]);
	newest = answer.incidents;
	const seen = new Set(newest.map((i) => i.id));
	older = older.filter((i) => !seen.has(i.id));
	if (!older.length)
		more = answer.more;
	showPlanned(planned ? planned.windows : [], () => live.refresh());
	draw();
	document.body.dataset.ready = "1";
}

const live = new Live({ load, calm: 30000, events: { incident: () => live.refresh(), gap: () => live.refresh() } });

planning(() => live.refresh());
byId("more").addEventListener("click", async () => {
	const all = [...newest, ...older], last = all.filter((i) => i.end !== null).pop() || all.pop();
	const answer = await get(`/api/incidents?limit=${PAGE}&before=${last.start}${open ? "&open=1" : ""}`);
	const seen = new Set([...newest, ...older].map((i) => i.id));
	older.push(...answer.incidents.filter((i) => !seen.has(i.id)));
	more = answer.more;
	draw(true);
});
byId("q").addEventListener("input", () => draw());
byId("filter").addEventListener("submit", (event) => event.preventDefault());
for (const input of document.querySelectorAll("#which input")) {
	input.checked = input.value === (open ? "1" : "");
	input.addEventListener("change", () => {
		open = input.value === "1";
		older = [];
		history.replaceState(null, "", open ? "/incidents?open=1" : "/incidents");
		live.refresh();
	});
}
keys.add("/", "Search", () => byId("q").focus());
keys.add("Escape", "Clear the search", () => {
	byId("q").value = "";
	byId("q").blur();
	draw();
});
keys.add("o", "Open ones alone, or all", () => document.querySelector("#which input:not(:checked)").click());
