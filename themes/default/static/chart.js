"use strict";
/*
 * Puts a cursor on the memory charts that the page already has as SVG (svg.memory-chart), and on the temporal report's
 * one (data-kind="range") a range with two handles. What an SVG must have: viewBox, data-x0 and data-x1 (milliseconds since
 * the epoch), data-left, -right, -top and -bottom (the plot, in user units), data-max (bytes at the top), .heap, .rss,
 * .area (elements with points), .tick.x, .peak, .peak-line.
 */

class Chart {
	/** @param {SVGSVGElement} svg @param {Viewer} viewer */
	constructor(svg, viewer) {
		const [left, right, top, bottom, most, from, to] = ["left", "right", "top", "bottom", "max", "x0", "x1"].map((name) => Number(svg.dataset[name]));
		this.svg = svg;
		this.viewer = viewer;
		this.plot = { left, right, top, bottom, most };
		this.whole = { from, to };
		this.seen = this.whole;
		this.dragging = false;
		const bar = (/** @type {string} */ name) => make("rect", { class: `chart-${name}`, y: top, height: bottom - top, width: 1, visibility: "hidden" });
		this.slice = bar("slice");
		this.band = bar("band");
		this.cursor = bar("cursor");
		this.readout = make("output", { class: "chart-readout" });
		svg.append(this.slice, this.band, this.cursor);
		find(/** @type {Element} */ (svg.parentElement), "figcaption").append(this.readout);
		svg.addEventListener("pointermove", (event) => this.hover(event));
		svg.addEventListener("pointerleave", () => {
			this.cursor.setAttribute("visibility", "hidden");
			this.readout.textContent = "";
		});
		this.handles = svg.dataset.kind === "range" ? ["Begin of the range", "End of the range"].map((label, end) => this.handle(label, end)) : [];
		if (!this.handles.length) return;
		svg.classList.add("chart-range");
		svg.setAttribute("role", "group");
		svg.addEventListener("pointerdown", (event) => this.drag(event));
		svg.addEventListener("dblclick", () => this.toggle());
	}

	/** @param {string} label @param {number} end */
	handle(label, end) {
		const { top, bottom } = this.plot;
		const handle = make("rect", { class: "chart-handle", tabindex: 0, role: "slider", "aria-label": label, width: 10, rx: 3, y: top, height: bottom - top });
		handle.addEventListener("keydown", (event) => {
			const step = { ArrowLeft: -1, ArrowRight: 1, PageDown: -20, PageUp: 20, Home: -200, End: 200 }[event.key];
			if (!step) return;
			event.preventDefault();
			event.stopPropagation();
			const { from, to } = this.range();
			const by = (step * (this.seen.to - this.seen.from)) / 200;
			if (end) this.choose(from, Math.max(to + by, from + 1), "move");
			else this.choose(Math.min(from + by, to - 1), to, "move");
		});
		this.svg.append(handle);
		return handle;
	}

	/** Where a moment is, inside the plot. @param {number} time */
	x(time) {
		const { left, right } = this.plot;
		const { from, to } = this.seen;
		return left + Math.min(Math.max((time - from) / (to - from), 0), 1) * (right - left);
	}

	/** The moment under the pointer. @param {PointerEvent} event */
	time({ clientX }) {
		const { left, width } = this.svg.getBoundingClientRect();
		const x = ((clientX - left) / width) * this.svg.viewBox.baseVal.width;
		const share = (x - this.plot.left) / (this.plot.right - this.plot.left);
		return this.seen.from + Math.min(Math.max(share, 0), 1) * (this.seen.to - this.seen.from);
	}

	/** @param {PointerEvent} event */
	hover(event) {
		const { time, columns, analysis } = this.viewer.shown;
		if (!time.length) return;
		const moment = this.time(event);
		const after = time.findIndex((/** @type {number} */ at) => at >= moment);
		const near = after < 0 ? time.length - 1 : after && moment - time[after - 1] < time[after] - moment ? after - 1 : after;
		this.mark(this.cursor, time[near], time[near], true);
		const size = (/** @type {string} */ name) => names.size(columns[`snapshots.${name}`][near]);
		this.readout.textContent = `${names.duration(time[near] - analysis.facts.started)}: heap ${size("heap")}, resident ${size("rss")}`;
	}

	/** @param {HTMLElement} bar @param {number} from @param {number} to @param {boolean} on */
	mark(bar, from, to, on) {
		bar.setAttribute("x", String(this.x(from)));
		bar.setAttribute("width", String(Math.max(this.x(to) - this.x(from), from === to ? 1 : 3)));
		bar.setAttribute("visibility", on ? "visible" : "hidden");
	}

