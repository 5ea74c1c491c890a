"use strict";
/* Short names for what all scripts do with elements and figures. Every script defines constants of its own name, or a class. */

/** @param {Element} element @param {Record<string, unknown>} attributes */
function set(element, attributes) {
	for (const name in attributes) element.setAttribute(name, String(attributes[name]));
}

/**
 * An element with attributes and children; strings are text, never markup. `tag` can name classes: `td.num`.
 * @param {string} tag
 * @param {Record<string, unknown>} attributes
 * @param {...(Node | string)} children
 */
function make(tag, attributes, ...children) {
	const [name, ...classes] = tag.split(".");
	const svg = /^(svg|path|rect|circle|line|text|g|title)$/.test(name);
	const element = svg ? document.createElementNS("http://www.w3.org/2000/svg", name) : document.createElement(name);
	if (classes.length) set(element, { class: classes.join(" ") });
	set(element, attributes);
	element.append(...children);
	return /** @type {HTMLElement} */ (element);
}

/** @param {Record<string, unknown>} attributes @param {...(Node | string)} children */
const button = (attributes, ...children) => make("button", { type: "button", ...attributes }, ...children);

/** A table of figures. @param {(Node | string)[]} heads @param {Node[]} rows */
const figuresTable = (heads, rows) => make("table.figures", {}, make("thead", {}, make("tr", {}, ...heads)), make("tbody", {}, ...rows));

/** Adds a script to the page. @param {string} src */
function fetchScript(src) {
	const script = make("script", { src });
	document.head.append(script);
	return script;
}

/** @template {Element} [T=HTMLElement] @param {ParentNode} root @param {string} selector @returns {T} */
const find = (root, selector) => /** @type {T} */ (root.querySelector(selector));

/** @template {Element} [T=HTMLElement] @param {ParentNode} root @param {string} selector @returns {T[]} */
const all = (root, selector) => /** @type {T[]} */ ([...root.querySelectorAll(selector)]);

/** A data attribute of what an event hit, or of what that stands in. @param {Event} event @param {string} name */
function dataOf(event, name) {
	const hit = /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest(`[data-${name}]`));
	return hit?.dataset[name];
}

/** Data attributes that are numbers. @param {SVGElement} element @param {string[]} keys */
const numbersOf = (element, ...keys) => keys.map((key) => Number(element.dataset[key]));

/** @param {number} value @param {number} least @param {number} most */
const clamp = (value, least, most) => Math.min(Math.max(value, least), most);

/** @param {Iterable<number>} values */
function sumOf(values) {
	let sum = 0;
	for (const value of values) sum += value;
	return sum;
}
