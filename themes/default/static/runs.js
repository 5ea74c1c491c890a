/* The charts over runs and of whole runs: timelines, overlaid curves, the service view, one function over the runs. */

(() => {
	const { get } = state;
	/** @typedef {[label: string, started: number, commit: string, url: string]} Run */
	/** @type {(element: HTMLElement | SVGElement, name: string) => any} */
	const read = (element, name) => JSON.parse(element.dataset[name] || "null");
	/** Moments from the steps between them. @param {DOMStringMap} data */
	const momentsOf = ({ time = "" }) => {
		let at = 0;
		return time.split(",").map(step => (at += +step));
	};
	const
		/** @type {(kind: string, root?: ParentNode) => SVGSVGElement[]} */
		charts = (kind, root) => all(`svg.${kind}-chart`, root),

		/** A figure as short as an axis has it. @type {(value: number, unit: string) => string} */
		short = (value, unit) => (unit === "milliseconds" ? `${value / 1000} s` : names.size(value).replace(/\.?0*([kMGTP]?)B$/, unit === "bytes" ? " $1B" : " $1").trim()),
		/** In full; what is none is a dash. @type {(value: number | null | undefined, unit: string) => string} */
		long = (value, unit) => (value == null ? "–" : (unit === "bytes" ? names.size : unit === "milliseconds" ? names.duration : names.count)(value)),
		tenth = /** @param {number} value */ value => round(value * 10) / 10;

	/** Marks of an axis up to a figure: 0 and multiples of 1, 2 or 5 times a power of ten. @param {number} most */
	const evenTicks = most => {
		const quarter = max(most, 1) / 4,
			power = 10 ** floor(Math.log10(quarter)),
			step = power * ([1, 2, 5].find(factor => factor * power >= quarter * 0.999) || 10);
		return Array.from({ length: max(ceil(most / step - 1e-6), 1) + 1 }, (_, i) => step * i);
	};

	/** The same for a logarithmic axis around figures above 0. @param {number[]} values @param {number[]} factors @returns {number[]} */
	const logTicks = (values, factors = [1, 2, 5]) => {
		const [least, most] = [min(...values), max(...values)],
			ticks = [];
		for (let power = 10 ** floor(Math.log10(least)); power <= most * 10; power *= 10) ticks.push(...factors.map(factor => factor * power));
		while (ticks[1] <= least) ticks.shift();
		while (ticks.length > 2 && ticks[ticks.length - 2] >= most) ticks.pop();
		return ticks.length < 10 || !factors[1] ? ticks : logTicks(values, [1]);
	};

	/**
	 * Draws a timeline, as Python does or with other scales, and puts a cursor on it.
	 * @param {SVGSVGElement} svg @param {Run[]} runs @param {(string | null)[][]} steps
	 */
	const timeline = (svg, runs, steps) => {
		const [left, right, top, bottom, r] = numbersOf(svg, "left right top bottom radius"),
			{ unit = "" } = svg.dataset;
		/** @type {(number | null)[][]} */
		let values = read(svg, "values");
		/** @type {number[]} */
		let xs = [];
		const draw = () => {
			const known = /** @type {number[]} */ (values.flat().filter(value => value !== null)),
				some = known.filter(value => value > 0),
				log = get("scale") === "log" && some.length > 0,
				ticks = log ? logTicks(some) : evenTicks(max(...known)),
				high = ticks[ticks.length - 1],
				// 0 has no logarithm: it stands a step below the least.
				low = log && some.length < known.length ? ticks[0] / 10 : ticks[0];
			if (log && low < ticks[0]) ticks.unshift(0);
			const y = /** @param {number} value */ value => tenth(bottom - (bottom - top) * (log ? value && Math.log(value / low) / Math.log(high / low) : value / high)),
				times = runs.map(([, started]) => started),
				[first, last] = [min(...times), max(...times)],
				dated = get("spacing") === "dated" && last > first;
			xs = times.map((time, i) => tenth(left + (right - left) * (dated ? 0.04 + (0.92 * (time - first)) / (last - first) : (i + 0.5) / runs.length)));

			let free = Infinity;
			const labels = runs.map(([label], i) => ({ x: xs[i], label })).reverse().filter(({ x }) => x <= free - 110 + 0.1 && ((free = x), true));
			fill(find(".ticks", svg),
				ticks.map(tick => [make("line.grid", { x1: left, x2: right, y1: y(tick), y2: y(tick) }), make("text.tick.y", { x: left - 8, y: y(tick) + 4 }, short(tick, unit))]),
				labels.map(({ x, label }) => make("text.tick.x", { x, y: bottom + 18 }, label.length > 14 ? `${label.slice(0, 13)}…` : label)));
			values.forEach((line, number) => {
				const points = line.flatMap((value, i) => (value === null ? [] : [{ cx: xs[i], cy: y(value), joined: i && line[i - 1] !== null }]));
				// One path for all points: a circle for each would be most of the page.
				fill(find(`[data-line="${number}"]`, svg),
					make("path", { d: points.map(({ cx, cy, joined }) => `${joined ? "L" : "M"}${cx} ${cy}`).join("") }),
					make("path.dots", { d: points.map(({ cx, cy }) => `M${cx} ${tenth(cy - r)}a${r} ${r} 0 1 0 .1 0z`).join("") }));
			});
			for (const mark of all("[data-run]", svg)) {
				const [run, line] = [Number(mark.dataset.run), mark.dataset.of],
					value = line ? values[+line][run] : null;
				set(mark, { transform: `translate(${xs[run]} ${value === null ? bottom : y(value)})` });
			}
		};
		draw();
		const plot = chart(svg, {
			stops: () => xs,
			x: x => x,
			tell(index) {
				const [label, started, commit, url] = runs[index],
					marks = all(`[data-run="${index}"]`, svg).map(mark => [" · ", make("a", { href: mark.getAttribute("href"), title: mark.textContent }, mark.dataset.kind)]);
				return {
					head: [make("a", { href: url }, label), ` · ${minute(started)}`, commit && ` · commit ${commit}`, marks],
					values: values.map((line, i) => ({ text: long(line[index], unit), url: steps[i]?.[index] || "" }))
				};
			}
		});
		state.listeners.push(() => {
			draw();
			plot.point();
		});
		return /** @param {(number | null)[][]} others */ others => {
			values = others;
			draw();
			plot.point(Infinity);
		};
	};

	/** Buttons in a legend that show and hide lines. @param {ParentNode} scope @param {Element} caption */
	const toggles = (scope, caption) => {
		for (const entry of all("[data-series]", caption)) {
			const { series, name } = entry.dataset,
				swatch = make("button", { class: entry.className, "aria-pressed": true, "aria-label": `Show ${name}` });
			entry.className = "entry";
			entry.prepend(swatch);
			on(swatch, "click", () => {
				const shown = swatch.ariaPressed !== "true";
				set(swatch, { "aria-pressed": shown });
				for (const line of all(`[data-line="${series}"]`, scope)) set(line, { visibility: shown ? "visible" : "hidden" });
			});
		}
	};

	/** The curves of several runs, each from its own start. @param {SVGSVGElement} svg */
	const overlay = svg => {
		const curves = all("[data-time]", svg).reverse().map(curve => ({ time: momentsOf(curve.dataset), heap: (curve.dataset.heap || "").split(",").map(Number) })),
			stops = [...new Set(curves.flatMap(({ time }) => time))].sort((one, other) => one - other),
			[peak] = numbersOf(svg, "peak");
		chart(svg, {
			stops: () => stops,
			start: () => stops.indexOf(peak),
			tell: index => ({
				head: `${names.duration(stops[index])} after the start`,
				// Nothing where a curve has ended.
				values: curves.map(({ time, heap }) => ({ text: long(stops[index] > max(...time) ? null : heap[time.findLastIndex(moment => moment <= stops[index])], "bytes") }))
			})
		});
		toggles(svg, find("figcaption", /** @type {Element} */ (svg.closest("figure"))));
	};

	/** All processes of a run on one clock. @param {SVGSVGElement} svg */
	const service = svg => {
		const time = momentsOf(svg.dataset),
			/** @type {[first: number, held: number[]][]} */
			layers = read(svg, "layers"),
			[x0, peak] = numbersOf(svg, "x0 peak"),
			stops = time.map(moment => x0 + moment),
			held = /** @param {number} index */ index => layers.map(([first, values]) => values[index - first] || 0),
			sums = time.map((_, index) => sumOf(held(index))),
			highest = (/** @type {Stretch} */ { from, to }) => stops.reduce((best, moment, i) => (moment >= from && moment <= to && !(sums[i] <= sums[best]) ? i : best), -1),
			plot = chart(svg, {
				stops: () => stops,
				start: () => stops.indexOf(peak),
				tell: (index, range) => ({
					head: [`${names.duration(time[index])}: ${names.size(sums[index])} in all`, get("range") && index === highest(range()) && ", the highest of the range"],
					values: held(index).map(value => ({ text: long(value || null, "bytes") }))
				})
			}),
			ranged = () => {
				plot.show();
				if (get("range")) plot.point(highest(plot.range()));
			};
		state.follow(ranged);
	};

	/** Any function over the runs; the page has the largest. @param {HTMLElement} section */
	const functions = section => {
		/** @type {HTMLInputElement} */
		const input = find("input", section),
			draw = timeline(charts("timeline", section)[0], read(section, "runs"), []);
		/** @typedef {[name: string, file: string, ...values: number[][]]} Row */
		/** @type {Promise<Map<string, Row>> | undefined} */
		let loading;
		const load = () =>
			(loading ||= new Promise(/** @param {(rows: Row[]) => void} resolve */ resolve => {
				window.sitegen = { ...window.sitegen, functions: resolve };
				fetchScript(section.dataset.src || "");
			}).then(rows => {
				const known = new Map(rows.map(row => [`${row[1]}:${row[0]}`, row]));
				find("datalist", section).append(...[...known.keys()].map(name => new Option(name)));
				return known;
			})),
			show = async () => {
				const name = get("function");
				if (!name) return;
				input.value = name;
				const row = (await load()).get(name);
				fill(find("output", section), row ? "" : "None of the functions that held most is called that.");
				if (!row) return;
				const [called, file, ...values] = row;
				fill(find("h3", section), `${called} ${file}`);
				draw(values);
				section.scrollIntoView({ block: "nearest" });
			};
		find(".chooser", section).hidden = false;
		on(input, "focus", load);
		on(input, "change", () => state.set({ function: input.value }));
		state.follow(show);
	};

	for (const box of all(".charts[data-steps]")) {
		const steps = read(box, "steps");
		for (const svg of charts("timeline", box)) timeline(svg, read(box, "runs"), steps);
		const caption = find("figcaption", box);
		if (caption && steps[1]) toggles(box, caption);
	}
	for (const switches of all(".switches")) {
		switches.hidden = false;
		for (const field of /** @type {HTMLInputElement[]} */ (all("input", switches))) {
			on(field, "change", () => state.set({ [field.name]: field.checked ? field.value : "" }));
			state.follow(() => (field.checked = get(field.name) === field.value));
		}
	}
	charts("overlay").forEach(overlay);
	charts("service").forEach(service);
	all("[data-followed]").forEach(functions);
})();
