// How the lines come in: how many, how late, what is gone and why.

import { byId, el, setText, svg } from "./dom.js";
import { emptySteps } from "./empty.js";
import { get, Live } from "./net.js";
import { mark } from "./shapes.js";
import { ago, bytes, duration, integer, moment, seconds, time } from "./words.js";

const POINTS = 181;
const rates = [];
let last = null;

const table = (id, head, rows, none) => byId(id).replaceChildren(
	...(head ? [el("thead", {}, el("tr", {}, head.map((name) => el("th", { scope: "col" }, name))))] : []),
	el("tbody", {}, rows.length ? rows : el("tr", {}, el("td", { colspan: head ? head.length : 2 }, none))));
const row = (name, value, bad) => el("tr", { class: bad ? "bad" : "" }, el("th", { scope: "row" }, name), el("td", { class: "number" }, value));
const fact = (name, value, more) => el("div", {}, el("dt", {}, name), el("dd", {}, value), el("dd", { class: "more" }, more || "\u00a0"));
const sum = (object) => Object.values(object || {}).reduce((all, n) => all + n, 0);

// lag_ms is one number, or percentiles.
function lagWords(lag) {
	if (lag === null || lag === undefined)
		return ["–", "no frame has come yet"];
	if (typeof lag === "object")
		return [`${seconds(lag.p50 / 1000)} · ${seconds(lag.p99 / 1000)}`, "p50 · p99: arrival less the frame's time"];
	return [seconds(lag / 1000), "of the newest frame: arrival less its time"];
}

function rateOf(state) {
	if (typeof state.lines_per_s === "number")
		return state.lines_per_s;
	return last && state.now > last.now ? (state.lines - last.lines) * 1000 / (state.now - last.now) : null;
}

const LOST_WORDS = {
	L10: "lines that the platform dropped before its drain (L10)", L11: "lines that a tail missed (L11)",
	L12: "lines that log-shuttle dropped (L12)", L13: "lines that log-shuttle could not deliver (L13)",
};

function lostRows(state) {
	const out = Object.entries(state.lost || {}).map(([why, n]) => row(LOST_WORDS[why] || why, integer(n), n > 0));
	for (const [status, n] of Object.entries(state.refused || {}))
		out.push(row(`requests refused with ${status}`, integer(n), n > 0));
	for (const [key, words] of [["malformed", "frames that could not be read"], ["count_mismatch", "requests with another number of frames than told"],
		["headerless", "frames without a header"], ["no_time", "lines without a time of their own"],
		["duplicate_requests", "requests that came again (counted once)"], ["duplicate_verdicts", "verdicts that came again (counted once)"]])
		if (state[key] !== undefined)
			out.push(row(words, integer(state[key]), (key === "malformed" || key === "count_mismatch") && state[key] > 0));
	const line = state.connections || {};
	for (const [key, words] of [["refused_full", "connections refused: too many"], ["refused_address", "connections refused: too many of one address"],
		["cut_slow_head", "connections cut: a slow head"], ["cut_slow_body", "connections cut: a slow body"], ["cut_slow_reader", "connections cut: a slow reader"]])
		if (line[key] !== undefined)
			out.push(row(words, integer(line[key]), line[key] > 0));
	if (state.live)
		out.push(row("pages that were slow and missed news", integer(state.live.gaps)), row(`pages that were refused or cut (${integer(state.live.clients)} listen)`, integer(state.live.refused + state.live.cut)));
	return out;
}

function showVerdict(state, rate) {
	const box = byId("verdict"), store = state.store, lost = sum(state.lost);
	const failing = (state.outlets || []).filter((outlet) => outlet.state !== "ok");
	let kind = "up", big = `${integer(state.lines)} lines in ${duration(state.now - state.started)}`;
	let small = `${rate === null ? "" : `${rate < 10 ? rate.toFixed(1) : integer(rate)} lines a second now · `}${integer(lost)} known to be lost`;
	if (store.state !== "ok")
		[kind, big, small] = ["down", "The store is down", `${store.error || "no reason told"}; senders are asked to come again (503)`];
	else if (!state.lines)
		[kind, big, small] = ["unknown", "No lines yet", `The collector is up since ${ago(state.started, state.now)}`];
	else if (failing.length)
		[kind, small] = ["unknown", `${failing.map((outlet) => outlet.name).join(", ")} failing · ${small}`];
	if (box.dataset.state !== kind) {
		box.dataset.state = kind;
		box.querySelector(".sign").replaceChildren(mark(kind));
	}
	setText(box.querySelector(".big"), big);
	setText(box.querySelector(".small"), small);
}

