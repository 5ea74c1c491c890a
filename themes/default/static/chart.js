"use strict";
/*
 * Puts a cursor on the charts that the page already has as SVG: hover, and arrow keys, for it is a slider. With
 * data-kind="range" also a range with two handles. What an SVG must have: viewBox, data-left, -right, -top and -bottom (the
 * plot, in user units), where time runs across data-x0 and data-x1 (milliseconds); and a figcaption beside it. Entries of
 * the caption with data-series get the values of that series under the cursor.
 */

/** @type {(svg: SVGSVGElement, source: Source) => Chart} */
const chart = (svg, source) => {
	const [left, right, top, bottom, x0, x1] = ["left", "right", "top", "bottom", "x0", "x1"].map((name) => Number(svg.dataset[name]));
	const whole = { from: x0, to: x1 };
	const caption = find(/** @type {Element} */ (svg.closest("figure")), "figcaption");
	const bar = (/** @type {string} */ name, attributes = {}) => make("rect", { class: `chart-${name}`, y: top, height: bottom - top, width: 1, visibility: "hidden", ...attributes });
	const slider = (/** @type {string} */ name, /** @type {string} */ label) => bar(name, { tabindex: 0, role: "slider", "aria-label": label, visibility: "visible" });
	const [slice, band] = [bar("slice"), bar("band")];
	const cursor = slider("cursor", "Position in the chart");
	const readout = make("p", { class: "chart-readout" });
	const entries = all(caption, "[data-series]").map((entry) => {
		entry.append(" ", make("b", {}));
		return find(entry, "b");
	});
	/** How far a key goes. @type {(event: KeyboardEvent) => number | undefined} */
	const stepOf = ({ key }) => ({ ArrowLeft: -1, ArrowRight: 1, PageDown: -20, PageUp: 20, Home: -1e9, End: 1e9 })[key];
	const taken = (/** @type {Event} */ event) => (event.preventDefault(), event.stopPropagation());
	let index = -1;

	/** @type {Chart} */
	const self = {
		handles: [],
		seen: whole,

		x: source.x || ((moment) => left + Math.min(Math.max((moment - self.seen.from) / (self.seen.to - self.seen.from), 0), 1) * (right - left)),

		across({ clientX }) {
			const box = svg.getBoundingClientRect();
			return ((clientX - box.left) / box.width) * svg.viewBox.baseVal.width;
		},

		moment(event) {
			return self.seen.from + Math.min(Math.max((self.across(event) - left) / (right - left), 0), 1) * (self.seen.to - self.seen.from);
		},

		mark(rect, from, to, on) {
			rect.setAttribute("x", String(self.x(from)));
			rect.setAttribute("width", String(Math.max(self.x(to) - self.x(from), 3)));
			rect.setAttribute("visibility", on ? "visible" : "hidden");
		},

		at: () => index,

		point(to, linked) {
			const stops = source.stops();
			index = Math.min(Math.max(to, 0), stops.length - 1);
			if (index < 0) return;
			const { head, values = [] } = source.tell(index, self);
			readout.replaceChildren(...head);
			entries.forEach((entry, i) => {
				const { text = "", url = "" } = values[i] || {};
				entry.replaceChildren(url && linked ? make("a", { href: url, title: "Compare with the run before" }, text) : text);
			});
			const said = values.map(({ text }, i) => text && `${entries[i].parentElement?.textContent?.trim()}`);
			const state = { x: self.x(stops[index]) - 0.5, "aria-valuemin": 0, "aria-valuemax": stops.length - 1, "aria-valuenow": index, "aria-valuetext": [readout.textContent, ...said].filter(Boolean).join("; ") };
			for (const [name, value] of Object.entries(state)) cursor.setAttribute(name, String(value));
		},

		hover(event) {
			const [stops, x] = [source.stops(), self.across(event)];
			let near = 0;
			for (let i = 1; i < stops.length; i++) if (Math.abs(self.x(stops[i]) - x) < Math.abs(self.x(stops[near]) - x)) near = i;
			cursor.classList.add("on");
			self.point(near, true);
		},

		walk(event) {
			const step = stepOf(event);
			const link = find(caption, "a");
			if (!step && !(event.key === "Enter" && link)) return;
			taken(event);
			// A chart has as many stops as pixels; nobody wants to press that often.
			if (step) self.point(index + step * Math.max(1, Math.round(source.stops().length / 200)), true);
			else link.focus();
		},

		range() {
			const [from, to] = state.get("range").split(",").map((at) => x0 + Number(at));
			return to > from ? { from, to } : whole;
		},

		choose(one, other, how) {
			const [from, to] = [Math.max(Math.min(one, other), x0), Math.min(Math.max(one, other), x1)].map(Math.round);
			state.set({ range: (from <= x0 && to >= x1) || from === to ? "" : `${from - x0},${to - x0}` }, how);
		},

		// Draws a new range, moves a handle, or moves the range.
		drag(event) {
			const end = self.handles.findIndex((handle) => handle === event.target);
			const begun = self.moment(event);
			const { from, to } = self.range();
			const inside = end < 0 && state.get("range") && begun > from && begun < to;
			let now = event;
			/** @type {"step" | "move"} */
			let how = "step";
			let [waiting, dragging] = [false, false];
			const apply = () => {
				waiting = false;
				const moment = self.moment(now);
				const by = Math.min(Math.max(moment - begun, x0 - from), x1 - to);
				if (inside) self.choose(from + by, to + by, how);
				else self.choose(end < 0 ? begun : end ? from : to, moment, how);
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
		},

		nudge(event, end) {
			const step = stepOf(event);
			if (!step) return;
			taken(event);
			const { from, to } = self.range();
			const by = (step * (self.seen.to - self.seen.from)) / 200;
			if (end) self.choose(from, Math.max(to + by, from + 1), "move");
			else self.choose(Math.min(from + by, to - 1), to, "move");
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
			self.mark(band, from, to, Boolean(state.get("range")));
			const beside = source.slice?.();
			const [begin, end] = beside || [from, from];
			self.mark(slice, begin, end, Boolean(beside));
			[from, to].forEach((moment, i) => {
				const values = { x: self.x(moment) - 3.5, "aria-valuenow": moment - x0, "aria-valuemin": 0, "aria-valuemax": x1 - x0, "aria-valuetext": names.duration(moment - x0) };
				for (const [name, value] of Object.entries(values)) self.handles[i].setAttribute(name, String(value));
			});
		},
	};

	svg.setAttribute("role", "group");
	svg.append(slice, band, cursor);
	caption.prepend(readout);
	for (const title of all(svg, "title")) if (!title.closest("a")) title.remove(); // the cursor says more, and at once
	svg.addEventListener("pointermove", self.hover);
	svg.addEventListener("pointerleave", () => cursor.classList.remove("on"));
	cursor.addEventListener("keydown", self.walk);
	cursor.addEventListener("focus", () => self.point(index, true));
	self.point(source.start ? source.start() : source.stops().length - 1, false);
	if (svg.dataset.kind !== "range") return self;
	self.handles = ["Begin of the range", "End of the range"].map((label, end) => {
		const handle = slider("handle", label);
		for (const [name, value] of Object.entries({ width: 7, rx: 3 })) handle.setAttribute(name, String(value));
		handle.addEventListener("keydown", (event) => self.nudge(event, end));
		return handle;
	});
	svg.append(...self.handles);
	svg.classList.add("chart-range");
	svg.addEventListener("pointerdown", self.drag);
	svg.addEventListener("dblclick", self.toggle);
	svg.addEventListener("dragstart", (event) => event.preventDefault());
	return self;
};
