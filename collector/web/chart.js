// Lines over time, by dygraphs (Debian's libjs-dygraphs). Its legend writes styles into markup, which
// the pages' policy refuses: the words under a chart are ours.

import { byId, el } from "./dom.js";
import { moment, seconds } from "./words.js";

const { Dygraph } = window;
if (Dygraph)
	Dygraph.PLUGINS = Dygraph.PLUGINS.filter((plugin) => plugin.prototype.toString() !== "Legend Plugin");

const paint = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

// Rows for dygraphs: one a bucket, and an empty one wherever buckets are missing, so that no line is
// drawn through what nobody measured.
export function rows(times, step, valuesAt) {
	const out = [];
	let last = null;
	for (const t of times) {
		const values = valuesAt(t);
		if (last !== null && t - last > step * 1.5)
			out.push([new Date(last + step), ...values.map(() => NaN)]);
		out.push([new Date(t), ...values]);
		last = t;
	}
	return out;
}

export class Chart {
	// names: of the lines; colours: custom properties of app.css; stacked: or not
	constructor(id, { stacked = false } = {}) {
		this.box = byId(id);
		this.legend = byId(`${id}-legend`);
		this.stacked = stacked;
		this.what = stacked ? "Phases of the time, stacked" : "Percentiles of the time";
		this.graph = null;
		this.data = null;
		window.addEventListener("ferret-theme", () => this.draw());
		matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw());
	}

	// data: { rows, names, colours, span: [from, to], shades: [[state, from, to]] }
	set(data) {
		const same = this.data && this.graph && this.data.names.join() === data.names.join();
		this.data = data;
		if (same && data.rows.length)
			this.graph.updateOptions({ file: data.rows, dateWindow: data.span });
		else
			this.draw();
		this.say(null);
	}

	draw() {
		const { data } = this;
		if (this.graph)
			this.graph.destroy();
		this.graph = null;
		if (!data)
			return;
		if (!Dygraph || !data.rows.length) {
			this.box.replaceChildren(el("p", { class: "nothing" }, Dygraph ? "No numbers in this window." : "The chart library is not there."));
			return;
		}
		this.box.replaceChildren();
		this.graph = new Dygraph(this.box, data.rows, {
			labels: ["time", ...data.names],
			colors: data.colours.map(paint),
			dateWindow: data.span,
			stackedGraph: this.stacked, stackedGraphNaNFill: "none", fillGraph: this.stacked, fillAlpha: this.stacked ? 0.65 : 0,
			strokeWidth: this.stacked ? 0.6 : 1.5, includeZero: true, connectSeparatedPoints: false, drawPoints: false,
			drawIsolatedPoints: true, highlightCircleSize: 3, rightGap: 6, xRangePad: 0,
			gridLineColor: paint("--line"), axisLineColor: paint("--line"), gridLineWidth: 1,
			axes: {
				x: { pixelsPerLabel: 58, axisLabelWidth: 58, drawGrid: false },
				y: { axisLabelFormatter: (v) => (v === 0 ? "0" : seconds(v)), axisLabelWidth: 64, pixelsPerLabel: 34 },
			},
			highlightCallback: (event, x, points, row) => this.say(row),
			unhighlightCallback: () => this.say(null),
			underlayCallback: (canvas, area, graph) => this.shade(canvas, area, graph),
		});
	}

	// What was down or unknown lies behind the lines.
	shade(canvas, area, graph) {
		for (const [state, from, to] of this.data.shades || []) {
			const a = Math.max(area.x, graph.toDomXCoord(from)), b = Math.min(area.x + area.w, graph.toDomXCoord(to));
			if (b <= area.x || a >= area.x + area.w)
				continue;
			canvas.fillStyle = paint(state === "down" ? "--down-fill" : "--unknown-fill");
			canvas.globalAlpha = state === "down" ? 0.28 : 0.14;
			canvas.fillRect(a, area.y, Math.max(2, b - a), area.h);
			canvas.globalAlpha = 1;
		}
	}

	// The names, and the values of the bucket under the pointer or of the newest.
	say(row) {
		const { data } = this;
		if (!data || !this.legend)
			return;
		let at = row === null ? data.rows.length - 1 : row;
		while (row === null && at > 0 && data.rows[at].slice(1).every((v) => !Number.isFinite(v)))
			at--;
		const values = data.rows[at];
		if (row === null && values) {
			this.box.setAttribute("role", "img");
			this.box.setAttribute("aria-label", `${this.what}; newest: ${data.names.map((name, i) => `${name} ${seconds(values[i + 1])}`).join(", ")}`.replaceAll("\u00a0", " "));
		}
		this.legend.replaceChildren(
			el("span", { class: "at" }, values ? (row === null ? `newest, ${moment(values[0])}` : moment(values[0])) : "\u00a0"),
			...data.names.map((name, i) => el("span", { class: `key k${data.colours[i].slice(2)}` }, `${name} `,
				el("b", {}, values && Number.isFinite(values[i + 1]) ? seconds(values[i + 1]) : "–"))));
	}
}
