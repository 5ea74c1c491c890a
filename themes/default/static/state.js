"use strict";
/*
 * The state of the page, which is the fragment of its address: `#leaks&thread=2&q=json`. The first word is the open
 * tab, the rest are settings that differ from their defaults.
 */

/** @type {State} */
const state = {
	settings: new Map(),
	listeners: [],

	read() {
		state.settings.clear();
		for (const part of location.hash.slice(1).split("&")) {
			const at = part.indexOf("=");
			state.settings.set(at < 0 ? "tab" : part.slice(0, at), state.unescaped(part.slice(at + 1)));
		}
	},

	unescaped(text) {
		try {
			return decodeURIComponent(text);
		} catch {
			return text; // a link that somebody cut in the middle
		}
	},

	get: (key) => state.settings.get(key) || "",

	set(changes, how = "step") {
		for (const key in changes) state.settings.set(key, changes[key]);
		const escaped = (/** @type {string} */ text) => encodeURIComponent(text).replace(/%(2F|3A|2C)/g, decodeURIComponent);
		const parts = [...state.settings].filter(([key, value]) => value && key !== "tab").map(([key, value]) => `${key}=${escaped(value)}`);
		const address = `#${[escaped(state.get("tab")), ...parts].join("&")}`;
		if (address !== (location.hash || "#")) history[how === "step" ? "pushState" : "replaceState"](null, "", address);
		state.tell(how);
	},

	tell(how) {
		for (const listener of state.listeners) listener(how);
	},
};

// Back, forward, and a fragment that somebody typed: pushState itself causes no such event.
addEventListener("popstate", () => {
	state.read();
	state.tell("step");
});
state.read();
