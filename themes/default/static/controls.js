"use strict";

/** Mouse and keyboard of the viewer: every input becomes a change of the state. @type {(viewer: Viewer) => void} */
const controls = (viewer) => {
	const { mount, flame, walk } = viewer;
	const tooltip = viewer.part("tooltip");

	for (const field of viewer.fields) {
		field.addEventListener("input", () => {
			const same = field instanceof HTMLInputElement && field.type === "checkbox" && field.checked === field.defaultChecked;
			viewer.change(field.name, same ? "" : field.value);
		});
	}

	/** @type {Record<string, () => void>} */
	const deeds = {
		next: () => walk.step(1),
		previous: () => walk.step(-1),
		unzoom: () => viewer.unzoom(),
		whole: () => state.set({ range: "" }),
		zoomchart: () => viewer.charts.find(({ handles }) => handles.length)?.toggle(),
		help: () => /** @type {HTMLDialogElement} */ (viewer.part("help")).showModal(),
		sandwich: () => viewer.sandwich(viewer.spot),
		suppressed: () => state.set({ suppressed: state.get("suppressed") ? "" : "show" }),
	};
	const saves = downloads(viewer);
	mount.addEventListener("click", (event) => {
		const query = dataOf(event, "query");
		deeds[dataOf(event, "do") || ""]?.();
		saves[dataOf(event, "save") || ""]?.();
		if (query) state.set({ q: query === state.get("q") ? "" : query });
	});

	// A menu closes when something else is used, or on Escape.
	for (const menu of /** @type {HTMLDetailsElement[]} */ (all(mount, "details.menu"))) {
		for (const event of ["pointerdown", "focusin"]) {
			document.addEventListener(event, ({ target }) => menu.contains(/** @type {Node} */ (target)) || (menu.open = false));
		}
		menu.addEventListener("keydown", (event) => {
			if (event.key !== "Escape" || !menu.open) return;
			event.stopPropagation();
			menu.open = false;
			find(menu, "summary").focus();
		});
	}

	flame.box.addEventListener("pointermove", (event) => {
		const spot = flame.under(event);
		flame.ring("hover", spot);
		tooltip.hidden = !spot;
		if (!spot) return;
		viewer.panels.describe(tooltip, spot);
		// Beside the pointer, and inside the window.
		const { width, height } = tooltip.getBoundingClientRect();
		const x = Math.min(event.clientX + 14, innerWidth - width - 8);
		const y = event.clientY + 18 + height > innerHeight ? event.clientY - height - 10 : event.clientY + 18;
		tooltip.style.transform = `translate(${Math.max(x, 8)}px, ${Math.max(y, 8)}px)`;
	});
	for (const gone of ["pointerleave", "scroll", "click"]) {
		flame.box.addEventListener(gone, () => {
			tooltip.hidden = true;
			flame.ring("hover");
		});
	}
	flame.box.addEventListener("click", (event) => {
		const spot = flame.under(event);
		if (spot && event.altKey) viewer.sandwich(spot);
		else if (spot) viewer.choose(spot);
	});

	/** @param {string} name */
	const flip = (name) => () => viewer.field(name).click();
	/** @param {string} name */
	const turn = (name) => () => {
		const field = viewer.field(name);
		if (!field) return;
		field.selectedIndex = (field.selectedIndex + 1) % field.options.length;
		viewer.change(name, field.value);
		walk.say(field.selectedOptions[0].text);
	};
	/** @type {Record<string, () => void>} */
	const anywhere = {
		"/": () => viewer.field("q").focus(),
		"?": deeds.help, n: deeds.next, p: deeds.previous, s: deeds.sandwich, Escape: deeds.unzoom,
		i: flip("inverted"), o: flip("flames"), h: flip("irrelevant"), m: flip("imports"), b: turn("metric"), c: turn("colour"),
		g: () => flame.box.focus(),
		t: () => find(viewer.part("table"), "[aria-pressed=true]").focus(),
	};
	document.addEventListener("keydown", (event) => {
		const { key } = event;
		const target = /** @type {HTMLElement} */ (event.target);
		if (event.ctrlKey || event.metaKey || event.altKey || !mount.offsetParent || find(document, "dialog[open]")) return;
		const typing = target.closest("input:not([type=checkbox]), textarea, select");
		if (typing && key === "Escape") target.blur();
		if (key === "Enter" && target === viewer.field("q")) walk.step(1);
		if (typing) return;
		const arrow = /^Arrow(\w+)$/.exec(key);
		const here = target === flame.box && (arrow ? () => walk.move(arrow[1]) : /^(Enter| )$/.test(key) && (() => viewer.choose(viewer.spot)));
		const deed = here || anywhere[key];
		if (!deed) return;
		event.preventDefault();
		deed();
	});
};
