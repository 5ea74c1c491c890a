"use strict";
/*
 * Short names for what all scripts do with elements, events and figures. Every script defines constants of its own name,
 * or a class. Scripts that are published as one file say "use strict" once, in the first.
 */

const { abs, ceil, floor, max, min, round } = Math,
	/** The page itself: its data attributes are its theme, and whether it is drawn. */
	page = document.documentElement,
	/** Whether the system asks for dark colours. */
	dark = matchMedia("(prefers-color-scheme: dark)"),
	/** A moment as pages write it, but in the reader's zone. `Intl` takes longer to load than most pages. @type {(at: number) => string} */
	minute = at => new Date(at - 6e4 * new Date(at).getTimezoneOffset()).toISOString().slice(0, 16).replace("T", " ");

/** @param {Element} element @param {Record<string, any>} attributes */
function set(element, attributes) {
	for (const name in attributes) element.setAttribute(name, attributes[name]);
	return element;
}

/**
 * Gives an element these parts for what is in it: strings are text, never markup, nodes are children, other objects are
 * attributes, and what is false, empty or missing is left out.
 * @template {Element} T @param {T} element @param {...Part} parts
 */
function fill(element, ...parts) {
	element.replaceChildren();
	for (const part of /** @type {any[]} */ (parts.flat(9))) {
		if (typeof part === "object" && !(part instanceof Node)) set(element, part);
		else if (part) element.append(part);
	}
	return element;
}

/**
 * An element made of parts. `tag` can name classes: `td.num`.
 * @param {string} tag
 * @param {...Part} parts
 */
function make(tag, ...parts) {
	const [name, ...classes] = tag.split("."),
		space = /^(svg|path|rect|circle|line|text|g|title)$/.test(name) ? "2000/svg" : "1999/xhtml",
		element = /** @type {HTMLElement} */ (document.createElementNS(`http://www.w3.org/${space}`, name));
	return fill(element, classes[0] ? { class: classes.join(" ") } : "", parts);
}

/** A table of figures. @param {Part} heads @param {Part} rows */
const figuresTable = (heads, rows) => make("table.figures", make("thead", make("tr", heads)), make("tbody", rows));

/** Adds a script to the page. @param {string} src */
function fetchScript(src) {
	const script = make("script", { src });
	document.head.append(script);
	return script;
}

/** @template {Element} [T=HTMLElement] @param {string} selector @param {ParentNode} root @returns {T} */
const find = (selector, root = document) => /** @type {T} */ (root.querySelector(selector));

/** @template {Element} [T=HTMLElement] @param {string} selector @param {ParentNode} root @returns {T[]} */
const all = (selector, root = document) => /** @type {T[]} */ ([...root.querySelectorAll(selector)]);

/** Listens to events, whose names spaces part. @type {<T extends string>(target: EventTarget, names: T, listener: (event: EventOf<T>) => unknown) => void} */
const on = (target, names, listener) => names.split(" ").forEach(name => target.addEventListener(name, /** @type {any} */ (listener)));

/** A data attribute of what an event hit, or of what that stands in. @param {Event} event @param {string} name */
const dataOf = (event, name) => /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest(`[data-${name}]`))?.dataset[name];

/** Whether a key is the browser's, or meant for the field that has the focus. @param {KeyboardEvent} event */
const typed = ({ target, ctrlKey, metaKey, altKey }) => ctrlKey || metaKey || altKey || /** @type {Element} */ (target).closest("input:not([type=checkbox]), select");

/** Data attributes that are numbers; spaces part their names. @param {SVGElement} element @param {string} keys */
const numbersOf = (element, keys) => keys.split(" ").map(key => Number(element.dataset[key]));

/** @param {number} value @param {number} least @param {number} most */
const clamp = (value, least, most) => min(max(value, least), most);

/** @param {Iterable<number>} values */
function sumOf(values) {
	let sum = 0;
	for (const value of values) sum += value;
	return sum;
}
