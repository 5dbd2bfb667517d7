// One incident: when, how long, and all that the failure said.

import { el, setText } from "./dom.js";
import { mark } from "./shapes.js";
import { linkOf } from "./tile.js";
import { duration, firstLine, moment, time, utc } from "./words.js";

function note(title, n) {
	if (!n)
		return null;
	const lost = n.out_lost ? el("p", { class: "note" }, `${n.out_lost} bytes more were not kept.`) : null;
	const more = [n.phase ? `reached ${n.phase}` : "", n.status > 0 ? `status ${n.status}` : ""].filter(Boolean).join(", ");
	return el("div", { class: "said" }, el("h4", {}, title, " ", time(n.at), more ? ` · ${more}` : ""),
		el("pre", { class: "output", tabindex: "0" }, n.out || "no words"), lost);
}

// What makes another drawing of it; an open one grows longer without that.
export const signOf = (i) => [i.id, i.end, i.start, i.first && i.first.at, i.last && i.last.at];
const spanOf = (i) => (i.end === null ? `open, for ${duration(i.duration_ms)}` : duration(i.duration_ms));
export const tickIncident = (node, i) => setText(node.querySelector(".span"), spanOf(i));

export function incidentNode(i, { named = false, open = false } = {}) {
	const words = firstLine((i.last || i.first || {}).out) || firstLine((i.first || {}).out) || "no words";
	const title = named
		? el("a", { href: linkOf(i, "24h"), class: "name" }, i.source)
		: null;
	const same = i.last && i.first && i.last.at === i.first.at;
	const node = el("details", { class: `incident ${i.end === null ? "open" : ""} ${named ? "named" : ""}`, "data-id": i.id },
		el("summary", {}, mark(i.end === null ? "down" : "up"),
			el("span", { class: "when", title: utc(i.start) }, moment(i.start)),
			el("span", { class: "span" }, spanOf(i)),
			title, named ? el("span", { class: "app" }, i.app) : null,
			el("span", { class: "words" }, words)),
		note("First said", i.first), same ? null : note("Last said", i.last));
	node.open = open;
	return node;
}
