// Nothing has come in yet: what to do next, with the address of this very collector.

import { commandBox, who } from "./app.js";
import { byId, el } from "./dom.js";

function steps(session) {
	const here = location.origin, open = !session || session.open;
	const drain = here.replace("://", open ? "://" : "://drain:$DRAIN_TOKEN@");
	const line = "app=demo xid=00000001 source=\"http.get.home\" i=0 ts='$(date +%s)'000 boot=0001 slot=1 measure#uptime=100 measure#time=0.12s measure#first=100";
	return [
		["Send one line by hand", "It makes the first tile: the check http.get.home of the app demo.",
			`echo '${line}' | curl --data-binary @- -H 'Content-Type: text/plain' ${drain}/logs`],
		["Run a monitor here", "The supervisor ships what its monitors print to this collector.",
			`HTTP_GET_TARGETS=home=https://example.com/ L2MET_URL=${drain}/logs bin/ferret start -m monitor_http_get=1`],
		["Point an app's log drain here", "Router lines, dyno errors and any measure# of the app are read too. The platform must be able to reach the address.",
			`heroku drains:add "${drain}/logs?app=NAME" --app NAME`],
	];
}

export async function emptySteps(box, on) {
	if (box.hidden === !on)
		return;
	box.hidden = !on;
	if (!on)
		return;
	const session = await who;
	box.replaceChildren(
		el("h2", {}, "No lines yet"),
		el("p", {}, "This collector runs, and waits for the first line. A tile appears by itself as soon as a check has said something."),
		el("ol", { class: "steps" }, steps(session).map(([title, words, command]) =>
			el("li", {}, el("h3", {}, title), el("p", {}, words), commandBox(command, title.toLowerCase())))),
		el("p", { class: "note" }, "What arrives, and what of it nobody reads, is under ", el("a", { href: "/ingest" }, "Ingest"), "."));
}

export function showEmpty(on) {
	byId("wall").hidden = byId("verdict").hidden = on;
	return emptySteps(byId("empty"), on);
}
