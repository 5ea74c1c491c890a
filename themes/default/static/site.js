/* What every page has: the theme switch, times in the reader's zone, the search box. */

(() => {
	/** @typedef {[kind: string, label: string, url: string, more: string]} Target */
	/** @type {Target[] | undefined} */
	let targets;

	/** @param {HTMLElement} button */
	function themeSwitch(button) {
		button.innerHTML = '<svg viewBox="0 0 16 16" aria-hidden=true><path d="M8 1.5a6.5 6.5 0 0 1 0 13zm0 12a5.5 5.5 0 0 1 0-11v-1a6.5 6.5 0 0 0 0 13z">';
		button.hidden = false;
		on(button, "click", () => {
			const now = page.dataset.theme || (dark.matches ? "dark" : "light");
			page.dataset.theme = now === "dark" ? "light" : "dark";
			try {
				localStorage.setItem("sitegen-theme", page.dataset.theme);
			} catch {
				// Not remembered, but switched.
			}
		});
	}

	/** @param {HTMLElement} box */
	function searchBox(box) {
		const what = '="Find a module, capture or function"';
		box.innerHTML = `<input id=find type=search autocomplete=off spellcheck=false placeholder${what} aria-label${what}><kbd aria-hidden=true>/</kbd><ul id=found hidden>`;
		/** @type {HTMLInputElement} */
		const input = find("input", box),
			list = find("ul", box);
		let chosen = -1;
		box.hidden = false;

		/** One of what was found. @param {Target} target */
		const item = ([kind, label, url, more]) => {
			const href = (document.body.dataset.root || "") + url;
			return make("li", make("a", { href }, make("span", label), make("small", more ? `${kind} · ${more}` : kind)));
		};

		const show = () => {
			const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
			chosen = -1;
			list.hidden = !words[0];
			const items = (targets || []).filter(([, label, , more]) => {
				const text = `${label} ${more}`.toLowerCase();
				return words.every(word => text.includes(word));
			}).slice(0, 12).map(item);
			fill(list, items[0] || !targets ? items : make("li.empty", "Nothing by that name."));
		};

		/** Shows what is found, once the index is there. */
		const search = () => {
			if (targets) return show();
			window.sitegen = {
				...window.sitegen,
				search(index) {
					targets = index;
					show();
				}
			};
			fetchScript(box.dataset.index || "");
		};

		on(input, "focus input", search);
		on(input, "keydown", event => {
			const links = all("a", list),
				step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
			if (step && links[0]) {
				chosen = (chosen + step + links.length) % links.length;
				links.forEach((link, i) => link.classList.toggle("chosen", i === chosen));
				links[chosen].scrollIntoView({ block: "nearest" });
			} else if (event.key === "Enter" && links[0]) links[max(chosen, 0)].click();
			else if (event.key === "Escape") {
				input.value = "";
				show();
				input.blur();
			} else if (!step) return;
			event.preventDefault();
		});
		on(document, "click", event => {
			if (!event.composedPath().includes(box)) list.hidden = true;
		});
		on(document, "keydown", event => {
			// The viewer's own search takes the key where there is one.
			if (event.key !== "/" || typed(event) || event.defaultPrevented) return;
			event.preventDefault();
			input.focus();
		});
	}

	for (const time of /** @type {HTMLTimeElement[]} */ (all("time[datetime]"))) {
		const moment = Date.parse(time.dateTime);
		if (!moment) continue;
		// Not innerText, which lays out the page, anew after every change.
		set(time, { title: time.textContent });
		fill(time, minute(moment));
	}
	// A theme can do without either.
	all("header.site .switch").forEach(themeSwitch);
	all("header.site .find").forEach(searchBox);
	// Pages with a viewer are ready when it has drawn, others when all scripts have run.
	if (!find("script[src*=viewer]")) on(document, "DOMContentLoaded", () => (page.dataset.ready = "true"));
})();
