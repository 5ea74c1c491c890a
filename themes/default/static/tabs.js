"use strict";
/* Turns the reports of a page (section.report, and nav.tabs with a link to each) into tabs. The fragment chooses one. */

(() => {
	const list = find(document, "nav.tabs");
	if (!list) return;
	const sections = all(document, "section.report");
	const links = sections.map((section) => {
		const link = find(list, `[href="#${CSS.escape(section.id)}"]`);
		link.id = `tab-${section.id}`;
		set(link, { role: "tab", "aria-controls": section.id });
		link.addEventListener("click", (event) => {
			event.preventDefault();
			state.set({ tab: section.id });
		});
		set(section, { role: "tabpanel", "aria-labelledby": link.id });
		return link;
	});
	list.setAttribute("role", "tablist");

	/** The open section: the one that the fragment names, or that holds what it names; else the first. */
	function open() {
		const named = document.getElementById(state.get("tab"));
		return Math.max(0, sections.findIndex((section) => named && section.contains(named)));
	}

	function show() {
		const at = open();
		sections.forEach((section, i) => {
			section.hidden = i !== at;
			set(links[i], { "aria-selected": i === at, tabindex: i === at ? 0 : -1 });
		});
	}

	list.addEventListener("keydown", (event) => {
		const by = { ArrowRight: 1, ArrowLeft: -1, Home: -open(), End: -1 - open() }[event.key];
		if (by === undefined) return;
		event.preventDefault();
		const next = (open() + by + sections.length) % sections.length;
		state.set({ tab: sections[next].id });
		links[next].focus();
	});
	state.listeners.push(show);
	show();
})();
