// Planned windows: which there are, and planning one (POST and DELETE /api/maintenance).

import { who } from "./app.js";
import { byId, el, isNew, setText } from "./dom.js";
import { duration, moment, time } from "./words.js";

// What the collector says against it, or nothing.
async function send(method, path, body) {
	const person = await who;
	try {
		const answer = await fetch(path, { method, body, headers: { Accept: "application/json", "X-Csrf-Token": (person && person.csrf) || "" } });
		return answer.ok ? "" : (await answer.json()).error;
	} catch {
		return "the collector does not answer";
	}
}

function endButton(w, refresh) {
	const button = el("button", { type: "button", class: "button", "aria-label": `${w.state === "now" ? "End" : "Take back"} the window of ${w.app} ${w.source}` }, w.state === "now" ? "End" : "Take back");
	button.addEventListener("click", async () => {
		button.disabled = true;
		setText(byId("plan-said"), await send("DELETE", `/api/maintenance/${w.id}`));
		refresh();
	});
	return button;
}

export function showPlanned(windows, refresh) {
	const list = windows.filter((w) => w.state !== "over");
	byId("planned").hidden = !list.length;
	if (!isNew("planned", [list, Math.floor(Date.now() / 60000)]))
		return;
	byId("windows").replaceChildren(
		el("thead", {}, el("tr", {}, ["From", "To", "State", "App", "Checks", "Note", ""].map((name) => el("th", { scope: "col" }, name)))),
		el("tbody", {}, list.map((w) => el("tr", {}, el("td", {}, time(w.from)), el("td", {}, time(w.to)),
			el("td", {}, w.state === "now" ? `now, ${duration(w.to - Date.now())} to go` : `planned, at ${moment(w.from)}`),
			el("td", {}, w.app), el("td", {}, w.source), el("td", {}, w.note || ""), el("td", {}, endButton(w, refresh))))));
}

export function planning(refresh) {
	const form = byId("plan-form");
	form.addEventListener("submit", async (event) => {
		event.preventDefault();
		const wanted = new URLSearchParams(new FormData(form)), from = Date.parse(wanted.get("from"));
		wanted.delete("from");
		if (from)
			wanted.set("from", String(from));
		const wrong = await send("POST", "/api/maintenance", wanted);
		setText(byId("plan-said"), wrong);
		if (!wrong) {
			form.reset();
			byId("plan").open = false;
		}
		refresh();
	});
}
