"use strict";
/* The charts over runs and of whole runs: timelines, overlaid curves, the service view, one function over the runs. */

(() => {
	const day = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
	/** @typedef {[label: string, started: number, commit: string, url: string]} Run */
	/** @template T @param {HTMLElement | SVGElement} element @param {string} name @returns {T} */
	const read = (element, name) => JSON.parse(element.dataset[name] || "null");

	/** A figure as short as an axis has it. @param {number} value @param {string} unit */
	const short = (value, unit) => (unit === "milliseconds" ? `${value / 1000} s` : names.size(value).replace(/\.?0*([kMGTP]?)B$/, unit === "bytes" ? " $1B" : " $1").trim());
	/** In full. @param {number} value @param {string} unit */
	const long = (value, unit) => (unit === "bytes" ? names.size(value) : unit === "milliseconds" ? names.duration(value) : names.count(value));
	/** @param {number} value */
	const tenth = (value) => Math.round(value * 10) / 10;

	/** Marks of an axis up to a figure: 0 and multiples of 1, 2 or 5 times a power of ten. @param {number} most */
	const evenTicks = (most) => {
		const power = 10 ** Math.floor(Math.log10(Math.max(most, 1) / 4));
		const step = power * ([1, 2, 5].find((factor) => factor * power >= (Math.max(most, 1) / 4) * 0.999) || 10);
		return Array.from({ length: Math.max(Math.ceil(most / step - 1e-6), 1) + 1 }, (_, i) => step * i);
	};

	/** The same for a logarithmic axis around figures above 0. @param {number[]} values */
	const logTicks = (values) => {
		const [least, most] = [Math.min(...values), Math.max(...values)];
		const ticks = [];
		for (const factors of [[1, 2, 5], [1]]) {
			ticks.length = 0;
			for (let power = 10 ** Math.floor(Math.log10(least)); power <= most * 10; power *= 10) ticks.push(...factors.map((factor) => factor * power));
			while (ticks[1] <= least) ticks.shift();
			while (ticks.length > 2 && ticks[ticks.length - 2] >= most) ticks.pop();
			if (ticks.length < 10) break;
		}
		return ticks;
	};

	/**
	 * Draws a timeline, as Python does or with other scales, and puts a cursor on it.
	 * @param {SVGSVGElement} svg @param {Run[]} runs @param {(string | null)[][]} steps
	 */
	const timeline = (svg, runs, steps) => {
		const [left, right, top, bottom] = ["left", "right", "top", "bottom"].map((name) => Number(svg.dataset[name]));
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
			const y = (/** @type {number} */ value) => tenth(bottom - (bottom - top) * (log ? (value && Math.log(value / low) / Math.log(high / low)) : value / high));
			const times = runs.map(([, started]) => started);
			const [first, last] = [Math.min(...times), Math.max(...times)];
			const dated = state.get("spacing") === "dated" && last > first;
			xs = times.map((time, i) => tenth(left + (right - left) * (dated ? 0.04 + (0.92 * (time - first)) / (last - first) : (i + 0.5) / runs.length)));

			const text = (/** @type {string} */ kind, /** @type {number} */ x, /** @type {number} */ at, /** @type {string} */ words) => make("text", { class: `tick ${kind}`, x, y: at }, words);
			const axes = ticks.flatMap((tick) => [make("line", { class: "grid", x1: left, x2: right, y1: y(tick), y2: y(tick) }), text("y", left - 8, y(tick) + 4, short(tick, unit))]);
			let free = Infinity;
			for (let i = runs.length - 1; i >= 0; i--) {
				if (xs[i] > free - 110 + 0.1) continue;
				free = xs[i];
				axes.push(text("x", xs[i], bottom + 18, runs[i][0].length > 14 ? `${runs[i][0].slice(0, 13)}…` : runs[i][0]));
			}
			find(svg, ".ticks").replaceChildren(...axes);
			values.forEach((line, number) => {
				const group = find(svg, `[data-line="${number}"]`);
				const at = line.flatMap((value, i) => (value === null ? [] : [{ i, x: xs[i], y: y(value) }]));
				find(group, "path").setAttribute("d", at.map(({ i, x, y }) => `${i && line[i - 1] !== null ? "L" : "M"}${x} ${y}`).join(""));
				all(group, "circle").slice(at.length).forEach((circle) => circle.remove());
				while (all(group, "circle").length < at.length) group.append(make("circle", { class: "point", r: 4 }));
				all(group, "circle").forEach((circle, i) => {
					circle.setAttribute("cx", String(at[i].x));
					circle.setAttribute("cy", String(at[i].y));
				});
			});
			for (const mark of all(svg, "[data-run]")) {
				const [run, line] = [Number(mark.dataset.run), mark.dataset.of];
				const value = line ? values[Number(line)][run] : null;
				mark.setAttribute("transform", `translate(${xs[run]} ${value === null ? bottom : y(value)})`);
			}
		};
		draw();
		const plot = chart(svg, {
			stops: () => xs,
			x: (x) => x,
			tell(index) {
				const [label, started, commit, url] = runs[index];
				const marks = all(svg, `[data-run="${index}"]`).flatMap((mark) => [" · ", make("a", { href: mark.getAttribute("href") || "", title: mark.textContent || "" }, mark.dataset.kind || "")]);
				const when = [day.format(started), commit && `commit ${commit.slice(0, 10)}`].filter(Boolean).join(" · ");
				return {
					head: [make("a", { href: url }, label), ` · ${when}`, ...marks],
					values: values.map((line, i) => ({ text: line[index] === null ? "–" : long(line[index] || 0, unit), url: steps[i]?.[index] || "" })),
				};
			},
		});
		state.listeners.push(() => {
			draw();
			plot.point(plot.at(), false);
		});
		return (/** @type {(number | null)[][]} */ others) => {
			values = others;
			draw();
			plot.point(runs.length - 1, false);
		};
	};

	/** Buttons in a legend that show and hide lines. @param {ParentNode} scope @param {Element} caption */
	const toggles = (scope, caption) => {
		for (const entry of all(caption, "[data-series]")) {
			const swatch = button({ class: entry.className, "aria-pressed": "true", "aria-label": `Show ${entry.dataset.name}` });
			entry.className = "entry";
			entry.prepend(swatch);
			swatch.addEventListener("click", () => {
				const shown = swatch.getAttribute("aria-pressed") !== "true";
				swatch.setAttribute("aria-pressed", String(shown));
				for (const line of all(scope, `[data-line="${entry.dataset.series}"]`)) line.setAttribute("visibility", shown ? "visible" : "hidden");
			});
		}
	};

	/** The curves of several runs, each from its own start. @param {SVGSVGElement} svg */
	const overlay = (svg) => {
		const curves = all(svg, "[data-time]").reverse().map((curve) => ({ time: /** @type {number[]} */ (read(curve, "time")), heap: /** @type {number[]} */ (read(curve, "heap")) }));
		const stops = [...new Set(curves.flatMap(({ time }) => time))].sort((one, other) => one - other);
		const [{ time, heap }] = curves;
		chart(svg, {
			stops: () => stops,
			start: () => stops.indexOf(time[heap.indexOf(Math.max(...heap))]),
			tell: (index) => ({
				head: [`${names.duration(stops[index])} after the start`],
				values: curves.map(({ time, heap }) => {
					const next = time.findIndex((at) => at > stops[index]);
					const last = stops[index] > time[time.length - 1];
					return { text: next === 0 || last ? "–" : names.size(heap[(next < 0 ? time.length : next) - 1]) };
				}),
			}),
		});
		toggles(svg, find(/** @type {Element} */ (svg.closest("figure")), "figcaption"));
	};

	/** All processes of a run on one clock. @param {SVGSVGElement} svg */
	const service = (svg) => {
		const time = /** @type {number[]} */ (read(svg, "time"));
		const layers = /** @type {[first: number, held: number[]][]} */ (read(svg, "layers"));
		const x0 = Number(svg.dataset.x0);
		const stops = time.map((moment) => x0 + moment);
		const held = (/** @type {number} */ index) => layers.map(([first, values]) => values[index - first] || 0);
		const sums = time.map((_, index) => held(index).reduce((sum, value) => sum + value, 0));
		const highest = (/** @type {Stretch} */ { from, to }) => stops.reduce((best, moment, i) => (moment >= from && moment <= to && !(sums[i] <= sums[best]) ? i : best), -1);
		const plot = chart(svg, {
			stops: () => stops,
			start: () => highest({ from: -Infinity, to: Infinity }),
			tell: (index, { range }) => ({
				head: [`${names.duration(time[index])}: ${names.size(sums[index])} in all${state.get("range") && index === highest(range()) ? ", the highest of the range" : ""}`],
				values: held(index).map((value) => ({ text: value ? names.size(value) : "–" })),
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
		const draw = timeline(/** @type {SVGSVGElement} */ (find(section, "svg")), read(section, "runs"), []);
		/** @typedef {[name: string, file: string, ...values: number[][]]} Row */
		/** @type {Promise<Map<string, Row>> | undefined} */
		let loading;
		const load = () =>
			(loading ||= new Promise((resolve) => {
				const page = /** @type {any} */ (window);
				page.sitegen = { ...page.sitegen, functions: resolve };
				document.head.append(make("script", { src: section.dataset.src || "" }));
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
		const runs = /** @type {Run[]} */ (read(box, "runs"));
		const steps = /** @type {(string | null)[][]} */ (read(box, "steps"));
		for (const svg of /** @type {SVGSVGElement[]} */ (all(box, "svg.timeline-chart"))) timeline(svg, runs, steps);
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
	for (const svg of /** @type {SVGSVGElement[]} */ (all(document, "svg.overlay-chart"))) overlay(svg);
	for (const svg of /** @type {SVGSVGElement[]} */ (all(document, "svg.service-chart"))) service(svg);
	for (const section of all(document, "[data-followed]")) functions(section);
})();
