// Elements. Text from outside goes in as text alone: nothing here takes markup.

const SVG = "http://www.w3.org/2000/svg";

function fill(node, props, kids) {
	for (const [key, value] of Object.entries(props || {})) {
		if (value === null || value === undefined || value === false)
			continue;
		if (key === "class")
			node.setAttribute("class", value);
		else if (key.startsWith("on"))
			node.addEventListener(key.slice(2), value);
		else
			node.setAttribute(key, value === true ? "" : value);
	}
	node.append(...kids.flat().filter((kid) => kid !== null && kid !== undefined && kid !== false));
	return node;
}

export const el = (name, props, ...kids) => fill(document.createElement(name), props, kids);
export const svg = (name, props, ...kids) => fill(document.createElementNS(SVG, name), props, kids);
export const byId = (id) => document.getElementById(id);

// Only what is another is written: what did not change costs no layout.
export function setText(node, text) {
	if (node.textContent !== text)
		node.textContent = text;
}
export function setAttr(node, name, value) {
	if (value === null || value === undefined || value === false) {
		if (node.hasAttribute(name))
			node.removeAttribute(name);
	} else if (node.getAttribute(name) !== String(value)) {
		node.setAttribute(name, value);
	}
}

// Whether this part's data are others than the last time: what is the same is not made again, so that
// a selection in it and the focus stay.
const drawn = new Map();
export function isNew(part, data) {
	const sign = JSON.stringify(data);
	if (drawn.get(part) === sign)
		return false;
	drawn.set(part, sign);
	return true;
}

// Put the children into this order, moving only those that are elsewhere; who has the focus keeps it.
export function setOrder(parent, nodes) {
	const focused = document.activeElement;
	let at = parent.firstElementChild;
	for (const node of nodes) {
		if (node === at)
			at = at.nextElementSibling;
		else
			parent.insertBefore(node, at);
	}
	while (at) {
		const next = at.nextElementSibling;
		at.remove();
		at = next;
	}
	if (focused && focused !== document.activeElement && parent.contains(focused))
		focused.focus({ preventScroll: true });
}
