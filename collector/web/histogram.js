// How often how long: bars of our own, from the collector's cells.

import { el, svg } from "./dom.js";
import { count, integer, seconds } from "./words.js";

const BARS = 40;
const HEIGHT = 140;

// The number under which a share q of all lies.
export function quantile(cells, total, q) {
	let sum = 0;
	for (const [low, high, n] of cells) {
		sum += n;
		if (sum >= q * total)
			return low + (high - low) * (1 - (sum - q * total) / n);
	}
	return null;
}

// Cells of any width into bars of one width; what lies over the last is in the last.
function bars(cells, from, to) {
	const out = new Array(BARS).fill(0), width = (to - from) / BARS;
	for (const [low, high, n] of cells) {
		const at = Math.floor(((low + high) / 2 - from) / width);
		out[Math.min(BARS - 1, Math.max(0, at))] += n;
	}
	return out;
}

export function drawHistogram(box, data) {
	const cells = data ? data.cells : [], total = cells.reduce((sum, cell) => sum + cell[2], 0);
	if (!total) {
		box.replaceChildren(el("p", { class: "nothing" }, "No numbers in this window."));
		return;
	}
	const [p50, p95, p99] = [0.5, 0.95, 0.99].map((q) => quantile(cells, total, q));
	const from = Math.min(cells[0][0], p50 / 2), most = cells[cells.length - 1][1];
	const to = Math.min(most, Math.max(p99 * 1.25, from + 1e-6));
	const heights = bars(cells, from, to), top = Math.max(...heights), width = 400 / BARS;
	const at = (v) => Math.min(400, Math.max(0, (v - from) / (to - from) * 400));
	const range = (i) => `${seconds(from + (to - from) * i / BARS)} to ${i === BARS - 1 && most > to ? seconds(most) : seconds(from + (to - from) * (i + 1) / BARS)}`;
	const drawing = svg("svg", { viewBox: `0 0 400 ${HEIGHT}`, preserveAspectRatio: "none", role: "img",
		"aria-label": `Histogram of ${count(total, "sample")}: half under ${seconds(p50)}, 95 % under ${seconds(p95)}, 99 % under ${seconds(p99)}` },
	...heights.map((n, i) => {
		const height = n ? Math.max(1.5, n / top * (HEIGHT - 6)) : 0;
		return svg("rect", { class: "bar-of", x: i * width + 0.5, y: HEIGHT - height, width: width - 1, height },
			svg("title", {}, `${range(i)}: ${integer(n)}`));
	}),
	...[p50, p95, p99].map((v) => svg("line", { class: "cut-at", x1: at(v), x2: at(v), y1: 0, y2: HEIGHT })));
	box.replaceChildren(drawing,
		el("p", { class: "axis" }, el("span", {}, seconds(from)), el("span", {}, seconds((from + to) / 2)), el("span", {}, most > to ? `${seconds(to)} and more` : seconds(to))),
		el("p", { class: "note" }, `${count(total, "sample")}. Lines: p50 ${seconds(p50)}, p95 ${seconds(p95)}, p99 ${seconds(p99)}; the slowest ${seconds(most)}.`));
}
