"use strict";
/*
 * The state of the page, which is the fragment of its address: `#leaks&thread=2&q=json`. The first word is the open
 * tab, the rest are settings that differ from their defaults.
 */

const state = (() => {
	/** @type {Map<string, string>} */
	let settings = new Map();
	/** @type {(() => void)[]} */
	const listeners = [];

	function read() {
		const pairs = location.hash.slice(1).split("&").map((part) => {
			const at = part.indexOf("=");
			return /** @type {[string, string]} */ ([at < 0 ? "tab" : part.slice(0, at), unescaped(part.slice(at + 1))]);
		});
		settings = new Map(pairs);
	}

	/** @param {string} text */
	function unescaped(text) {
		try {
			return decodeURIComponent(text);
		} catch {
			return text; // a link that somebody cut in the middle
		}
	}

	/** @param {string} text */
	const escaped = (text) => encodeURIComponent(text).replace(/%(2F|3A|2C)/g, unescaped);

	const tell = () => listeners.forEach((listener) => listener());

	// Back, forward, and a fragment that somebody typed: pushState itself causes no such event.
	addEventListener("popstate", () => {
		read();
		tell();
	});
	read();

	return {
		/** A setting; "" is its default. @param {string} key */
		get: (key) => settings.get(key) || "",

		/** @param {() => void} listener  called after every change */
		listen: (listener) => listeners.push(listener),

		/**
		 * Changes settings and tells everyone. A step can be taken back with the browser's button; a move (typing,
		 * dragging) cannot.
		 * @param {Record<string, string>} changes
		 * @param {"step" | "move"} how
		 */
		set(changes, how = "step") {
			for (const key in changes) settings.set(key, changes[key]);
			const parts = [...settings].filter(([key, value]) => value && key !== "tab").map(([key, value]) => `${key}=${escaped(value)}`);
			const address = `#${[escaped(state.get("tab")), ...parts].join("&")}`;
			if (address !== (location.hash || "#")) history[how === "step" ? "pushState" : "replaceState"](null, "", address);
			tell();
		},
	};
})();
