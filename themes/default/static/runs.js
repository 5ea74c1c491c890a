"use strict";
/* The charts over runs and of whole runs: timelines, overlaid curves, the service view, one function over the runs. */

(() => {
	const day = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
	/** @typedef {[label: string, started: number, commit: string, url: string]} Run */
	/** @template T @param {HTMLElement | SVGElement} element @param {string} name @returns {T} */
	const read = (element, name) => JSON.parse(element.dataset[name] || "null");
	/** Moments from the steps between them. @param {string} steps */
	const momentsOf = (steps) => {
		let at = 0;
		return steps.split(",").map((step) => (at += Number(step)));
	};
	const charts = (/** @type {ParentNode} */ root, /** @type {string} */ kind) => /** @type {SVGSVGElement[]} */ (all(root, `svg.${kind}-chart`));

	/** A figure as short as an axis has it. @param {number} value @param {string} unit */
	const short = (value, unit) => (unit === "milliseconds" ? `${value / 1000} s` : names.size(value).replace(/\.?0*([kMGTP]?)B$/, unit === "bytes" ? " $1B" : " $1").trim());
	/** In full. @param {number} value @param {string} unit */
	const long = (value, unit) => (unit === "bytes" ? names.size : unit === "milliseconds" ? names.duration : names.count)(value);
	const tenth = (/** @type {number} */ value) => Math.round(value * 10) / 10;
	/** What is none is a dash. @param {number | null | undefined} value @param {string} unit */
	const dashed = (value, unit) => (value ?? null) === null ? "–" : long(Number(value), unit);

	/** Marks of an axis up to a figure: 0 and multiples of 1, 2 or 5 times a power of ten. @param {number} most */
	const evenTicks = (most) => {
		const quarter = Math.max(most, 1) / 4;
		const power = 10 ** Math.floor(Math.log10(quarter));
		const step = power * ([1, 2, 5].find((factor) => factor * power >= quarter * 0.999) || 10);
		return Array.from({ length: Math.max(Math.ceil(most / step - 1e-6), 1) + 1 }, (_, i) => step * i);
	};

	/** The same for a logarithmic axis around figures above 0. @param {number[]} values @param {number[]} factors @returns {number[]} */
	const logTicks = (values, factors = [1, 2, 5]) => {
		const [least, most] = [Math.min(...values), Math.max(...values)];
		const ticks = [];
		for (let power = 10 ** Math.floor(Math.log10(least)); power <= most * 10; power *= 10) ticks.push(...factors.map((factor) => factor * power));
		while (ticks[1] <= least) ticks.shift();
		while (ticks.length > 2 && ticks[ticks.length - 2] >= most) ticks.pop();
		return ticks.length < 10 || !factors[1] ? ticks : logTicks(values, [1]);
	};

	/**
	 * Draws a timeline, as Python does or with other scales, and puts a cursor on it.
	 * @param {SVGSVGElement} svg @param {Run[]} runs @param {(string | null)[][]} steps
	 */
	const timeline = (svg, runs, steps) => {
		const [left, right, top, bottom] = numbersOf(svg, "left", "right", "top", "bottom");
		const { unit = "" } = svg.dataset;
		/** @type {(number | null)[][]} */
		let values = read(svg, "values");
		/** @type {number[]} */
		let xs = [];
		const draw = () => {
			const known = /** @type {number[]} */ (values.flat().filter((value) => value !== null));
			const some = known.filter((value) => value > 0);
			const log = state.get("scale") === "log" && some.length > 0;
			const ticks = log ? logTicks(some) : evenTicks(Math.max(...known));
			const high = ticks[ticks.length - 1];
			// 0 has no logarithm: it stands a step below the least.
			const low = log && some.length < known.length ? ticks[0] / 10 : ticks[0];
			if (log && low < ticks[0]) ticks.unshift(0);
			const y = (/** @type {number} */ value) => tenth(bottom - (bottom - top) * (log ? value && Math.log(value / low) / Math.log(high / low) : value / high));
			const times = runs.map(([, started]) => started);
			const [first, last] = [Math.min(...times), Math.max(...times)];
			const dated = state.get("spacing") === "dated" && last > first;
			xs = times.map((time, i) => tenth(left + (right - left) * (dated ? 0.04 + (0.92 * (time - first)) / (last - first) : (i + 0.5) / runs.length)));

			const axes = ticks.flatMap((tick) => [
				make("line.grid", { x1: left, x2: right, y1: y(tick), y2: y(tick) }), make("text.tick.y", { x: left - 8, y: y(tick) + 4 }, short(tick, unit)),
			]);
			let free = Infinity;
			for (let i = runs.length - 1; i >= 0; i--) {
				if (xs[i] > free - 110 + 0.1) continue;
				free = xs[i];
				const [label] = runs[i];
				axes.push(make("text.tick.x", { x: xs[i], y: bottom + 18 }, label.length > 14 ? `${label.slice(0, 13)}…` : label));
			}
			find(svg, ".ticks").replaceChildren(...axes);
			values.forEach((line, number) => {
				const group = find(svg, `[data-line="${number}"]`);
				const points = line.flatMap((value, i) => (value === null ? [] : [{ cx: xs[i], cy: y(value), joined: i && line[i - 1] !== null }]));
				set(find(group, "path"), { d: points.map(({ cx, cy, joined }) => `${joined ? "L" : "M"}${cx} ${cy}`).join("") });
				const circles = all(group, "circle");
				circles.slice(points.length).forEach((circle) => circle.remove());
				points.forEach(({ cx, cy }, i) => {
					if (circles[i]) set(circles[i], { cx, cy });
					else group.append(make("circle", { r: 4, cx, cy }));
				});
			});
			for (const mark of all(svg, "[data-run]")) {
				const [run, line] = [Number(mark.dataset.run), mark.dataset.of];
				const value = line ? values[Number(line)][run] : null;
				set(mark, { transform: `translate(${xs[run]} ${value === null ? bottom : y(value)})` });
			}
		};
		draw();
		const plot = chart(svg, {
			stops: () => xs,
			x: (x) => x,
			tell(index) {
				const [label, started, commit, url] = runs[index];
				const marks = all(svg, `[data-run="${index}"]`).flatMap((mark) => [" · ", make("a", { href: mark.getAttribute("href"), title: mark.textContent }, mark.dataset.kind || "")]);
				const when = [day.format(started), commit && `commit ${commit}`].filter(Boolean).join(" · ");
				return {
					head: [make("a", { href: url }, label), ` · ${when}`, ...marks],
					values: values.map((line, i) => ({ text: dashed(line[index], unit), url: steps[i]?.[index] || "" })),
				};
			},
		});
		const redraw = (/** @type {number} */ at) => {
			draw();
			plot.point(at, false);
		};
		state.listeners.push(() => redraw(plot.at()));
		return (/** @type {(number | null)[][]} */ others) => {
			values = others;
			redraw(runs.length - 1);
		};
	};

	/** Buttons in a legend that show and hide lines. @param {ParentNode} scope @param {Element} caption */
	const toggles = (scope, caption) => {
		for (const entry of all(caption, "[data-series]")) {
			const swatch = button({ class: entry.className, "aria-pressed": true, "aria-label": `Show ${entry.dataset.name}` });
			entry.className = "entry";
			entry.prepend(swatch);
			swatch.addEventListener("click", () => {
				const shown = swatch.getAttribute("aria-pressed") !== "true";
				set(swatch, { "aria-pressed": shown });
				for (const line of all(scope, `[data-line="${entry.dataset.series}"]`)) set(line, { visibility: shown ? "visible" : "hidden" });
			});
		}
	};

	/** The curves of several runs, each from its own start. @param {SVGSVGElement} svg */
	const overlay = (svg) => {
		const curves = all(svg, "[data-time]").reverse().map((curve) => ({ time: momentsOf(curve.dataset.time || ""), heap: (curve.dataset.heap || "").split(",").map(Number) }));
		const stops = [...new Set(curves.flatMap(({ time }) => time))].sort((one, other) => one - other);
		const [{ time, heap }] = curves;
		chart(svg, {
			stops: () => stops,
			start: () => stops.indexOf(time[heap.indexOf(Math.max(...heap))]),
			tell: (index) => ({
				head: [`${names.duration(stops[index])} after the start`],
				values: curves.map(({ time, heap }) => {
					const begun = time.filter((moment) => moment <= stops[index]).length;
					const ended = stops[index] > time[time.length - 1];
					return { text: dashed(ended ? null : heap[begun - 1], "bytes") };
				}),
			}),
		});
		toggles(svg, find(/** @type {Element} */ (svg.closest("figure")), "figcaption"));
	};

	/** All processes of a run on one clock. @param {SVGSVGElement} svg */
	const service = (svg) => {
		const time = momentsOf(svg.dataset.time || "");
		const layers = /** @type {[first: number, held: number[]][]} */ (read(svg, "layers"));
		const stops = time.map((moment) => Number(svg.dataset.x0) + moment);
		const held = (/** @type {number} */ index) => layers.map(([first, values]) => values[index - first] || 0);
		const sums = time.map((_, index) => sumOf(held(index)));
		const highest = (/** @type {Stretch} */ { from, to }) => stops.reduce((best, moment, i) => (moment >= from && moment <= to && !(sums[i] <= sums[best]) ? i : best), -1);
		const plot = chart(svg, {
			stops: () => stops,
			start: () => highest({ from: -Infinity, to: Infinity }),
			tell: (index, { range }) => ({
				head: [`${names.duration(time[index])}: ${names.size(sums[index])} in all`, state.get("range") && index === highest(range()) ? ", the highest of the range" : ""],
				values: held(index).map((value) => ({ text: dashed(value || null, "bytes") })),
			}),
		});
		const ranged = () => {
			plot.show();
			if (state.get("range")) plot.point(highest(plot.range()), false);
		};
		state.listeners.push(ranged);
		ranged();
	};

	/** Any function over the runs; the page has the largest. @param {HTMLElement} section */
	const functions = (section) => {
		const input = /** @type {HTMLInputElement} */ (find(section, "input"));
		const draw = timeline(charts(section, "timeline")[0], read(section, "runs"), []);
		/** @typedef {[name: string, file: string, ...values: number[][]]} Row */
		/** @type {Promise<Map<string, Row>> | undefined} */
		let loading;
		const load = () =>
			(loading ||= new Promise((resolve) => {
				const page = /** @type {any} */ (window);
				page.sitegen = { ...page.sitegen, functions: resolve };
				fetchScript(section.dataset.src || "");
			}).then((rows) => {
				const known = new Map(/** @type {Row[]} */ (rows).map((row) => [`${row[1]}:${row[0]}`, row]));
				find(section, "datalist").append(...[...known.keys()].map((name) => new Option(name)));
				return known;
			}));
		const show = async () => {
			const name = state.get("function");
			if (!name) return;
			input.value = name;
			const row = (await load()).get(name);
			find(section, "output").textContent = row ? "" : "None of the functions that held most is called that.";
			if (!row) return;
			const [called, file, ...values] = row;
			find(section, "h3").textContent = `${called} ${file}`;
			draw(values);
			section.scrollIntoView({ block: "nearest" });
		};
		find(section, ".chooser").hidden = false;
		input.addEventListener("focus", load);
		input.addEventListener("change", () => state.set({ function: input.value }));
		state.listeners.push(show);
		show();
	};

	for (const box of all(document, ".charts[data-steps]")) {
		const steps = /** @type {(string | null)[][]} */ (read(box, "steps"));
		for (const svg of charts(box, "timeline")) timeline(svg, read(box, "runs"), steps);
		const caption = find(box, "figcaption");
		if (caption && steps.length > 1) toggles(box, caption);
	}
	for (const switches of all(document, ".switches")) {
		switches.hidden = false;
		for (const field of /** @type {HTMLInputElement[]} */ (all(switches, "input"))) {
			const show = () => (field.checked = state.get(field.name) === field.value);
			field.addEventListener("change", () => state.set({ [field.name]: field.checked ? field.value : "" }));
			state.listeners.push(show);
			show();
		}
	}
	charts(document, "overlay").forEach(overlay);
	charts(document, "service").forEach(service);
	all(document, "[data-followed]").forEach(functions);
})();