	/** The range in milliseconds since the epoch. */
	range() {
		const { started } = this.viewer.shown.analysis.facts;
		const [from, to] = state.get("range").split(",").map((at) => started + Number(at));
		return to > from ? { from, to } : this.whole;
	}

	/** @param {number} one @param {number} other @param {"step" | "move"} how */
	choose(one, other, how) {
		const { started } = this.viewer.shown.analysis.facts;
		const [from, to] = [Math.max(Math.min(one, other), this.whole.from), Math.min(Math.max(one, other), this.whole.to)].map(Math.round);
		const all = from <= this.whole.from && to >= this.whole.to;
		state.set({ range: all || from === to ? "" : `${from - started},${to - started}` }, how);
	}

	/** Draws a new range, moves a handle, or moves the range. @param {PointerEvent} event */
	drag(event) {
		const end = this.handles.indexOf(/** @type {HTMLElement} */ (event.target));
		const begun = this.time(event);
		const { from, to } = this.range();
		const inside = end < 0 && state.get("range") && begun > from && begun < to;
		let now = event;
		/** @type {"step" | "move"} */
		let how = "step";
		let waiting = false;
		const apply = () => {
			waiting = false;
			const moment = this.time(now);
			const by = Math.min(Math.max(moment - begun, this.whole.from - from), this.whole.to - to);
			if (inside) this.choose(from + by, to + by, how);
			else this.choose(end < 0 ? begun : end ? from : to, moment, how);
			how = "move";
		};
		const move = (/** @type {PointerEvent} */ later) => {
			now = later;
			this.dragging ||= Math.abs(later.clientX - event.clientX) > 3;
			if (this.dragging && !waiting) requestAnimationFrame(apply);
			waiting = this.dragging;
		};
		this.svg.setPointerCapture(event.pointerId);
		this.svg.addEventListener("pointermove", move);
		const done = () => {
			this.dragging = false;
			this.svg.removeEventListener("pointermove", move);
		};
		this.svg.addEventListener("lostpointercapture", done, { once: true });
	}

	/** Shows the range alone, or the whole time again. */
	toggle() {
		this.seen = this.seen === this.whole ? this.range() : this.whole;
		const { time, columns, analysis } = this.viewer.shown;
		const { left, right, top, bottom, most } = this.plot;
		const { from, to } = this.seen;
		const points = (/** @type {ArrayLike<number>} */ values) => {
			/** The highest value of every pixel. @type {Map<number, number>} */
			const highest = new Map();
			for (let i = 0; i < time.length; i++) {
				const x = Math.round(this.x(time[i]));
				if (time[i] >= from && time[i] <= to) highest.set(x, Math.max(highest.get(x) || 0, values[i]));
			}
			return [...highest].map(([x, value]) => `${x},${(bottom - (value / most) * (bottom - top)).toFixed(1)}`);
		};
		const marks = columns["snapshots.high_water"];
		const heap = points(Array.from(columns["snapshots.heap"], (value, i) => Math.max(value, marks[i] || 0)));
		const floor = [heap[0], heap[heap.length - 1]].map((point) => `${(point || "").split(",")[0]},${bottom}`);
		const lines = { ".heap": heap, ".rss": points(columns["snapshots.rss"]), ".area": heap.length ? [floor[0], ...heap, floor[1]] : [] };
		for (const [name, line] of Object.entries(lines)) find(this.svg, name)?.setAttribute("points", line.join(" "));
		for (const tick of all(this.svg, ".tick.x")) {
			const share = (Number(tick.getAttribute("x")) - left) / (right - left);
			tick.textContent = names.duration(from + share * (to - from) - analysis.facts.started);
		}
		for (const mark of all(this.svg, ".peak, .peak-line")) mark.setAttribute("visibility", this.seen === this.whole ? "visible" : "hidden");
		this.show();
	}

	/** Marks the range, and the stretch of time that the graph shows the highest point of. */
	show() {
		if (!this.handles.length) return;
		const { shown } = this.viewer;
		const { started } = shown.analysis.facts;
		const { from, to } = this.range();
		this.mark(this.band, from, to, Boolean(state.get("range")));
		const [begin, end] = shown.bounds(shown.highest(state.get("range")));
		this.mark(this.slice, begin, end, !state.get("mode"));
		[from, to].forEach((moment, i) => {
			const values = { now: moment - started, min: 0, max: this.whole.to - started, text: names.duration(moment - started) };
			for (const [name, value] of Object.entries(values)) this.handles[i].setAttribute(`aria-value${name}`, String(value));
			this.handles[i].setAttribute("x", String(this.x(moment) - 5));
		});
	}
}
