"use strict";
/* What every page has: the theme switch, times in the reader's zone, the search box. */

(() => {
	const root = document.documentElement;
	/** @typedef {[kind: string, label: string, url: string, more: string]} Target */
	/** @type {Target[] | undefined} */
	let targets;

	/** @param {HTMLElement} button */
	function themeSwitch(button) {
		const disc = make("path", { d: "M8 1.5a6.5 6.5 0 0 1 0 13zm0 12a5.5 5.5 0 0 1 0-11v-1a6.5 6.5 0 0 0 0 13z" });
		button.append(make("svg", { viewBox: "0 0 16 16", "aria-hidden": true }, disc));
		button.hidden = false;
		button.addEventListener("click", () => {
			const now = root.dataset.theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
			root.dataset.theme = now === "dark" ? "light" : "dark";
			try {
				localStorage.setItem("sitegen-theme", root.dataset.theme);
			} catch {
				// Not remembered, but switched.
			}
		});
	}

	function localTimes() {
		const format = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
		for (const time of all(document, "time[datetime]")) {
			const moment = Date.parse(time.getAttribute("datetime") || "");
			if (Number.isNaN(moment)) continue;
			time.title = time.textContent || "";
			time.textContent = format.format(moment);
		}
	}

	/** @param {HTMLElement} box */
	function searchBox(box) {
		const what = "Find a module, capture or function";
		const input = /** @type {HTMLInputElement} */ (make("input", { id: "find", type: "search", placeholder: what, "aria-label": what, autocomplete: "off", spellcheck: false }));
		const list = make("ul", { id: "found", hidden: "" });
		let chosen = -1;
		box.append(input, make("kbd", { "aria-hidden": true }, "/"), list);
		box.hidden = false;

		/** One of what was found. @param {Target} target */
		const item = ([kind, label, url, more]) => {
			const href = (document.body.dataset.root || "") + url;
			return make("li", {}, make("a", { href }, make("span", {}, label), make("small", {}, more ? `${kind} · ${more}` : kind)));
		};

		const show = () => {
			const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
			chosen = -1;
			list.hidden = !words.length;
			const found = (targets || []).filter(([, label, , more]) => {
				const text = `${label} ${more}`.toLowerCase();
				return words.every((word) => text.includes(word));
			});
			const items = found.slice(0, 12).map(item);
			list.replaceChildren(...(items.length || !targets ? items : [make("li.empty", {}, "Nothing by that name.")]));
		};

		/** Shows what is found, once the index is there. */
		const search = () => {
			if (targets) return show();
			const page = /** @type {any} */ (window);
			(page.sitegen ||= {}).search = (/** @type {Target[]} */ index) => {
				targets = index;
				show();
			};
			fetchScript(box.dataset.index || "");
		};

		input.addEventListener("focus", search);
		input.addEventListener("input", search);
		input.addEventListener("keydown", (event) => {
			const links = all(list, "a");
			const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
			if (step && links.length) {
				chosen = (chosen + step + links.length) % links.length;
				links.forEach((link, i) => link.classList.toggle("chosen", i === chosen));
				links[chosen].scrollIntoView({ block: "nearest" });
			} else if (event.key === "Enter" && links.length) links[Math.max(chosen, 0)].click();
			else if (event.key === "Escape") {
				input.value = "";
				show();
				input.blur();
			} else if (!step) return;
			event.preventDefault();
		});
		document.addEventListener("click", (event) => {
			if (!box.contains(/** @type {Node} */ (event.target))) list.hidden = true;
		});
		document.addEventListener("keydown", (event) => {
			const typing = /** @type {Element} */ (event.target).closest("input, textarea, select, [contenteditable]");
			// The viewer's own search takes the key where there is one.
			if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
			event.preventDefault();
			input.focus();
		});
	}

	localTimes();
	// A theme can do without either.
	for (const button of all(document, "header.site .switch")) themeSwitch(button);
	for (const box of all(document, "header.site .find")) searchBox(box);
	// Pages with a viewer are ready when it has drawn, others when all scripts have run.
	if (!find(document, "script[src*=viewer]")) document.addEventListener("DOMContentLoaded", () => (root.dataset.ready = "true"));
})();
