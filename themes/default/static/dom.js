"use strict";
/* Short names for what all scripts do with elements. Every script defines constants of its own name, or a class. */

/**
 * An element with attributes and children; strings are text, never markup.
 * @param {string} tag
 * @param {Record<string, string | number>} attributes
 * @param {...(Node | string)} children
 */
function make(tag, attributes, ...children) {
	const svg = /^(svg|path|rect|circle|line|text|g|title)$/.test(tag);
	const element = svg ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
	for (const name in attributes) element.setAttribute(name, String(attributes[name]));
	element.append(...children);
	return /** @type {HTMLElement} */ (element);
}

/** @param {Record<string, string | number>} attributes @param {...(Node | string)} children */
const button = (attributes, ...children) => make("button", { type: "button", ...attributes }, ...children);

/** @template {Element} [T=HTMLElement] @param {ParentNode} root @param {string} selector @returns {T} */
const find = (root, selector) => /** @type {T} */ (root.querySelector(selector));

/** @template {Element} [T=HTMLElement] @param {ParentNode} root @param {string} selector @returns {T[]} */
const all = (root, selector) => /** @type {T[]} */ ([...root.querySelectorAll(selector)]);

/** A data attribute of what an event hit, or of what that stands in. @param {Event} event @param {string} name */
function dataOf(event, name) {
	const hit = /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest(`[data-${name}]`));
	return hit?.dataset[name];
}
