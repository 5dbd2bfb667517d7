// How numbers, times and states are written.

import { el } from "./dom.js";

const NBSP = "\u00a0";
const DASH = "–";

// A share of 1 as a percentage. Never rounded up to 100: what failed once shows.
export function percent(share) {
	if (share === null || share === undefined)
		return DASH;
	if (share >= 1)
		return `100${NBSP}%`;
	for (let digits = share > 0.9 ? 2 : 1; digits < 6; digits++) {
		const text = (share * 100).toFixed(digits);
		if (Number(text) < 100)
			return `${text}${NBSP}%`;
	}
	return `> 99.9999${NBSP}%`;
}

export function interval(low, high) {
	if (low === null || low === undefined || high === null || high === undefined)
		return "";
	const [a, b] = [percent(low), percent(high)];
	return a === b ? a : `${a.replace(`${NBSP}%`, "")}${DASH}${b}`;
}

export function seconds(s) {
	if (s === null || s === undefined)
		return DASH;
	if (s < 0.001)
		return s === 0 ? `0${NBSP}ms` : `${(s * 1000).toFixed(2)}${NBSP}ms`;
	if (s < 1)
		return `${(s * 1000).toFixed(s < 0.01 ? 1 : 0)}${NBSP}ms`;
	if (s < 120)
		return `${s.toFixed(s < 10 ? 2 : 1)}${NBSP}s`;
	return duration(s * 1000);
}

const UNITS = [[86400000, "d"], [3600000, "h"], [60000, "min"], [1000, "s"]];

// The two largest parts: "3 d 4 h", "12 min 5 s"; from ten up the first alone.
export function duration(ms) {
	if (ms === null || ms === undefined)
		return DASH;
	const whole = Math.max(0, Math.round(ms / 1000) * 1000);
	const at = UNITS.findIndex(([length]) => whole >= length);
	if (at < 0)
		return `0${NBSP}s`;
	const [length, name] = UNITS[at];
	const first = Math.floor(whole / length);
	let text = `${first}${NBSP}${name}`;
	if (first < 10 && at + 1 < UNITS.length) {
		const rest = Math.floor((whole % length) / UNITS[at + 1][0]);
		if (rest)
			text += ` ${rest}${NBSP}${UNITS[at + 1][1]}`;
	}
	return text;
}

export const ago = (at, now = Date.now()) => `${duration(now - at)} ago`;

export function count(n, one, many = `${one}s`) {
	return `${integer(n)} ${n === 1 ? one : many}`;
}
export const integer = (n) => (n === null || n === undefined ? DASH : Math.round(n).toLocaleString("en-GB").replaceAll(",", "\u202f"));

export function bytes(n) {
	if (n === null || n === undefined)
		return DASH;
	let at = 0;
	for (const unit of ["B", "kB", "MB", "GB"]) {
		if (n < 1000 || unit === "GB")
			return `${n.toFixed(at && n < 100 ? 1 : 0)}${NBSP}${unit}`;
		n /= 1000;
		at++;
	}
	return DASH;
}

const CLOCK = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
const DAY = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const YEAR = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", year: "numeric" });

export const clock = (at) => CLOCK.format(at);
export function moment(at, now = Date.now()) {
	const day = new Date(at), today = new Date(now);
	if (day.toDateString() === today.toDateString())
		return clock(at);
	return `${(day.getFullYear() === today.getFullYear() ? DAY : YEAR).format(at)} ${clock(at)}`;
}
export const utc = (at) => `${new Date(at).toISOString().replace("T", " ").replace(/\.\d+Z$/, "")} UTC`;

// The local time, UTC in its title.
export function time(at) {
	if (at === null || at === undefined)
		return el("span", {}, DASH);
	return el("time", { datetime: new Date(at).toISOString(), title: utc(at) }, moment(at));
}

export const STATES = { up: "up", down: "down", unknown: "unknown" };
export const stateWord = (check) => (check.state === "unknown" && check.reason ? `unknown: ${check.reason}` : check.state);

// The first line that says something.
export function firstLine(text) {
	for (const line of (text || "").split("\n"))
		if (line.trim())
			return line.trim();
	return "";
}
