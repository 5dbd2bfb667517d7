// Small drawings: states have a shape of their own each, so that colour is never the only sign.

import { svg } from "./dom.js";
import { duration } from "./words.js";

const MARKS = {
	up: () => [svg("circle", { cx: 8, cy: 8, r: 7 }), svg("path", { class: "cut", d: "M4.6 8.2 7 10.6 11.4 5.6" })],
	down: () => [svg("path", { d: "M8 .8 15.6 14.6H.4Z" }), svg("path", { class: "cut", d: "M8 5.6V9.6M8 11.6V12.2" })],
	unknown: () => [svg("circle", { class: "ring", cx: 8, cy: 8, r: 6 }), svg("path", { class: "line", d: "M6.1 6.4a2 2 0 1 1 2.7 1.8q-.8.4-.8 1.2M8 11.4v.5" })],
	green: () => MARKS.up(),
	red: () => MARKS.down(),
	yellow: () => [svg("rect", { x: 2.2, y: 2.2, width: 11.6, height: 11.6, rx: 1.5, transform: "rotate(45 8 8)" }), svg("path", { class: "cut", d: "M8 4.6V8.6M8 10.8V11.4" })],
};

export function mark(state) {
	return svg("svg", { class: `shape ${state}`, viewBox: "0 0 16 16", "aria-hidden": "true" }, ...(MARKS[state] || MARKS.unknown)());
}

// A strip of 1440 units: up a band in the middle, down the whole height, unknown a thin line.
const BANDS = { up: [6, 10], down: [0, 22], unknown: [10, 2] };
const WIDTH = 1440;
const LEAST = 7; // a failure of ten seconds has to be seen

export function stripPaths(strip) {
	const paths = { up: "", down: "", unknown: "" };
	const whole = strip ? strip.to - strip.from : 0;
	let at = 0;
	for (const [state, ms] of strip ? strip.tiles : []) {
		const [y, height] = BANDS[state] || BANDS.unknown;
		const x = at / whole * WIDTH;
		let wide = ms / whole * WIDTH;
		if (state === "down" && wide < LEAST)
			wide = LEAST;
		paths[state] += `M${x.toFixed(1)} ${y}h${wide.toFixed(1)}v${height}h-${wide.toFixed(1)}z`;
		at += ms;
	}
	return paths;
}

export function stripWords(strip) {
	const sum = { up: 0, down: 0, unknown: 0 };
	for (const [state, ms] of strip ? strip.tiles : [])
		sum[state] += ms;
	const parts = ["up", "down", "unknown"].filter((state) => sum[state] > 0).map((state) => `${state} ${duration(sum[state])}`);
	return `Last 24 hours: ${parts.join(", ").replaceAll("\u00a0", " ") || "nothing known"}`;
}

export function stripNode() {
	const node = svg("svg", { class: "strip", viewBox: `0 0 ${WIDTH} 22`, preserveAspectRatio: "none", role: "img" });
	node.append(svg("path", { class: "up" }), svg("path", { class: "unknown" }), svg("path", { class: "down" }));
	return node;
}

export function setStrip(node, strip) {
	const paths = stripPaths(strip);
	for (const path of node.children) {
		const d = paths[path.getAttribute("class")];
		if (path.getAttribute("d") !== d)
			path.setAttribute("d", d);
	}
	const words = stripWords(strip);
	if (node.getAttribute("aria-label") !== words)
		node.setAttribute("aria-label", words);
}
