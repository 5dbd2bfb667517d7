// One check, whole.

import { commandBox, keys } from "./app.js";
import { Chart, rows } from "./chart.js";
import { byId, el, isNew, setText } from "./dom.js";
import { drawHistogram, quantile } from "./histogram.js";
import { incidentNode, signOf, tickIncident } from "./incident.js";
import { joined, stepFor } from "./merge.js";
import { get, Live, Refused } from "./net.js";
import { mark, setStrip, stripNode } from "./shapes.js";
import { maintenanceWords, sinceOf } from "./tile.js";
import { ago, clock, count, duration, interval, moment, percent, seconds, stateWord, time, utc } from "./words.js";

const WINDOWS = { "1h": 3600e3, "24h": 86400e3, "7d": 7 * 86400e3, "30d": 30 * 86400e3 };
const SERIES_MS = 30000; // numbers are asked for again so often, when something came
const COLOURS = ["--c1", "--c2", "--c3", "--c4", "--c5"];

const params = new URLSearchParams(location.search);
const app = params.get("app") || "", source = params.get("source") || "";
let span = WINDOWS[params.get("window")] ? params.get("window") : "24h";
let chosen = params.has("window"); // else what is known so far fits: an hour, or a day
const query = `app=${encodeURIComponent(app)}&source=${encodeURIComponent(source)}`;
const strip = stripNode(), charts = { latency: new Chart("latency"), phases: new Chart("phases", { stacked: true }) };
const NO_PHASES = ["uptime", "time", "first", "first-time"];
let phases = [], maybe = [], shades = [], seriesAt = 0, seriesOf = "", cells = null, shown = null, skew = 0;
const now = () => Date.now() + skew;

document.title = `${source} · Ferret`;
setText(byId("crumb"), `${app} / ${source}`);
setText(byId("name"), source);
byId("strip").append(strip);

function showHead(check) {
	const box = byId("verdict"), reason = stateWord(check);
	if (box.dataset.state !== check.state) {
		box.dataset.state = check.state;
		box.querySelector(".sign").replaceChildren(mark(check.state));
		setText(byId("spoken"), `${check.source} is ${reason}`);
	}
	document.title = `${check.state === "down" ? "▼ down: " : ""}${check.source} · Ferret`;
	setText(byId("state"), `${reason} for ${duration(now() - sinceOf(check))}, since ${moment(sinceOf(check))} · app ${check.app}${maintenanceWords(check)}`);
	byId("state").title = utc(sinceOf(check));
}

function fact(name, value, more, wide) {
	return el("div", { class: wide ? "two" : null }, el("dt", {}, name), el("dd", {}, value), el("dd", { class: "more" }, more || "\u00a0"));
}

function showFacts(check) {
	const { uptime: up, samples } = check, total = cells ? cells.cells.reduce((sum, cell) => sum + cell[2], 0) : 0;
	const q = (share) => (total ? seconds(quantile(cells.cells, total, share)) : "–");
	const week = (check.time && check.time.week) || {};
	byId("facts").replaceChildren(
		fact(`uptime by time, ${span}`, percent(up.share), up.known < 1 ? `known ${percent(up.known)}; ${interval(up.low, up.high)} whatever the rest was` : "all of it known"),
		fact("by samples", percent(samples.share), samples.count ? `${interval(samples.low, samples.high)} (95 %), n ${samples.count}` : "none"),
		fact(`p50 · p95 · p99, ${span}`, `${q(0.5)} · ${q(0.95)} · ${q(0.99)}`, total ? count(total, "sample") : "", true),
		fact("p50 · p95, last hour", `${seconds((check.time || {}).p50)} · ${seconds((check.time || {}).p95)}`, week.p50 ? `a week ago ${seconds(week.p50)} · ${seconds(week.p95)}` : "nothing of a week ago"),
		fact("down", duration(up.down_ms), up.unknown_ms ? `unknown ${duration(up.unknown_ms)}` : "never unknown"),
		fact("newest verdict", check.last ? ago(check.last, now()) : "none", check.every ? `due every ${duration(check.every)}` : "interval not known yet"),
		...(up.maintenance_ms ? [fact("maintenance", duration(up.maintenance_ms), "left out of the uptime")] : []));
}

function showStrip(check) {
	setStrip(strip, check.strip);
	setText(byId("strip-axis"), "");
	byId("strip-axis").append(...[0, 0.25, 0.5, 0.75, 1].map((part) => el("span", {}, clock(check.strip.from + (check.strip.to - check.strip.from) * part).slice(0, 5))));
	shades = [];
	let at = check.strip.from;
	for (const [state, ms] of check.strip.tiles) {
		if (state !== "up")
			shades.push([state, at, at + ms]);
		at += ms;
	}
}

