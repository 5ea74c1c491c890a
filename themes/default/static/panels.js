/* What the viewer says in words: tooltip, chosen frame, search result, legend, notes. */

/** @type {(viewer: Viewer) => Panels} */
const panels = viewer => {
	const { shown, part } = viewer,
		{ frames, analysis } = shown,
		{ files, fileOf, lineOf } = frames;
	/** A figure of the metric that is shown. @param {number} value */
	const written = value => names.figure(value, viewer.settings.metric);

	/** @type {Panels} */
	const self = {
		// The chosen frame below the graph, how much of the memory the search means, the legend and the notes.
		show() {
			self.strip();
			const { matches, settings, whole } = viewer,
				query = state.get("q");
			set(viewer.field("q"), { "aria-invalid": Boolean(query && !matches) });
			let text = query && "No regular expression";
			if (matches) {
				const { value } = shown.upright(),
					places = calltree.topmost(shown.shape().tree, value, matches),
					sum = sumOf(places.map(node => value[node]));
				text = places[0] ? `${names.share(sum, whole)}, ${written(sum)} in ${names.many(places.length, "place")}` : "No match";
			}
			fill(part("matched"), text);
			const items = self.legend(),
				box = part("legend");
			if (box.firstChild !== items[0] || !items[0]) fill(box, items);
			self.note();
		},

		// What everything is called.
		root({ view, mode }) {
			const temporal = mode ? `Allocated in the range${mode === "kept" ? " and kept" : ""}` : "Highest point of the range";
			return { peak: "Memory at the peak", leaks: "Memory never freed", temporary: "Temporary memory", temporal }[view];
		},

		// What there is to say of a node.
		about({ pane, node }) {
			const { settings, panes, zoom, whole } = viewer,
				{ value, bytes, count, frame, plain, children } = panes[pane],
				at = frame[node],
				file = files[fileOf[at]],
				line = lineOf[at] && node ? `:${lineOf[at]}` : "",
				seen = panes[zoom.pane].value[zoom.node],
				own = value[node] - sumOf(children(node).map(child => value[child])),
				told = [names.size(bytes[node]), names.many(count[node], "allocation")];
			if (settings.metric === "count") told.reverse();
			const figures = isDiff(shown) ? self.changes({ pane, node }, shown) : [
				`${told[0]}, ${names.share(value[node], whole)} of all`,
				seen < whole && value[node] < seen ? `${names.share(value[node], seen)} of what is zoomed to` : "",
				plain && own && own < value[node] ? `${written(own)} of it itself` : "",
				told[1]
			].filter(Boolean);
			return node || settings.of
				? { name: frames.label(at), where: file.name + line, path: file.path + line, figures }
				: { name: self.root(settings), where: "", path: "", figures };
		},

		// Before and after of a node.
		changes({ pane, node }, diff) {
			const { panes, settings } = viewer,
				{ value, count, plain } = panes[pane],
				text = `${names.change(count[node], settings.metric)}, ${howChanged(value[node], count[node], settings.width)}`;
			if (!plain) return [text];
			const end = diff.shape().tree.end[node],
				[before, after] = diff.sides().map(own => written(sumOf(own.subarray(node, end))));
			return [`${before} before, ${after} after`, text];
		},

		// Fills the tooltip.
		describe(box, spot) {
			const { name, path, figures } = self.about(spot);
			if (analysis.threads[1] && viewer.panes[spot.pane].plain) {
				const threads = shown.threadsAt(spot.node),
					text = threads.slice(0, 3).map(([thread, value]) => viewer.thread(thread) + (threads[1] ? ` ${written(value)}` : ""));
				figures.push(text.join(", ") + (threads[3] ? ` and ${threads.length - 3} more threads` : ""));
			}
			fill(box, make("b", name), make("div.path", path), figures.map(text => make("div", text)));
		},

		strip() {
			const { spot, settings: { of } } = viewer,
				{ name, path, figures } = self.about(spot);
			fill(part("strip"), make("div", make("b", name), " ", make("span.path", path), make("div", figures.join(" · "))),
				(spot.node || of || state.get("fn")) && make("button", { "data-do": "sandwich", title: "s" }, of ? "Back to the graph" : "Callers and callees"));
		},

		// What the colours stand for, with what each part holds.
		legend() {
			const { palette, settings: { metric, width } } = viewer,
				by = viewer.colouring(),
				own = shown.own();
			return shown.once("legend" + metric, [own, by, palette], () => {
				const whole = shown.upright().value[0],
					{ frame } = shown.shape().tree,
					/** By name: figure, colour, what to search for. @type {Map<string, [number, string, string]>} */
					parts = new Map(),
					add = (/** @type {string} */ name, /** @type {number} */ value, /** @type {string} */ colour, query = "") => parts.set(name, [value + (parts.get(name)?.[0] || 0), colour, query]);
				if (by === "thread") shown.threadsAt(0).forEach(([thread, value]) => add(viewer.thread(thread), value, palette.hues[thread % 9]));
				if (by === "change") {
					for (const how in palette.changes) add(how, 0, palette.changes[/** @type {Change} */ (how)]);
					own.bytes.forEach((size, node) => {
						const how = howChanged(size, own.count[node], width);
						if (size) add(how, own.count[node], palette.changes[how]);
					});
				}
				if (by === "package" || by === "origin") {
					const sums = new Float64Array(files.length),
						figures = own[shown.drawn()];
					for (let node = 1; node < figures.length; node++) sums[fileOf[frame[node]]] += figures[node];
					files.forEach((file, i) => {
						add(file[by], sums[i], palette.ofFile(file, by), by === "package" ? `/^${file.package.replace(/\W/g, "\\$&")}($|[/.])/` : "");
					});
				}
				const sorted = by === "change" ? [...parts] : [...parts].filter(([, [value]]) => value > 0).sort((a, b) => b[1][0] - a[1][0]),
					items = sorted.slice(0, 10).map(([name, [value, colour, query]]) => {
						const swatch = make("span", { class: `swatch ${name}` });
						swatch.style.backgroundColor = colour;
						/** @type {string} */
					const text = by === "change" ? SIGNS[/** @type {Change} */ (name)] + name + (value ? ` ${names.change(value, metric)}` : "") : `${name} ${names.share(value, whole)}`;
						return query ? make("button", { "data-query": query, title: `Search for ${name}` }, swatch, text) : make("span", swatch, text);
					});
				return frames.kind.includes("n") ? [...items, make("i", "slanted: native code")] : items;
			});
		},

		// What it is a picture of, and what is left out of it.
		note() {
			const { settings, zoom } = viewer,
				{ view, of, suppressed } = settings,
				{ name, file } = frames.groups[of],
				known = view === "leaks" && !viewer.diff && shown.suppressed();
			fill(part("note"),
				of > 0 && `Callers above and callees below ${frames.called(name, file)}, over all its places. `,
				known && [`${names.count(known.stacks)} suppressed, ${names.size(known.bytes)}. `, known.stacks > 0 && make("button", { "data-do": "suppressed" }, suppressed ? "Hide them" : "Show them")]);
			/** @type {HTMLButtonElement} */ (find("[data-do=unzoom]", viewer.mount)).disabled = !zoom.node && !of;
			if (view !== "temporal") return;
			const [from, to] = settings.range.split(",").map(at => names.duration(+at)),
				high = shown.highest(),
				point = `${names.size(shown.columns["snapshots.high_water"][high])} at ${names.duration(shown.bounds(high)[1] - analysis.facts.started)}`;
			fill(part("range"), to ? `${from} to ${to}` : "The whole time", `; highest point ${point}`);
		}
	};
	return self;
};
