// The wall: what is broken, the groups, a tile for each check.

import { keys } from "./app.js";
import { byId, el, setAttr, setOrder, setText } from "./dom.js";
import { showEmpty } from "./empty.js";
import { get, Live } from "./net.js";
import { LEVEL_ORDER, levelValue, levelWords, showBroken, showLately, showLevels, showVerdict, tally } from "./rail.js";
import { mark } from "./shapes.js";
import { Tile, byUrgency, keyOf } from "./tile.js";

const WINDOWS = ["1h", "24h", "7d", "30d"];
const SLICE = 120;       // tiles made at once; then the browser may paint
const DENSE_FROM = 150;  // so many checks are shown densely, unless one wants it otherwise
const SUMMARY_MS = 250;
const MANIFESTS_MS = 10000;

const checks = new Map(); // key → check
const tiles = new Map();  // key → Tile
const groups = new Map(); // name → parts of its section
const groupNames = new Map(); // key → the group of a manifest that it is in, the first one
let manifests = [], manifestsAt = 0, skew = 0, laying = 0, summing = 0;

const params = new URLSearchParams(location.search);
const chosen = {
	window: WINDOWS.includes(params.get("window")) ? params.get("window") : "24h",
	state: ["up", "down", "unknown"].includes(params.get("state")) ? params.get("state") : "",
	q: params.get("q") || "",
	dense: params.get("dense"), // "1", "0" or null: by their number
};
const now = () => Date.now() + skew;

function keepInUrl() {
	const next = new URLSearchParams();
	for (const [name, value, usual] of [["window", chosen.window, "24h"], ["state", chosen.state, ""], ["q", chosen.q, ""], ["dense", chosen.dense, null]])
		if (value !== usual && value !== null)
			next.set(name, value);
	const text = next.toString();
	history.replaceState(null, "", (text ? `/?${text}` : "/") + location.hash);
}

const groupOf = (check) => groupNames.get(keyOf(check)) || check.group;

function matches(check, words) {
	if (chosen.state && check.state !== chosen.state)
		return false;
	if (!words.length)
		return true;
	const text = `${check.app} ${check.source} ${groupOf(check)} ${check.state} ${check.failure ? check.failure.out : ""}`.toLowerCase();
	return words.every((word) => text.includes(word));
}

function makeGroup(name) {
	const part = {
		name, mark: el("span", { class: "mark-box" }), title: el("span", {}, name), level: el("span", { class: "level" }),
		counts: el("span", { class: "counts" }), rule: el("p", { class: "rule" }), grid: el("div", { class: "grid" }),
	};
	part.node = el("section", { class: "group", id: `g-${name}`, "aria-label": `Group ${name}` },
		el("header", {}, part.mark, el("h2", {}, part.title), part.level, part.counts, part.rule), part.grid);
	groups.set(name, part);
	return part;
}

function setGroup(part, list) {
	const m = manifests.find((one) => one.name === part.name), n = tally(list);
	const level = m ? m.level : n.down ? "red" : n.unknown ? "unknown" : "green";
	part.rank = (n.down ? 0 : 10) + LEVEL_ORDER[level];
	if (part.node.dataset.level !== level) {
		part.node.dataset.level = level;
		part.mark.replaceChildren(mark(level));
	}
	setText(part.title, (m && m.title) || part.name);
	setText(part.level, m ? `${level} ${levelValue(m)}`.trim() : "");
	setAttr(part.level, "class", `level ${m ? level : "off"}`);
	setText(part.rule, m ? levelWords(m) : "");
	setText(part.counts, ["down", "unknown", "up"].filter((state) => n[state]).map((state) => `${n[state]} ${state}`).join(" · "));
}

// The sections and what belongs into each, failing first.
function plan() {
	const words = chosen.q.toLowerCase().split(/\s+/).filter(Boolean);
	const all = new Map();
	for (const check of checks.values()) {
		const name = groupOf(check);
		if (!all.has(name))
			all.set(name, { part: groups.get(name) || makeGroup(name), list: [], shown: [] });
		const into = all.get(name);
		into.list.push(check);
		if (matches(check, words))
			into.shown.push(check);
	}
	for (const { part, list } of all.values())
		setGroup(part, list);
	return [...all.values()].filter((one) => one.shown.length)
		.sort((a, b) => a.part.rank - b.part.rank || (a.part.name < b.part.name ? -1 : 1));
}

function makeTile(check) {
	const tile = new Tile();
	tile.set(check, chosen.window, now());
	tiles.set(keyOf(check), tile);
	return tile;
}

// Lay out what is planned. Tiles that are not made yet are made in slices, top to bottom.
function layOut() {
	laying = 0;
	const wanted = plan();
	let room = SLICE, left = false;
	for (const { part, shown } of wanted) {
		shown.sort(byUrgency);
		const nodes = [];
		for (const check of shown) {
			const tile = tiles.get(keyOf(check)) || (room-- > 0 ? makeTile(check) : null);
			if (!tile) {
				left = true;
				break;
			}
			nodes.push(tile.node);
		}
		setOrder(part.grid, nodes);
		if (left)
			break;
	}
	const parts = wanted.map((one) => one.part);
	setOrder(byId("groups"), (left ? parts.filter((part) => part.grid.childElementCount) : parts).map((part) => part.node));
	const some = wanted.length > 0 || checks.size === 0;
	byId("none").hidden = some;
	if (!some)
		setText(byId("none"), "No check matches. Esc in the search field clears it.");
	document.body.classList.toggle("dense", isDense());
	if (left)
		layOutSoon();
}
function layOutSoon() {
	if (!laying)
		laying = requestAnimationFrame(layOut);
}

