
/** What the viewer's capture held over time: what a chart of it says. @type {(svg: SVGSVGElement, viewer: Viewer) => Source} */
const memory = (svg, viewer) => {
	const { time, columns } = viewer.shown,
		[heap, rss] = ["heap", "rss"].map(name => columns[`snapshots.${name}`]),
		// What the line shows: the most since the snapshot before, so that the peak is on it.
		tops = Array.from(heap, (value, i) => max(value, columns["snapshots.high_water"][i] || 0)),
		[left, right, bottom, top, most, x0, peak] = numbersOf(svg, "left right bottom top max x0 peak");
	return {
		stops: () => time,

		// Which of equal peaks is meant is said by the page.
		start: () => time.findLastIndex(/** @param {number} at */ at => at <= peak),

		tell: index => ({ head: `${names.duration(time[index] - x0)}: heap ${names.size(tops[index])}, resident ${names.size(rss[index])}` }),

		// The stretch of time that the graph shows the highest point of.
		slice: () => (state.get("mode") ? null : viewer.shown.bounds(viewer.shown.highest())),

		redraw({ from, to }, x, whole) {
			const points = /** @param {ArrayLike<number>} values */ values => {
					/** The highest value of every pixel. @type {Map<number, number>} */
					const highest = new Map();
					time.forEach((moment, i) => {
						const at = round(x(moment));
						if (moment >= from && moment <= to) highest.set(at, max(highest.get(at) || 0, values[i]));
					});
					return [...highest].map(([at, value]) => `${at} ${(bottom - (value / most) * (bottom - top)).toFixed(1)}`);
				},
				line = points(tops),
				floor = /** @param {string | undefined} point */ point => point?.replace(/ .*/, ` ${bottom}`),
				lines = { heap: [floor(line[0]), ...line, floor(line.at(-1))], rss: points(rss) };
			for (const [name, points] of Object.entries(lines)) all(`.${name}`, svg).forEach(shape => set(shape, { d: line[0] ? `M${points.join("L")}` : "" }));
			for (const tick of all(".tick.x", svg)) {
				const share = (Number(tick.getAttribute("x")) - left) / (right - left);
				fill(tick, names.duration(from + share * (to - from) - x0));
			}
			for (const mark of all(".peak, .peak-line", svg)) set(mark, { visibility: whole ? "visible" : "hidden" });
		}
	};
};
