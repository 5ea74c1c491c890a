"use strict";

/** What the viewer's capture held over time: what a chart of it says. @type {(svg: SVGSVGElement, viewer: Viewer) => Source} */
const memory = (svg, viewer) => {
	const { time, columns } = viewer.shown;
	const [left, right, bottom, top, most, x0] = numbersOf(svg, "left", "right", "bottom", "top", "max", "x0");
	return {
		stops: () => time,

		tell(index) {
			const [heap, rss] = ["heap", "rss"].map((name) => names.size(columns[`snapshots.${name}`][index]));
			return { head: [`${names.duration(time[index] - x0)}: heap ${heap}, resident ${rss}`] };
		},

		// The stretch of time that the graph shows the highest point of.
		slice: () => (state.get("mode") ? null : viewer.shown.bounds(viewer.shown.highest(state.get("range")))),

		redraw(chart, whole) {
			const { from, to } = chart.seen;
			const points = (/** @type {ArrayLike<number>} */ values) => {
				/** The highest value of every pixel. @type {Map<number, number>} */
				const highest = new Map();
				for (let i = 0; i < time.length; i++) {
					const x = Math.round(chart.x(time[i]));
					if (time[i] >= from && time[i] <= to) highest.set(x, Math.max(highest.get(x) || 0, values[i]));
				}
				return [...highest].map(([x, value]) => `${x} ${(bottom - (value / most) * (bottom - top)).toFixed(1)}`);
			};
			const marks = columns["snapshots.high_water"];
			const heap = points(Array.from(columns["snapshots.heap"], (value, i) => Math.max(value, marks[i] || 0)));
			const floor = [heap[0], heap[heap.length - 1]].map((point) => `${(point || "").split(" ")[0]} ${bottom}`);
			const lines = { ".heap": heap.length ? [floor[0], ...heap, floor[1]] : [], ".rss": points(columns["snapshots.rss"]) };
			for (const [name, line] of Object.entries(lines)) {
				const shape = find(svg, name);
				if (shape) set(shape, { d: line.length ? `M${line.join("L")}` : "" });
			}
			for (const tick of all(svg, ".tick.x")) {
				const share = (Number(tick.getAttribute("x")) - left) / (right - left);
				tick.textContent = names.duration(from + share * (to - from) - x0);
			}
			for (const mark of all(svg, ".peak, .peak-line")) set(mark, { visibility: whole ? "visible" : "hidden" });
		},
	};
};