function showFailure(check) {
	const failure = check.failure, box = byId("failing");
	box.hidden = !failure;
	if (!failure)
		return;
	const more = [failure.phase ? `reached the phase ${failure.phase}` : "", failure.status > 0 ? `status ${failure.status}` : "", failure.out_lost ? `${failure.out_lost} bytes more were not kept` : ""].filter(Boolean);
	byId("fail-at").replaceChildren(time(failure.at), ` (${ago(failure.at, now())})${more.length ? ` · ${more.join(" · ")}` : ""}`);
	setText(byId("fail-out"), failure.out || "It said nothing.");
	const repeat = check.repeat || failure.repeat || "", had = byId("repeat").dataset.command;
	if (repeat === had)
		return;
	byId("repeat").dataset.command = repeat;
	byId("repeat").replaceChildren(...(repeat ? [el("p", { class: "note" }, "To see it again, in a terminal:"), commandBox(repeat, "the command that repeats it")] : []));
}

const cell = (state) => el("td", { class: `state-cell ${state}` }, mark(state), el("span", {}, state));

function showSites(check) {
	const rules = (check.rules || []).map((r) => el("tr", { class: r.rule === check.rule ? "ours" : "" },
		el("th", { scope: "row" }, `${r.rule} of them${r.rule === check.rule ? " (counts)" : ""}`), cell(r.state),
		el("td", {}), el("td", {}, percent(r.share)), el("td", {}, interval(r.low, r.high)), el("td", {})));
	byId("sites").replaceChildren(
		el("thead", {}, el("tr", {}, ["Site", "Now", "Since", `Up, ${span}`, "Bounds", "Newest"].map((name) => el("th", { scope: "col" }, name)))),
		el("tbody", {}, check.sites.map((s) => el("tr", {}, el("th", { scope: "row" }, s.site || "(no name)"), cell(s.state),
			el("td", {}, s.since ? `for ${now() - s.since >= WINDOWS[span] - 60000 ? "all of it" : duration(now() - s.since)}` : ""),
			el("td", {}, percent(s.share)), el("td", {}, interval(s.low, s.high)), el("td", {}, s.last ? time(s.last) : "–")))),
		el("tbody", { class: "rules" }, rules));
}

function slotRow(slot) {
	const marks = ["timeout", "suspect", "overrun", "reused", "warning"].filter((name) => slot[name]);
	const slowest = Object.entries(slot.phases || {}).reduce((most, part) => (!most || part[1] > most[1] ? part : most), null);
	const words = [slot.reason, slot.phase ? `failed in ${slot.phase}` : "", slot.first === 0 && slot.state === "up" ? "not at the first try" : "", ...marks].filter(Boolean).join(", ");
	return el("tr", { class: slot.state }, el("td", {}, time(slot.ts)), cell(slot.state),
		el("td", { class: "number" }, seconds(slot.time)),
		el("td", {}, slowest ? `${slowest[0]} ${seconds(slowest[1])}` : ""),
		el("td", {}, words), el("td", {}, [slot.site, slot.instance].filter(Boolean).join(" / ")), el("td", { class: "number" }, `${slot.boot}/${slot.slot}`),
		el("td", { class: "number" }, slot.lag === null ? "" : seconds(slot.lag)),
		el("td", { class: "number" }, slot.mem === null ? "" : `${slot.mem}\u00a0MB`));
}

function showSlots(check) {
	if (!isNew("slots", check.slots))
		return;
	byId("slots").replaceChildren(
		el("thead", {}, el("tr", {}, ["Due", "Verdict", "Time", "Mostly", "Note", "Site", "Boot/slot", "Late", "Memory"].map((name) => el("th", { scope: "col" }, name)))),
		el("tbody", {}, check.slots.length ? check.slots.map(slotRow) : el("tr", {}, el("td", { colspan: "9" }, "None since this collector has started."))));
}

function showIncidents(check) {
	const list = byId("incidents");
	if (!isNew("incidents", check.incidents.map(signOf))) {
		check.incidents.forEach((i, at) => tickIncident(list.children[at], i));
		return;
	}
	const open = new Set([...list.querySelectorAll("details[open]")].map((node) => node.dataset.id));
	list.replaceChildren(...(check.incidents.length
		? check.incidents.map((i) => incidentNode(i, { open: open.has(String(i.id)) }))
		: [el("p", { class: "nothing" }, "None on record.")]));
}

function findPhases(check) {
	phases = (check.phases || []).slice(0, 12);
	// What no slot of late has reached: other numbers are looked at, and taken where they fit in.
	maybe = (check.numbers || []).filter((name) => !NO_PHASES.includes(name) && !phases.includes(name)).slice(0, 15 - phases.length);
}