const isDense = () => (chosen.dense === null ? checks.size >= DENSE_FROM : chosen.dense === "1");

function summarize() {
	summing = 0;
	const list = [...checks.values()], n = tally(list), broken = list.filter((check) => check.state === "down");
	showVerdict(n, broken, now());
	showBroken(broken, chosen.window, now());
	for (const node of document.querySelectorAll("#states b"))
		setText(node, String(n[node.dataset.n]));
	byId("dense").checked = isDense();
	if (Date.now() - manifestsAt > MANIFESTS_MS)
		loadManifests();
}
function summarizeSoon() {
	if (!summing)
		summing = setTimeout(summarize, SUMMARY_MS);
}

async function loadManifests() {
	manifestsAt = Date.now();
	try {
		({ manifests } = await get("/api/manifests"));
		groupNames.clear();
		for (const m of manifests)
			for (const check of m.checks)
				if (!groupNames.has(keyOf(check)))
					groupNames.set(keyOf(check), m.name);
		showLevels(manifests);
		layOutSoon();
	} catch {
		// The groups are those of the sources, then.
	}
}
let latelyTimer = 0; // a whole site that goes down opens many incidents at once
async function loadLately() {
	latelyTimer = 0;
	try {
		showLately((await get("/api/incidents?limit=5")).incidents, chosen.window);
	} catch {
		showLately([], chosen.window);
	}
}

// One check as it is now. Without a strip it keeps the one it has.
function take(check, whole) {
	const key = keyOf(check), was = checks.get(key);
	if (!whole && was) {
		check = { ...was, ...check, strip: check.strip || was.strip };
	}
	checks.set(key, check);
	const tile = tiles.get(key);
	if (tile)
		tile.set(check, chosen.window, now());
	if (!was || was.state !== check.state) {
		if (!whole)
			manifestsAt = 0;
		layOutSoon();
	}
}

async function load() {
	const asked = chosen.window;
	const [answer] = await Promise.all([get(`/api/checks?window=${asked}`), manifestsAt ? null : loadManifests(), loadLately()]);
	if (asked !== chosen.window)
		return;
	skew = answer.now - Date.now();
	const seen = new Set();
	for (const check of answer.checks) {
		seen.add(keyOf(check));
		take(check, true);
	}
	for (const key of checks.keys())
		if (!seen.has(key)) {
			checks.delete(key);
			tiles.delete(key);
			layOutSoon();
		}
	showEmpty(checks.size === 0);
	layOut();
	summarize();
	document.body.dataset.ready = "1";
}

const live = new Live({
	load,
	path: () => `/events?window=${chosen.window}`,
	events: {
		gap: () => live.refresh(),
		check(check) {
			if (checks.size === 0)
				live.refresh();
			take(check, false);
			summarizeSoon();
		},
		incident: () => { latelyTimer = latelyTimer || setTimeout(loadLately, 1000); },
	},
});

// What grows older by itself: only what is on the screen is looked at.
setInterval(() => {
	for (const tile of tiles.values())
		tile.tick(now());
	summarizeSoon();
}, 10000);

function choose() {
	keepInUrl();
	layOut();
}
for (const input of document.querySelectorAll("#windows input")) {
	input.checked = input.value === chosen.window;
	input.addEventListener("change", () => {
		chosen.window = input.value;
		keepInUrl();
		live.reopen();
	});
}
for (const input of document.querySelectorAll("#states input")) {
	input.checked = input.value === chosen.state;
	input.addEventListener("change", () => {
		chosen.state = input.value;
		choose();
	});
}
byId("q").value = chosen.q;
byId("q").addEventListener("input", () => {
	chosen.q = byId("q").value.trim();
	choose();
});
byId("dense").addEventListener("change", () => {
	chosen.dense = byId("dense").checked ? "1" : "0";
	choose();
});
byId("filter").addEventListener("submit", (event) => event.preventDefault());

function step(by) {
	const links = [...document.querySelectorAll("#groups .tile h3 a")];
	const at = links.indexOf(document.activeElement);
	const next = links[at < 0 ? (by > 0 ? 0 : links.length - 1) : Math.min(links.length - 1, Math.max(0, at + by))];
	if (next) {
		next.focus();
		next.scrollIntoView({ block: "nearest" });
	}
}
function pickWindow(name) {
	const input = document.querySelector(`#windows input[value="${name}"]`);
	input.checked = true;
	input.dispatchEvent(new Event("change"));
}
keys.add("/", "Search", () => byId("q").focus());
keys.add("Escape", "Clear the search", () => {
	byId("q").value = chosen.q = "";
	byId("q").blur();
	choose();
});
// Arrows scroll, except from a tile.
const fromTile = (by) => (document.activeElement.closest(".tile") ? step(by) : false);
keys.add("j", "Next check (Enter opens it)", () => step(1));
keys.add("k", "Previous check", () => step(-1));
keys.add("ArrowDown or ArrowRight", "From a check: the next", () => fromTile(1));
keys.add("ArrowUp or ArrowLeft", "From a check: the previous", () => fromTile(-1));
WINDOWS.forEach((name, i) => keys.add(String(i + 1), `Window of ${name}`, () => pickWindow(name)));
keys.add("d", "Dense or roomy", () => byId("dense").click());
