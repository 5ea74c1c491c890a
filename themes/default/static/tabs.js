/* Turns the reports of a page (section.report, and nav.tabs with a link to each) into tabs. The fragment chooses one. */

(() => {
	const list = find("nav.tabs");
	if (!list) return;
	const sections = all("section.report"),
		links = all("a", list);
	sections.forEach((section, i) => {
		const { id } = section;
		set(links[i], { id: `tab-${id}`, role: "tab", "aria-controls": id });
		set(section, { role: "tabpanel", "aria-labelledby": `tab-${id}` });
		on(links[i], "click", event => {
			event.preventDefault();
			state.set({ tab: id });
		});
	});
	set(list, { role: "tablist" });

	/** The open section: the one that the fragment names, or that holds what it names; else the first. */
	function open() {
		const named = document.getElementById(state.get("tab"));
		return max(0, sections.findIndex(section => named && section.contains(named)));
	}

	on(list, "keydown", event => {
		const by = { ArrowRight: 1, ArrowLeft: -1, Home: -open(), End: -1 - open() }[event.key];
		if (by === undefined) return;
		event.preventDefault();
		const next = (open() + by + sections.length) % sections.length;
		state.set({ tab: sections[next].id });
		links[next].focus();
	});
	state.follow(() => {
		const at = open();
		sections.forEach((section, i) => {
			section.hidden = i !== at;
			set(links[i], { "aria-selected": i === at, tabindex: i === at ? 0 : -1 });
		});
	});
})();