// Phases together are the time. Numbers in seconds that may be phases are if the sum says so.
function tiling(whole, of) {
	const sure = phases.filter(of), all = [...maybe.filter(of), ...sure];
	const sum = (s) => s.points.reduce((n, p) => n + p[2], 0);
	if (!whole || all.reduce((n, name) => n + sum(of(name)), 0) > sum(whole) * 1.02)
		return sure;
	const order = ["dns", "connect", "tls", "send", "ttfb", "transfer"], rank = (name) => (name === "other" ? 99 : order.includes(name) ? order.indexOf(name) : 50);
	return all.sort((a, b) => rank(a) - rank(b));
}

function drawSeries(answer, from, to) {
	const of = (name) => (answer ? answer.series : []).find((s) => s.name === name && (s.unit === "s"));
	const whole = of("time"), step = stepFor(to - from, answer ? answer.step_ms : 60000);
	const points = new Map((whole ? joined(whole.points, step) : []).map((p) => [p[0], p]));
	const times = [...points.keys()].sort((a, b) => a - b);
	charts.latency.set({ names: ["p50", "p95", "p99"], colours: ["--c1", "--c3", "--c4"], span: [from, to], shades,
		rows: rows(times, step, (t) => points.get(t).slice(5, 8)) });
	setText(byId("h-latency"), `Latency, percentiles of ${duration(step)}`);
	const found = tiling(whole, of).map((name) => [name, of(name)]);
	const sums = found.map(([, s]) => new Map(joined(s.points, step).map((p) => [p[0], p[2]])));
	charts.phases.set({ names: found.map(([name]) => name), span: [from, to], shades,
		colours: found.map(([name], i) => (name === "other" ? "--c6" : COLOURS[i % COLOURS.length])),
		rows: found.length ? rows(times, step, (t) => sums.map((s) => (s.get(t) || 0) / points.get(t)[1])) : [] });
}

// Numbers of the window; what is not there (404) leaves its place empty, with words.
async function loadSeries(key) {
	const to = now(), from = to - WINDOWS[span], names = ["time", ...phases, ...maybe].map((name) => `name=${encodeURIComponent(name)}`).join("&");
	const quiet = (error) => {
		if (error instanceof Refused && error.status && error.status !== 401)
			return null;
		throw error;
	};
	const [series, histogram] = await Promise.all([
		get(`/api/series?${query}&${names}&from=${Math.round(from)}&to=${Math.round(to)}&resolution=auto`).catch(quiet),
		get(`/api/histogram?${query}&name=time&from=${Math.round(from)}&to=${Math.round(to)}`).catch(quiet)]);
	if (key !== span)
		return;
	cells = histogram;
	drawSeries(series, from, to);
	drawHistogram(byId("histogram"), histogram);
}

function show(check) {
	shown = check;
	byId("missing").hidden = true;
	byId("report").hidden = false;
	showHead(check);
	showFacts(check);
	showStrip(check);
	showFailure(check);
	showSites(check);
	showSlots(check);
	showIncidents(check);
	findPhases(check);
}

async function load() {
	const key = span;
	let check;
	try {
		check = await get(`/api/check?${query}&window=${key}`);
	} catch (error) {
		if (!(error instanceof Refused) || (error.status !== 404 && error.status !== 400))
			throw error;
		byId("report").hidden = true;
		byId("missing").hidden = false;
		setText(byId("missing"), `${error.message}. It appears here with its first line.`);
		setText(byId("state"), "not known");
		document.body.dataset.ready = "1";
		return;
	}
	if (key !== span)
		return;
	if (!chosen && check.uptime.up_ms + check.uptime.down_ms < WINDOWS["1h"]) {
		chosen = true;
		span = "1h";
		document.querySelector("#windows input[value='1h']").checked = true;
		return load();
	}
	chosen = true;
	show(check);
	const wanted = `${key} ${phases.join()} ${maybe.join()}`;
	if (Date.now() - seriesAt > SERIES_MS || seriesOf !== wanted) {
		seriesAt = Date.now();
		seriesOf = wanted;
		await loadSeries(key);
		showFacts(check);
	}
	document.body.dataset.ready = "1";
}

let soon = 0;
const live = new Live({
	load,
	events: {
		gap: () => live.refresh(),
		check(check) {
			if (check.app !== app || check.source !== source || soon)
				return;
			soon = setTimeout(() => { soon = 0; live.refresh(); }, shown && shown.state === check.state ? 2000 : 0);
		},
	},
});
setInterval(() => { if (shown) showHead(shown); }, 5000);

for (const input of document.querySelectorAll("#windows input")) {
	input.checked = input.value === span;
	input.addEventListener("change", () => {
		span = input.value;
		chosen = true;
		history.replaceState(null, "", `/check?${query}&window=${span}`);
		live.refresh();
	});
}
Object.keys(WINDOWS).forEach((name, i) => keys.add(String(i + 1), `Window of ${name}`, () => document.querySelector(`#windows input[value="${name}"]`).click()));
keys.add("u", "Up to all checks", () => location.assign("/"));