function drawRate(rate) {
	if (rate !== null)
		rates.push(rate);
	if (rates.length > POINTS)
		rates.shift();
	const top = Math.max(1, ...rates), x = (i) => (600 - (rates.length - 1 - i) * 600 / (POINTS - 1)).toFixed(1), y = (v) => (150 - v / top * 144).toFixed(1);
	const line = rates.map((v, i) => `${i ? "L" : "M"}${x(i)} ${y(v)}`).join("");
	byId("rate").replaceChildren(
		svg("svg", { class: "spark", viewBox: "0 0 600 150", preserveAspectRatio: "none", role: "img", "aria-label": `Lines a second: ${rates.length ? rates[rates.length - 1].toFixed(1) : "none"} now, at most ${top.toFixed(1)}` },
			svg("path", { class: "area", d: rates.length > 1 ? `${line}L600 150L${x(0)} 150z` : "" }), svg("path", { class: "stroke", d: line })),
		el("p", { class: "axis" }, el("span", {}, `${duration((POINTS - 1) * 1000)} ago`), el("span", {}, `top ${top < 10 ? top.toFixed(1) : integer(top)}/s`), el("span", {}, "now")));
}

// keep: not told, null for ever, or ms.
function keepWords(keep, held) {
	const words = [keep === undefined ? "" : keep === null ? "kept for ever" : `kept ${duration(keep)}`, held ? `since ${moment(held)}` : "none yet"];
	return words.filter(Boolean).join(", ");
}

function showStore(store) {
	const commit = store.commit_ms || {};
	table("store", null, [
		row("kind", store.kind), row("state", store.state === "ok" ? "ok" : `${store.state}: ${store.error || ""}`, store.state !== "ok"),
		row("size", bytes(store.bytes)), row("commits", `${integer(store.commits)}${store.failures ? `, ${store.failures} failed` : ""}`),
		row("a commit takes, p50 · p99", `${seconds(commit.p50 === null || commit.p50 === undefined ? null : commit.p50 / 1000)} · ${seconds(commit.p99 === null || commit.p99 === undefined ? null : commit.p99 / 1000)}`),
		...["minute", "hour", "day"].map((res) => row(`numbers by the ${res}`, keepWords(store.keep ? store.keep[res] : undefined, store.oldest ? store.oldest[res] : null))),
	], "");
}

function show(state) {
	const rate = rateOf(state), [lag, lagMore] = lagWords(state.lag_ms);
	showVerdict(state, rate);
	byId("facts").replaceChildren(
		fact("lines a second", rate === null ? "–" : rate < 10 ? rate.toFixed(1) : integer(rate), `${integer(state.lines)} in all`),
		fact("lag", lag, lagMore),
		fact("known to be lost", integer(sum(state.lost)), "by cause below"),
		fact("malformed", integer(state.malformed), `${integer(state.requests)} requests`),
		fact("read", bytes(state.bytes), state.connections ? `${integer(state.connections.now)} connections, ${integer(state.connections.most)} at most` : ""),
		fact("store", bytes(state.store.bytes), state.store.kind));
	drawRate(rate);
	table("lost", null, lostRows(state), "Nothing is known to be lost.");
	table("kinds", null, Object.entries(state.kinds || {}).sort((a, b) => b[1] - a[1]).map(([kind, n]) => row(kind, integer(n))), "None yet.");
	table("plain", ["App", "Process", "Lines"], (state.plain || []).map((p) => el("tr", {}, el("th", { scope: "row" }, p.app), el("td", {}, p.procid), el("td", { class: "number" }, integer(p.lines)))), "None: all that comes is understood.");
	table("outlets", ["Outlet", "State", "Queued", "Sent", "Lost"], (state.outlets || []).map((o) => el("tr", { class: o.state === "ok" ? "" : "bad" },
		el("th", { scope: "row" }, o.name), el("td", {}, o.error ? `${o.state}: ${o.error}` : o.state), el("td", { class: "number" }, integer(o.queued)),
		el("td", { class: "number" }, integer(o.sent)), el("td", { class: "number" }, integer(o.lost)))), "None is configured: numbers stay here.");
	byId("drains-part").hidden = !(state.drains || []).length;
	table("drains", ["App", "Lines", "Last"], (state.drains || []).map((d) => el("tr", {}, el("th", { scope: "row" }, d.app), el("td", { class: "number" }, integer(d.lines)), el("td", {}, d.last ? time(d.last) : "–"))), "");
	showStore(state.store);
	emptySteps(byId("empty"), state.lines === 0);
	last = state;
	document.body.dataset.ready = "1";
}

new Live({ load: async () => show(await get("/api/ingest")), calm: 30000, events: { ingest: show } });
