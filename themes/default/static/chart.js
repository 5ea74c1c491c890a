/*
 * Puts a cursor on the charts that the page already has as SVG: hover, and arrow keys, for it is a slider. With
 * data-kind="range" also a range with two handles. What an SVG must have: viewBox, data-left, -right, -top and -bottom (the
 * plot, in user units), where time runs across data-x0 and data-x1 (milliseconds); and a figcaption beside it. Entries of
 * the caption with data-series get the values of that series under the cursor.
 */

/** @type {(svg: SVGSVGElement, source: Source) => Chart} */
const chart = (svg, source) => {
	const [left, right, top, bottom, x0, x1] = numbersOf(svg, "left right top bottom x0 x1"),
		whole = { from: x0, to: x1 },
		caption = find("figcaption", /** @type {Element} */ (svg.closest("figure"))),
		bar = (/** @type {string} */ name, /** @type {Part} */ more = "") => make(`rect.chart-${name}`, { y: top, height: bottom - top, width: 1, visibility: "hidden" }, more),
		slider = /** @param {string} name @param {string} label */ (name, label, more = {}) => bar(name, { tabindex: 0, role: "slider", "aria-label": label, visibility: "visible", ...more }),
		/** Puts a slider somewhere, and says what stands there. @type {(which: Element, x: number, now: number, most: number, text: string) => Element} */
		slide = (which, x, now, most, text) => set(which, { x, "aria-valuemin": 0, "aria-valuemax": most, "aria-valuenow": now, "aria-valuetext": text }),
		[slice, band] = [bar("slice"), bar("band")],
		cursor = slider("cursor", "Position in the chart"),
		readout = make("p.chart-readout"),
		entries = all("[data-series]", caption);
	for (const entry of entries) entry.append(" ", make("b"));
	let index = -1;
	/** The time that is drawn. @type {Stretch} */
	let seen = whole;
	/** Of the range; none where there is none. @type {HTMLElement[]} */
	let handles = [];

	/** Where a moment is, inside the plot. */
	const x = source.x || (moment => left + clamp((moment - seen.from) / (seen.to - seen.from), 0, 1) * (right - left)),
		range = () => {
			const [from, to] = state.get("range").split(",").map(at => x0 + +at);
			return to > from ? { from, to } : whole;
		},
		point = (to = index, linked = false) => {
			const stops = source.stops();
			index = clamp(to, 0, stops.length - 1);
			if (index < 0) return;
			const { head, values = [] } = source.tell(index, range);
			fill(readout, head);
			const said = values.map(({ text, url = "" }, i) => {
				fill(find("b", entries[i]), url && linked ? make("a", { href: url, title: "Compare with the run before" }, text) : text);
				return text && entries[i].textContent?.trim();
			});
			slide(cursor, x(stops[index]) - 0.5, index, stops.length - 1, [readout.textContent, ...said].filter(Boolean).join("; "));
		},
		show = () => {
			if (!handles[0]) return;
			const { from, to } = range();
			mark(band, state.get("range") && [from, to]);
			mark(slice, source.slice?.());
			[from, to].forEach((moment, i) => slide(handles[i], x(moment) - 3.5, moment - x0, x1 - x0, names.duration(moment - x0)));
		},
		toggle = () => {
			if (!handles[0] || !source.redraw) return;
			seen = seen === whole ? range() : whole;
			source.redraw(seen, x, seen === whole);
			show();
		};

	const
		/** Takes the keys that go somewhere. @type {(which: HTMLElement, go: (step: number) => void) => void} */
		keys = (which, go) =>
			on(which, "keydown", event => {
				const step = { ArrowLeft: -1, ArrowRight: 1, PageDown: -20, PageUp: 20, Home: -1e9, End: 1e9 }[event.key],
					link = event.key === "Enter" && which === cursor && find("a", caption);
				if (!step && !link) return;
				event.preventDefault();
				event.stopPropagation();
				if (step) go(step);
				else if (link) link.focus();
			}),
		/** The pointer in user units. @type {(event: PointerEvent) => number} */
		across = ({ clientX }) => {
			const box = svg.getBoundingClientRect();
			return ((clientX - box.left) / box.width) * svg.viewBox.baseVal.width;
		},
		/** The moment under the pointer. @type {(event: PointerEvent) => number} */
		momentAt = event => {
			const { from, to } = seen;
			return from + clamp((across(event) - left) / (right - left), 0, 1) * (to - from);
		};
	/** @param {Element} rect @param {number[] | "" | null | undefined} stretch */
	const mark = (rect, stretch) => {
		const [from, to] = (stretch || [x0, x0]).map(x);
		set(rect, { x: from, width: max(to - from, 3), visibility: stretch ? "visible" : "hidden" });
	};
	/** @param {number} one @param {number} other @param {"step" | "move"} how */
	const choose = (one, other, how) => {
		const [from, to] = [one, other].sort((a, b) => a - b).map(moment => round(clamp(moment, x0, x1)));
		state.set({ range: (from <= x0 && to >= x1) || from === to ? "" : `${from - x0},${to - x0}` }, how);
	};

	/** Draws a new range, moves a handle, or moves the range. @param {PointerEvent} event */
	const drag = event => {
		const end = handles.indexOf(/** @type {HTMLElement} */ (event.target)),
			begun = momentAt(event),
			{ from, to } = range(),
			inside = end < 0 && state.get("range") && begun > from && begun < to;
		/** @type {"step" | "move"} */
		let how = "step";
		let [now, waiting, dragging] = [event, false, false];
		const apply = () => {
			waiting = false;
			const moment = momentAt(now),
				by = clamp(moment - begun, x0 - from, x1 - to);
			if (inside) choose(from + by, to + by, how);
			else choose(end < 0 ? begun : end ? from : to, moment, how);
			how = "move";
		};
		svg.onpointermove = later => {
			now = later;
			if (!dragging && abs(later.clientX - event.clientX) > 3) {
				dragging = true;
				svg.setPointerCapture(event.pointerId);
			}
			if (dragging && !waiting) requestAnimationFrame(apply);
			waiting = dragging;
		};
	};

	/** @type {Chart} */
	const self = { point, range, toggle, show };
	set(svg, { role: "group" });
	svg.append(slice, band, cursor);
	caption.prepend(readout);
	for (const title of all("title:not(a title)", svg)) title.remove(); // the cursor says more, and at once
	on(svg, "pointermove", event => {
		const [stops, at] = [source.stops(), across(event)];
		let near = 0;
		for (let i = 1; i < stops.length; i++) if (abs(x(stops[i]) - at) < abs(x(stops[near]) - at)) near = i;
		point(near, true);
	});
	// A chart has as many stops as pixels; nobody wants to press that often.
	keys(cursor, step => point(index + step * max(1, round(source.stops().length / 200)), true));
	on(cursor, "focus", () => point(index, true));
	point(source.start?.() ?? Infinity);
	if (svg.dataset.kind !== "range") return self;
	handles = ["Begin of the range", "End of the range"].map((label, end) => {
		const handle = slider("handle", label, { width: 7, rx: 3 });
		keys(handle, step => {
			const { from, to } = range(),
				by = (step * (seen.to - seen.from)) / 200;
			if (end) choose(from, max(to + by, from + 1), "move");
			else choose(min(from + by, to - 1), to, "move");
		});
		return handle;
	});
	svg.append(...handles);
	svg.classList.add("chart-range");
	on(svg, "pointerdown", drag);
	on(window, "pointerup pointercancel", () => (svg.onpointermove = null));
	on(svg, "dblclick", toggle);
	on(svg, "dragstart", event => event.preventDefault());
	return self;
};
