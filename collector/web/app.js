// What all pages have: colours, keyboard, who is logged in.

import { byId, el } from "./dom.js";

const THEMES = ["system", "light", "dark"];
const SIGNS = { system: "◐", light: "☀", dark: "☾" };

function themeNow() {
	return document.documentElement.dataset.theme || "system";
}
function setTheme(theme) {
	if (theme === "system")
		delete document.documentElement.dataset.theme;
	else
		document.documentElement.dataset.theme = theme;
	try {
		localStorage.setItem("ferret-theme", theme);
	} catch {
		// It holds for this page, then.
	}
	showTheme();
	window.dispatchEvent(new Event("ferret-theme"));
}
function showTheme() {
	const button = byId("theme"), theme = themeNow();
	button.textContent = SIGNS[theme];
	button.setAttribute("aria-label", `Colours: ${theme === "system" ? "as the system" : theme}. Change`);
}
const nextTheme = () => setTheme(THEMES[(THEMES.indexOf(themeNow()) + 1) % THEMES.length]);

// Keys: a page adds its own by keys.add(key, words, function).
const COMMON = [
	["?", "Show these keys", () => help()],
	["t", "Colours: system, light, dark", nextTheme],
	["g c", "Go to checks", () => location.assign("/")],
	["g i", "Go to incidents", () => location.assign("/incidents")],
	["g l", "Go to lines (ingest)", () => location.assign("/ingest")],
];
const SHOWN = { ArrowUp: "↑", ArrowDown: "↓", ArrowLeft: "←", ArrowRight: "→", Escape: "Esc" };
const own = [];
export const keys = { add: (key, words, act) => own.push([key, words, act]) };
let first = "";

function help() {
	let box = byId("help");
	if (!box) {
		const rows = [...own, ...COMMON].map(([key, words]) =>
			el("tr", {}, el("th", { scope: "row" }, key.split(" ").map((part) => (part === "or" ? " or " : el("kbd", {}, SHOWN[part] || part)))), el("td", {}, words)));
		box = el("dialog", { id: "help", "aria-labelledby": "help-title" },
			el("h2", { id: "help-title" }, "Keyboard"),
			el("table", {}, el("tbody", {}, rows)),
			el("form", { method: "dialog" }, el("button", {}, "Close")));
		document.body.append(box);
	}
	if (!box.open)
		box.showModal();
}

document.addEventListener("keydown", (event) => {
	if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing)
		return;
	const at = event.target;
	if (at.matches("input:not([type=radio], [type=checkbox]), textarea, select") && event.key !== "Escape")
		return;
	if (byId("help") && byId("help").open)
		return;
	const key = first ? `${first} ${event.key}` : event.key;
	first = "";
	for (const [name, , act] of [...own, ...COMMON]) {
		if (name.split(" or ").includes(key)) {
			if (act(event) !== false) // else it keeps its usual meaning
				event.preventDefault();
			return;
		}
		if (name.startsWith(`${key} `) && !name.includes(" or "))
			first = key;
	}
});

// The copy button of a command line; where the browser has no clipboard the text is selected.
export function copyButton(text, what) {
	const button = el("button", { type: "button", class: "copy", "aria-label": `Copy ${what}` }, "Copy");
	button.addEventListener("click", async () => {
		let done = false;
		try {
			await navigator.clipboard.writeText(text());
			done = true;
		} catch {
			const area = el("textarea", { class: "off" });
			area.value = text();
			document.body.append(area);
			area.select();
			done = document.execCommand("copy");
			area.remove();
			button.focus();
		}
		button.textContent = done ? "Copied" : "Press Ctrl+C";
		setTimeout(() => { button.textContent = "Copy"; }, 2000);
	});
	return button;
}

export function commandBox(text, what) {
	return el("div", { class: "command" }, el("code", { tabindex: "0" }, text), copyButton(() => text, what));
}

async function session() {
	try {
		const answer = await fetch("/api/session", { headers: { Accept: "application/json" } });
		return answer.ok ? await answer.json() : null;
	} catch {
		return null;
	}
}

function person(who) {
	if (!who || !who.person)
		return;
	const form = el("form", { method: "post", action: "/logout", class: "who" },
		el("span", { class: "name", title: who.person }, who.person),
		el("button", {}, "Log out"));
	form.addEventListener("submit", async (event) => {
		event.preventDefault();
		await fetch("/logout", { method: "POST", headers: { "X-Csrf-Token": who.csrf || "", Accept: "application/json" } });
		location.assign("/login");
	});
	document.querySelector(".tools").prepend(form);
}

export const who = session();

if (byId("theme")) {
	showTheme();
	byId("theme").addEventListener("click", nextTheme);
	byId("keys").addEventListener("click", help);
	for (const link of document.querySelectorAll(".bar nav a"))
		if (link.getAttribute("href") === location.pathname || (location.pathname === "/check" && link.getAttribute("href") === "/"))
			link.setAttribute("aria-current", "page");
	who.then(person);
}
