"use strict";
/*
 * Puts a cursor on the memory charts that the page already has as SVG (svg.memory-chart), and on the temporal report's
 * one (data-kind="range") a range with two handles. What an SVG must have: viewBox, data-x0 and data-x1 (milliseconds since
 * the epoch), data-left, -right, -top and -bottom (the plot, in user units), data-max (bytes at the top), .heap, .rss,
 * .area (elements with points), .tick.x, .peak, .peak-line; and a figcaption beside it.
 */

/** @type {(svg: SVGSVGElement, viewer: Viewer) => Chart} */
const chart = (svg, viewer) => {
	const [left, right, top, bottom, most, x0, x1] = ["left", "right", "top", "bottom", "max", "x0", "x1"].map((name) => Number(svg.dataset[name]));
	const { analysis, time, columns } = viewer.shown;
	const { started } = analysis.facts;
	const whole = { from: x0, to: x1 };
	let seen = whole;
	const bar = (/** @type {string} */ name) => make("rect", { class: `chart-${name}`, y: top, height: bottom - top, width: 1, visibility: "hidden" });
	const [slice, band, cursor] = ["slice", "band", "cursor"].map(bar);
	const readout = make("output", { class: "chart-readout" });
	svg.append(slice, band, cursor);
	find(/** @type {Element} */ (svg.parentElement), "figcaption").append(readout);

	/** @type {Chart} */
	const self = {
		handles: [],

		x: (moment) => left + Math.min(Math.max((moment - seen.from) / (seen.to - seen.from), 0), 1) * (right - left),

		moment({ clientX }) {
			const box = svg.getBoundingClientRect();
			const x = ((clientX - box.left) / box.width) * svg.viewBox.baseVal.width;
			return seen.from + Math.min(Math.max((x - left) / (right - left), 0), 1) * (seen.to - seen.from);
		},

		mark(rect, from, to, on) {
			rect.setAttribute("x", String(self.x(from)));
			rect.setAttribute("width", String(Math.max(self.x(to) - self.x(from), from === to ? 1 : 3)));
			rect.setAttribute("visibility", on ? "visible" : "hidden");
		},

		hover(event) {
			if (!time.length) return;
			const moment = self.moment(event);
			const after = time.findIndex((/** @type {number} */ at) => at >= moment);
			const near = after < 0 ? time.length - 1 : after && moment - time[after - 1] < time[after] - moment ? after - 1 : after;
			self.mark(cursor, time[near], time[near], true);
			const [heap, rss] = ["heap", "rss"].map((name) => names.size(columns[`snapshots.${name}`][near]));
			readout.textContent = `${names.duration(time[near] - started)}: heap ${heap}, resident ${rss}`;
		},

		range() {
			const [from, to] = state.get("range").split(",").map((at) => started + Number(at));
			return to > from ? { from, to } : whole;
		},

		choose(one, other, how) {
			const [from, to] = [Math.max(Math.min(one, other), x0), Math.min(Math.max(one, other), x1)].map(Math.round);
			state.set({ range: (from <= x0 && to >= x1) || from === to ? "" : `${from - started},${to - started}` }, how);
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
				dragging ||= Math.abs(later.clientX - event.clientX) > 3;
				if (dragging && !waiting) requestAnimationFrame(apply);
				waiting = dragging;
			};
			svg.setPointerCapture(event.pointerId);
			svg.addEventListener("pointermove", move);
			svg.addEventListener("lostpointercapture", () => svg.removeEventListener("pointermove", move), { once: true });
		},

		nudge(event, end) {
			const step = { ArrowLeft: -1, ArrowRight: 1, PageDown: -20, PageUp: 20, Home: -200, End: 200 }[event.key];
			if (!step) return;
			event.preventDefault();
			event.stopPropagation();
			const { from, to } = self.range();
			const by = (step * (seen.to - seen.from)) / 200;
			if (end) self.choose(from, Math.max(to + by, from + 1), "move");
			else self.choose(Math.min(from + by, to - 1), to, "move");
		},

		toggle() {
			seen = seen === whole ? self.range() : whole;
			const points = (/** @type {ArrayLike<number>} */ values) => {
				/** The highest value of every pixel. @type {Map<number, number>} */
				const highest = new Map();
				for (let i = 0; i < time.length; i++) {
					const x = Math.round(self.x(time[i]));
					if (time[i] >= seen.from && time[i] <= seen.to) highest.set(x, Math.max(highest.get(x) || 0, values[i]));
				}
				return [...highest].map(([x, value]) => `${x},${(bottom - (value / most) * (bottom - top)).toFixed(1)}`);
			};
			const marks = columns["snapshots.high_water"];
			const heap = points(Array.from(columns["snapshots.heap"], (value, i) => Math.max(value, marks[i] || 0)));
			const floor = [heap[0], heap[heap.length - 1]].map((point) => `${(point || "").split(",")[0]},${bottom}`);
			const lines = { ".heap": heap, ".rss": points(columns["snapshots.rss"]), ".area": heap.length ? [floor[0], ...heap, floor[1]] : [] };
			for (const [name, line] of Object.entries(lines)) find(svg, name)?.setAttribute("points", line.join(" "));
			for (const tick of all(svg, ".tick.x")) {
				const share = (Number(tick.getAttribute("x")) - left) / (right - left);
				tick.textContent = names.duration(seen.from + share * (seen.to - seen.from) - started);
			}
			for (const mark of all(svg, ".peak, .peak-line")) mark.setAttribute("visibility", seen === whole ? "visible" : "hidden");
			self.show();
		},

		show() {
			if (!self.handles.length) return;
			const { from, to } = self.range();
			self.mark(band, from, to, Boolean(state.get("range")));
			const [begin, end] = viewer.shown.bounds(viewer.shown.highest(state.get("range")));
			self.mark(slice, begin, end, !state.get("mode"));
			[from, to].forEach((moment, i) => {
				const values = { x: self.x(moment) - 3.5, "aria-valuenow": moment - started, "aria-valuemin": 0, "aria-valuemax": x1 - started, "aria-valuetext": names.duration(moment - started) };
				for (const [name, value] of Object.entries(values)) self.handles[i].setAttribute(name, String(value));
			});
		},
	};

	svg.addEventListener("pointermove", self.hover);
	svg.addEventListener("pointerleave", () => {
		cursor.setAttribute("visibility", "hidden");
		readout.textContent = "";
	});
	if (svg.dataset.kind !== "range") return self;
	self.handles = ["Begin of the range", "End of the range"].map((label, end) => {
		const handle = make("rect", { class: "chart-handle", tabindex: 0, role: "slider", "aria-label": label, width: 7, rx: 3, y: top, height: bottom - top });
		handle.addEventListener("keydown", (event) => self.nudge(event, end));
		return handle;
	});
	svg.append(...self.handles);
	svg.classList.add("chart-range");
	svg.setAttribute("role", "group");
	svg.addEventListener("pointerdown", self.drag);
	svg.addEventListener("dblclick", self.toggle);
	return self;
};
