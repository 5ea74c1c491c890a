"use strict";
/*
 * Puts a cursor on the charts that the page already has as SVG: hover, and arrow keys, for it is a slider. With
 * data-kind="range" also a range with two handles. What an SVG must have: viewBox, data-left, -right, -top and -bottom (the
 * plot, in user units), where time runs across data-x0 and data-x1 (milliseconds); and a figcaption beside it. Entries of
 * the caption with data-series get the values of that series under the cursor.
 */

/** @type {(svg: SVGSVGElement, source: Source) => Chart} */
const chart = (svg, source) => {
	const [left, right, top, bottom, x0, x1] = numbersOf(svg, "left", "right", "top", "bottom", "x0", "x1");
	const whole = { from: x0, to: x1 };
	const caption = find(/** @type {Element} */ (svg.closest("figure")), "figcaption");
	const bar = (/** @type {string} */ name, attributes = {}) => make(`rect.chart-${name}`, { y: top, height: bottom - top, width: 1, visibility: "hidden", ...attributes });
	/** @param {string} name @param {string} label */
	const slider = (name, label, attributes = {}) => bar(name, { tabindex: 0, role: "slider", "aria-label": label, visibility: "visible", ...attributes });
	/** Puts a slider somewhere, and says what stands there. @param {Element} which @param {number} x @param {number} now @param {number} most @param {string} text */
	const slide = (which, x, now, most, text) => set(which, { x, "aria-valuemin": 0, "aria-valuemax": most, "aria-valuenow": now, "aria-valuetext": text });
	const [slice, band] = [bar("slice"), bar("band")];
	const cursor = slider("cursor", "Position in the chart");
	const readout = make("p.chart-readout", {});
	const entries = all(caption, "[data-series]").map((entry) => {
		const value = make("b", {});
		entry.append(" ", value);
		return value;
	});
	let index = -1;

	/** Takes the keys that go somewhere. @param {HTMLElement} on @param {(step: number) => void} go */
	const keys = (on, go) =>
		on.addEventListener("keydown", (event) => {
			const step = { ArrowLeft: -1, ArrowRight: 1, PageDown: -20, PageUp: 20, Home: -1e9, End: 1e9 }[event.key];
			const link = event.key === "Enter" && on === cursor && find(caption, "a");
			if (!step && !link) return;
			event.preventDefault();
			event.stopPropagation();
			if (step) go(step);
			else if (link) link.focus();
		});
	/** The pointer in user units. @param {PointerEvent} event */
	const across = ({ clientX }) => {
		const box = svg.getBoundingClientRect();
		return ((clientX - box.left) / box.width) * svg.viewBox.baseVal.width;
	};
	/** The moment under the pointer. @param {PointerEvent} event */
	const momentAt = (event) => self.seen.from + clamp((across(event) - left) / (right - left), 0, 1) * (self.seen.to - self.seen.from);
	/** @param {Element} rect @param {number[] | null | undefined} stretch */
	const mark = (rect, stretch) => {
		const [from, to] = (stretch || [x0, x0]).map(self.x);
		set(rect, { x: from, width: Math.max(to - from, 3), visibility: stretch ? "visible" : "hidden" });
	};
	/** @param {number} one @param {number} other @param {"step" | "move"} how */
	const choose = (one, other, how) => {
		const [from, to] = [one, other].sort((a, b) => a - b).map((moment) => Math.round(clamp(moment, x0, x1)));
		state.set({ range: (from <= x0 && to >= x1) || from === to ? "" : `${from - x0},${to - x0}` }, how);
	};

	/** Draws a new range, moves a handle, or moves the range. @param {PointerEvent} event */
	const drag = (event) => {
		const end = self.handles.findIndex((handle) => handle === event.target);
		const begun = momentAt(event);
		const { from, to } = self.range();
		const inside = end < 0 && state.get("range") && begun > from && begun < to;
		let now = event;
		/** @type {"step" | "move"} */
		let how = "step";
		let [waiting, dragging] = [false, false];
		const apply = () => {
			waiting = false;
			const moment = momentAt(now);
			const by = clamp(moment - begun, x0 - from, x1 - to);
			if (inside) choose(from + by, to + by, how);
			else choose(end < 0 ? begun : end ? from : to, moment, how);
			how = "move";
		};
		const move = (/** @type {PointerEvent} */ later) => {
			now = later;
			if (!dragging && Math.abs(later.clientX - event.clientX) > 3) {
				dragging = true;
				svg.setPointerCapture(event.pointerId);
			}
			if (dragging && !waiting) requestAnimationFrame(apply);
			waiting = dragging;
		};
		const done = () => svg.removeEventListener("pointermove", move);
		svg.addEventListener("pointermove", move);
		for (const over of ["pointerup", "pointercancel"]) addEventListener(over, done, { once: true });
	};

	/** @type {Chart} */
	const self = {
		handles: [],
		seen: whole,
		x: source.x || ((moment) => left + clamp((moment - self.seen.from) / (self.seen.to - self.seen.from), 0, 1) * (right - left)),
		at: () => index,

		point(to, linked) {
			const stops = source.stops();
			index = clamp(to, 0, stops.length - 1);
			if (index < 0) return;
			const { head, values = [] } = source.tell(index, self);
			readout.replaceChildren(...head);
			entries.forEach((entry, i) => {
				const { text = "", url = "" } = values[i] || {};
				entry.replaceChildren(url && linked ? make("a", { href: url, title: "Compare with the run before" }, text) : text);
			});
			const said = values.map(({ text }, i) => text && entries[i].parentElement?.textContent?.trim());
			slide(cursor, self.x(stops[index]) - 0.5, index, stops.length - 1, [readout.textContent, ...said].filter(Boolean).join("; "));
		},

		range() {
			const [from, to] = state.get("range").split(",").map((at) => x0 + Number(at));
			return to > from ? { from, to } : whole;
		},

		toggle() {
			if (!source.redraw) return;
			self.seen = self.seen === whole ? self.range() : whole;
			source.redraw(self, self.seen === whole);
			self.show();
		},

		show() {
			if (!self.handles.length) return;
			const { from, to } = self.range();
			mark(band, state.get("range") ? [from, to] : null);
			mark(slice, source.slice?.());
			[from, to].forEach((moment, i) => slide(self.handles[i], self.x(moment) - 3.5, moment - x0, x1 - x0, names.duration(moment - x0)));
		},
	};

	svg.setAttribute("role", "group");
	svg.append(slice, band, cursor);
	caption.prepend(readout);
	for (const title of all(svg, "title")) if (!title.closest("a")) title.remove(); // the cursor says more, and at once
	svg.addEventListener("pointermove", (event) => {
		const [stops, x] = [source.stops(), across(event)];
		let near = 0;
		for (let i = 1; i < stops.length; i++) if (Math.abs(self.x(stops[i]) - x) < Math.abs(self.x(stops[near]) - x)) near = i;
		cursor.classList.add("on");
		self.point(near, true);
	});
	svg.addEventListener("pointerleave", () => cursor.classList.remove("on"));
	// A chart has as many stops as pixels; nobody wants to press that often.
	keys(cursor, (step) => self.point(index + step * Math.max(1, Math.round(source.stops().length / 200)), true));
	cursor.addEventListener("focus", () => self.point(index, true));
	self.point(source.start ? source.start() : source.stops().length - 1, false);
	if (svg.dataset.kind !== "range") return self;
	self.handles = ["Begin of the range", "End of the range"].map((label, end) => {
		const handle = slider("handle", label, { width: 7, rx: 3 });
		keys(handle, (step) => {
			const { from, to } = self.range();
			const by = (step * (self.seen.to - self.seen.from)) / 200;
			if (end) choose(from, Math.max(to + by, from + 1), "move");
			else choose(Math.min(from + by, to - 1), to, "move");
		});
		return handle;
	});
	svg.append(...self.handles);
	svg.classList.add("chart-range");
	svg.addEventListener("pointerdown", drag);
	svg.addEventListener("dblclick", self.toggle);
	svg.addEventListener("dragstart", (event) => event.preventDefault());
	return self;
};
