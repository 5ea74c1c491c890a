
/** Mouse and keyboard of the viewer: every input becomes a change of the state. @type {(viewer: Viewer) => void} */
const controls = viewer => {
	const { mount, flame, walk } = viewer,
		tooltip = viewer.part("tooltip");

	for (const field of viewer.fields) {
		on(field, "input", () => {
			const { type, checked, defaultChecked } = /** @type {HTMLInputElement} */ (field);
			viewer.change(field.name, type === "checkbox" && checked === defaultChecked ? "" : field.value);
		});
	}

	/** @type {Record<string, () => void>} */
	const deeds = {
		next: () => walk.step(1),
		previous: () => walk.step(-1),
		unzoom: viewer.unzoom,
		whole: () => state.set({ range: "" }),
		zoomchart: () => viewer.charts.forEach(({ toggle }) => toggle()),
		help: () => /** @type {HTMLDialogElement} */ (viewer.part("help")).showModal(),
		sandwich: () => viewer.sandwich(viewer.spot),
		suppressed: () => state.set({ suppressed: state.get("suppressed") ? "" : "show" }),
		...downloads(viewer)
	};
	on(mount, "click", event => {
		const query = dataOf(event, "query");
		deeds[dataOf(event, "do") || ""]?.();
		if (query) state.set({ q: query === state.get("q") ? "" : query });
	});

	// A menu closes when something else is used, or on Escape.
	for (const menu of /** @type {HTMLDetailsElement[]} */ (all("details.menu", mount))) {
		on(document, "pointerdown focusin", event => event.composedPath().includes(menu) || (menu.open = false));
		on(menu, "keydown", event => {
			if (event.key !== "Escape" || !menu.open) return;
			event.stopPropagation();
			menu.open = false;
			find("summary", menu).focus();
		});
	}

	on(flame.box, "pointermove", event => {
		const spot = flame.under(event);
		flame.ring("hover", spot);
		tooltip.hidden = !spot;
		if (!spot) return;
		viewer.panels.describe(tooltip, spot);
		// Beside the pointer, and inside the window.
		const { width, height } = tooltip.getBoundingClientRect(),
			{ clientX, clientY } = event,
			x = min(clientX + 14, innerWidth - width - 8),
			y = clientY + 18 + height > innerHeight ? clientY - height - 10 : clientY + 18;
		tooltip.style.translate = `${max(x, 8)}px ${max(y, 8)}px`;
	});
	on(flame.box, "pointerleave scroll click", () => {
		tooltip.hidden = true;
		flame.ring("hover");
	});
	on(flame.box, "click", event => {
		const spot = flame.under(event);
		if (spot && event.altKey) viewer.sandwich(spot);
		else if (spot) viewer.choose(spot);
	});

	const flip = /** @param {string} name */ name => () => viewer.field(name).click(),
		turn = /** @param {string} name */ name => () => {
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
		t: () => find("[aria-pressed=true]", viewer.part("table")).focus()
	};
	on(document, "keydown", event => {
		const { key } = event,
			target = /** @type {HTMLElement} */ (event.target);
		if (!mount.offsetParent || find("dialog[open]")) return;
		if (typed(event)) {
			if (key === "Escape") target.blur();
			if (key === "Enter" && target === viewer.field("q")) walk.step(1);
			return;
		}
		const [, arrow] = /^Arrow(\w+)$/.exec(key) || [],
			here = target === flame.box && (arrow ? () => walk.move(arrow) : /^(Enter| )$/.test(key) && (() => viewer.choose(viewer.spot))),
			deed = here || anywhere[key];
		if (!deed) return;
		event.preventDefault();
		deed();
	});
};
