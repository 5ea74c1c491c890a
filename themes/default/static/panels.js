"use strict";
/* What the viewer says in words: tooltip, chosen frame, search result, legend, notes. */

/** @type {(viewer: Viewer) => Panels} */
const panels = (viewer) => {
	const { shown, mount } = viewer;
	const { frames, analysis, beside } = shown;
	const { files, fileOf, lineOf } = frames;
	/** A figure of the metric that is shown. @param {number} value */
	const written = (value) => names.figure(value, viewer.now.settings.metric);
	return {
		show() {
			this.strip();
			this.found();
			this.legend();
			this.note();
		},

		// What everything is called.
		root({ view, mode }) {
			const temporal = mode ? `Allocated in the range${mode === "kept" ? " and kept" : ""}` : "Highest point of the range";
			return { peak: "Memory at the peak", leaks: "Memory never freed", temporary: "Temporary memory", temporal }[view];
		},

		// What there is to say of a node.
		about({ pane, node }) {
			const { settings, panes, zoom, whole } = viewer.now;
			const { metric, of } = settings;
			const { value, bytes, count, frame, plain, children } = panes[pane];
			const root = !node && !of;
			const file = files[fileOf[frame[node]]];
			const line = node && lineOf[frame[node]] ? `:${lineOf[frame[node]]}` : "";
			const seen = panes[zoom.pane].value[zoom.node];
			const own = value[node] - sumOf(children(node).map((child) => value[child]));
			const figures = isDiff(shown) ? this.changes({ pane, node }, shown) : [
				`${metric === "bytes" ? names.size(value[node]) : names.allocations(value[node])}, ${names.share(value[node], whole)} of all`,
				seen < whole && value[node] < seen ? `${names.share(value[node], seen)} of what is zoomed to` : "",
				plain && own && own < value[node] ? `${written(own)} of it itself` : "",
				metric === "bytes" ? names.allocations(count[node]) : names.size(bytes[node]),
			];
			return {
				name: root ? this.root(settings) : names.label(frames, frame[node]),
				where: root ? "" : file.name + line,
				path: root ? "" : file.path + line,
				figures: figures.filter(Boolean),
			};
		},

		// Before and after of a node.
		changes({ pane, node }, diff) {
			const { panes, settings } = viewer.now;
			const { value, count, plain } = panes[pane];
			const text = `${names.change(count[node], settings.metric)}, ${howChanged(value[node], count[node], settings.width)}`;
			if (!plain) return [text];
			const end = diff.shape(settings).tree.end[node];
			const [before, after] = diff.sides(settings).map((own) => sumOf(own.subarray(node, end)));
			return [`${written(before)} before, ${written(after)} after`, text];
		},

		// Fills the tooltip.
		describe(box, spot) {
			const { settings, panes } = viewer.now;
			const { name, path, figures } = this.about(spot);
			if (analysis.threads.length > 1 && panes[spot.pane].plain) {
				const threads = shown.threadsAt(settings, spot.node);
				const text = threads.slice(0, 3).map(([thread, value]) => viewer.thread(thread) + (threads[1] ? ` ${written(value)}` : ""));
				figures.push(text.join(", ") + (threads[3] ? ` and ${threads.length - 3} more threads` : ""));
			}
			box.replaceChildren(make("b", {}, name), make("div.path", {}, path), ...figures.map((text) => make("div", {}, text)));
		},

		// The chosen frame, below the graph.
		strip() {
			const { name, path, figures } = this.about(viewer.spot);
			const { of } = viewer.now.settings;
			const text = make("div", {}, make("b", {}, name), " ", make("span.path", {}, path), make("div", {}, figures.join(" · ")));
			const deed = button({ "data-do": "sandwich", title: "s" }, of ? "Back to the graph" : "Callers and callees");
			viewer.part("strip").replaceChildren(text, ...(viewer.spot.node || of || state.get("fn") ? [deed] : []));
		},

		// How much of the memory the search means.
		found() {
			const { matches, now } = viewer;
			const query = state.get("q");
			viewer.field("q").setAttribute("aria-invalid", String(Boolean(query && !matches)));
			let text = query ? "No regular expression" : "";
			if (matches) {
				const { sum, places } = calltree.held(shown.shape(now.settings).tree, shown.upright(now.settings).value, matches);
				const figures = `${names.share(sum, now.whole)}, ${written(sum)}`;
				text = places ? `${figures} in ${names.count(places)} place${places === 1 ? "" : "s"}` : "No match";
			}
			viewer.part("matched").textContent = text;
		},

		legend() {
			const { palette } = viewer;
			const { settings } = viewer.now;
			const by = viewer.colouring();
			const own = shown.own(settings);
			const items = shown.once("legend", [own, settings.metric, by, palette], () => this.parts(by, own));
			const box = viewer.part("legend");
			if (box.firstChild !== items[0] || !items.length) box.replaceChildren(...items);
		},

		// What the colours stand for, with what each part holds.
		parts(by, own) {
			const { palette } = viewer;
			const { settings, whole } = viewer.now;
			const { frame } = shown.shape(settings).tree;
			/** By name: figure, colour, what to search for. @type {Map<string, [number, string, string]>} */
			const parts = new Map();
			const add = (/** @type {string} */ name, /** @type {number} */ value, /** @type {string} */ colour, query = "") => parts.set(name, [value + (parts.get(name)?.[0] || 0), colour, query]);
			if (by === "thread") shown.threadsAt(settings, 0).forEach(([thread, value]) => add(viewer.thread(thread), value, palette.hues[thread % 9]));
			if (by === "change") {
				Object.entries(palette.changes).forEach(([how, colour]) => add(how, 0, colour));
				own.bytes.forEach((width, node) => {
					const how = howChanged(width, own.count[node], settings.width);
					if (width) add(how, own.count[node], palette.changes[how]);
				});
			}
			if (by === "package" || by === "origin") {
				const sums = new Float64Array(files.length);
				const figures = own[shown.drawn(settings)];
				for (let node = 1; node < figures.length; node++) sums[fileOf[frame[node]]] += figures[node];
				files.forEach((file, i) => {
					if (by === "origin") add(file.origin, sums[i], palette.ofOrigin(file.origin));
					else add(file.package, sums[i], palette.ofPackage(file), `/^${file.package.replace(/\W/g, "\\$&")}($|[/.])/`);
				});
			}
			const sorted = by === "change" ? [...parts] : [...parts].filter((part) => part[1][0] > 0).sort((a, b) => b[1][0] - a[1][0]);
			const items = sorted.slice(0, 10).map(([name, [value, colour, query]]) => {
				const swatch = make("span", { class: `swatch ${name}` });
				swatch.style.backgroundColor = colour;
				const sign = by === "change" ? SIGNS[/** @type {Change} */ (name)] : "";
				const text = `${sign}${name} ${!value ? "" : by === "change" ? names.change(value, settings.metric) : names.share(value, whole)}`;
				return query ? button({ "data-query": query, title: `Search for ${name}` }, swatch, text) : make("span", {}, swatch, text);
			});
			return frames.kind.includes("n") ? [...items, make("i", {}, "slanted: native code")] : items;
		},

		// What it is a picture of, and what is left out of it.
		note() {
			const { settings, zoom } = viewer.now;
			/** @type {(Node | string)[]} */
			const parts = [];
			if (settings.of) {
				const { name, file } = frames.groups[settings.of];
				parts.push(`Callers above and callees below ${names.called(frames, name, file)}, over all its places. `);
			}
			if (settings.view === "leaks" && !viewer.diff && beside.suppressions?.length) {
				const { stacks, bytes } = shown.suppressed();
				parts.push(`${names.count(stacks)} suppressed, ${names.size(bytes)}. `);
				if (stacks) parts.push(button({ "data-do": "suppressed" }, settings.suppressed ? "Hide them" : "Show them"));
			}
			viewer.part("note").replaceChildren(...parts);
			/** @type {HTMLButtonElement} */ (find(mount, "[data-do=unzoom]")).disabled = !zoom.node && !settings.of;
			if (settings.view !== "temporal") return;
			const { started } = analysis.facts;
			const [from, to] = settings.range.split(",").map((at) => names.duration(Number(at)));
			const high = shown.highest(settings.range);
			const point = `${names.size(shown.columns["snapshots.high_water"][high])} at ${names.duration(shown.bounds(high)[1] - started)}`;
			viewer.part("range").textContent = (to ? `${from} to ${to}` : "The whole time") + `; highest point ${point}`;
		},
	};
};
