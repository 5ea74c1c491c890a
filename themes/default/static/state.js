/*
 * The state of the page, which is the fragment of its address: `#leaks&thread=2&q=json`. The first word is the open
 * tab, the rest are settings that differ from their defaults.
 */

/** @type {State} */
const state = {
	settings: new URLSearchParams(),
	listeners: [],

	read() {
		state.settings = new URLSearchParams(location.hash.slice(1).replace(/^(?=[^=]*(&|$))/, "tab="));
	},

	get: key => state.settings.get(key) || "",

	set(changes, how = "step") {
		for (const key in changes) state.settings.set(key, changes[key]);
		const others = [...state.settings].filter(([key, value]) => value && key !== "tab"),
			address = `${new URLSearchParams([["tab", state.get("tab")], ...others])}`.replace("tab=", "#").replace(/%(2F|3A|2C)/g, decodeURIComponent);
		if (address !== (location.hash || "#")) history[how === "step" ? "pushState" : "replaceState"](null, "", address);
		state.tell(how);
	},

	follow(listener) {
		state.listeners.push(listener);
		listener("step");
	},

	tell(how) {
		state.listeners.forEach(listener => listener(how));
	}
};

// Back, forward, and a fragment that somebody typed: pushState itself causes no such event.
on(window, "popstate", () => {
	state.read();
	state.tell("step");
});
state.read();
