/* Settings in, graph, table and sentences out. One viewer for a page; it moves into the open tab. */

/** @type {(mount: HTMLElement, shown: Model) => Viewer} */
const viewer = (mount, shown) => {
	/** @type {(HTMLInputElement | HTMLSelectElement)[]} */
	const fields = all("[name]", mount),
		{ frames, analysis } = shown,
		{ get } = state,

		/** The function by what the fragment calls it; 0 for none. @type {(text: string) => number} */
		groupNamed = text => numbers.get(text) || 0,

		/** Whether the open tab lets the reader choose the view. */
		anyView = () => /any|table/.test(mount.dataset.shows || "");
	let later = 0;

	/** What the state asks for. @returns {Settings} */
	const asked = () => {
		const view = self.view(),
			[range, mode, life] = ["range", "mode", "life"].map(name => (view === "temporal" ? get(name) : ""));
		return {
			view, range, mode, life,
			metric: get("metric") === "count" ? "count" : "bytes",
			thread: analysis.threads[get("thread")] ? +get("thread") : -1,
			irrelevant: get("irrelevant") === "show", imports: get("imports") !== "hide",
			inverted: get("inverted") === "1", of: groupNamed(get("of")),
			suppressed: get("suppressed") === "show", width: get("width")
		};
	};

	/** Loads the intervals; false where there are none. */
	const timed = async () => {
		const { temporal, capture } = mount.dataset;
		if (temporal && !shown.has("lifetimes")) Object.assign(shown.columns, (await sitegen.load(`${capture}#temporal`, temporal)).columns);
		return shown.has("lifetimes");
	};

	/** Sets the controls to the state. */
	const sync = () => {
		for (const field of fields) {
			const value = field.name === "view" ? self.settings.view : get(field.name);
			if (field.type === "checkbox") {
				const box = /** @type {HTMLInputElement} */ (field);
				box.checked = (value === box.value) !== box.defaultChecked;
			} else if (field.value !== value) field.value = value;
		}
		self.part("time").hidden = self.settings.view !== "temporal";
	};

	const draw = () => {
		const { settings, panes, zoom, matches } = self,
			{ width } = settings,
			frame = (/** @type {Spot} */ { pane, node }) => panes[pane].frame[node],
			root = (/** @type {Spot} */ { node }) => !node && !settings.of,
			chosen = groupNamed(get("fn")),
			by = self.colouring(),
			paint = self.palette.painter(by, frames, panes, by === "thread" && panes[0].plain ? shown.threads() : [], width),
			how = (/** @type {Spot} */ { pane, node }) => (self.diff ? howChanged(panes[pane].value[node], panes[pane].count[node], width) : "same");
		self.flame.show({
			panes, zoom, flames: get("flames") === "1", least: self.least(),
			label: spot => (root(spot) ? [self.panels.root(settings), ""] : [SIGNS[how(spot)] + frames.label(frame(spot)), frames.place(frame(spot))]),
			hatch: spot => (by === "change" && !root(spot) ? how(spot) : "same"),
			fill: spot => (root(spot) ? self.palette.root : paint(spot)),
			italic: spot => frames.kind[frame(spot)] === "n",
			lit: matches && (spot => matches[frame(spot)] > 0),
			chosen: spot => chosen > 0 && self.groupAt(spot) === chosen
		});
		self.flame.ring("hover");
		self.flame.ring("focus", self.spot);
	};

	// The node that the fragment zooms to. In a plain graph a zoom is a node of the data file, so that it stays the same in
	// every view and whatever is hidden; in others the way down to it, frame by frame.
	const zoomed = /** @param {Graph[]} panes */ panes => {
		const text = get("zoom"),
			pane = text.startsWith("-") && panes[1] ? 1 : 0,
			{ plain, value, parent, frame, children } = panes[pane];
		let node = 0;
		if (plain) for (node = shown.shape().place[+text] || 0; node && !(value[node] > 0); ) node = parent[node];
		else {
			for (const step of text.replace("-", "").split(".")) {
				const next = children(node).find(child => frame[child] === +(step || -1));
				if (!next) break;
				node = next;
			}
		}
		return { pane, node };
	};

	/** Makes what is asked for. @param {Settings} settings */
	const look = settings => {
		self.settings = shown.settings = settings;
		const panes = shown.panes(),
			query = get("q");
		Object.assign(self, {
			panes, zoom: zoomed(panes), whole: shown.upright().value[0],
			matches: query ? shown.once("matches", [query], () => search(query, frames)) : null,
			// Leaks are told apart by when they were allocated.
			kinds: settings.view === "leaks" && shown.has("lifetimes") ? shown.once("kinds", [shown.own()], () => {
				const { place, group } = shown.shape();
				return leaks.kinds(shown, node => group[place[node]], shown.keep(shown.rows("lifetimes")));
			}) : null
		});
	};

	/** What the next click may ask for, piece by piece: made while the page rests, for the first of a kind takes the longest. */
	const ahead = function* () {
		const { settings, table, panels } = self,
			/** @type {(keyof Settings)[]} */
			switches = ["irrelevant", "imports", "inverted"];
		for (const change of [...switches.map(name => ({ [name]: !settings[name] })), { metric: settings.metric === "bytes" ? "count" : "bytes" }]) {
			for (const piece of [panels.legend, () => table.rows(table.by()), () => self.panes.map(graph => graph.visit(0, graph.value[0] / 999, () => {}, () => {}))]) {
				look(/** @type {Settings} */ ({ ...settings, ...change }));
				piece();
				look(settings);
				yield;
			}
		}
	};

	/** Shows the table, and then rests. */
	const settle = () => {
		self.table.show();
		const pieces = ahead(),
			rest = () => pieces.next().done || (later = setTimeout(rest, 9));
		later = setTimeout(rest, 500);
	};

	/** @type {Viewer} */
	const self = {
		mount, shown, fields, groupNamed,
		diff: isDiff(shown),
		flame: flamegraph(find(".graph", mount)),
		spot: { pane: 0, node: 0 },
		.../** @type {any} */ ({}),

		part: name => find(`.viewer-${name}`, mount),
		field: name => find(`[name=${name}]`, mount),

		thread(index) {
			const { id, name } = analysis.threads[index];
			return `${name || (id === analysis.facts.main_thread ? "main thread" : "thread")} 0x${id.toString(16)}`;
		},

		colouring: () => get("colour") || (self.diff ? "change" : "package"),

		least: () => (get("metric") ? 0 : +get("least")),

		view: () => /** @type {View} */ (anyView() ? get("view") || "peak" : mount.dataset.shows),

		groupText(group) {
			const { name, file } = frames.groups[group];
			return file < 0 ? "" : `${frames.files[file].name}:${name}`;
		},

		groupAt({ pane, node }) {
			const { panes, settings } = self;
			if (!node) return settings.of;
			return panes[pane].plain ? shown.shape().group[node] : frames.groupOf[panes[pane].frame[node]];
		},

		async refresh(how) {
			const slot = all(".viewer-slot").find(place => !place.closest("[hidden]"));
			if (!slot) return;
			if (mount.parentElement !== slot) slot.append(mount);
			mount.dataset.shows = slot.dataset.view;
			const view = self.view(),
				known = /leaks|temporal/.test(view) && (await timed());
			mount.hidden = view === "temporal" && !known;
			if (mount.hidden) return;
			look(asked());
			if (!(self.panes[self.spot.pane]?.value[self.spot.node] > 0)) self.spot = self.zoom;
			sync();
			draw();
			self.panels.show();
			for (const one of self.charts) one.show();
			sitegen.shown?.(self);
			// While somebody types or drags, the table can wait; the graph cannot.
			clearTimeout(later);
			if (how === "move") later = setTimeout(settle, 120);
			else settle();
		},

		zoomText({ pane, node }) {
			const { plain, parent, frame } = self.panes[pane];
			if (!node) return "";
			if (plain) return `${shown.shape().from[node]}`;
			const steps = [];
			for (let at = node; at; at = parent[at]) steps.unshift(frame[at]);
			return (pane ? "-" : "") + steps.join(".");
		},

		change(name, value) {
			if (name === "view" && !anyView()) return state.set({ tab: find(`.viewer-slot[data-view=${value}]`).closest("section")?.id || "" });
			// What is typed is no step that the browser's button takes back.
			state.set({ [name]: name === "view" && value === "peak" ? "" : value, page: "", ...(name === "inverted" && { zoom: "", of: "" }) }, name === "q" ? "move" : "step");
		},

		// To the frame, and away from it when it is where we are.
		choose(spot) {
			const { zoom, panes } = self,
				{ pane, node } = spot,
				to = pane === zoom.pane && node === zoom.node ? { pane, node: panes[pane].parent[node] } : spot,
				fn = self.groupText(self.groupAt(spot));
			self.spot = to;
			state.set({ zoom: self.zoomText(to), fn });
			self.walk.go(to);
		},

		// One step back to everything: the zoom, the sandwich, then the search and the choice.
		unzoom() {
			self.spot = { pane: 0, node: 0 };
			state.set(get("zoom") ? { zoom: "" } : get("of") ? { of: "" } : { q: "", fn: "" });
		},

		sandwich(spot) {
			const of = self.groupText(self.groupAt(spot)) || get("fn");
			if (!of) return self.walk.say("Choose a frame first.");
			self.spot = { pane: 0, node: 0 };
			state.set({ of: of === get("of") ? "" : of, fn: of, zoom: "", inverted: "" });
		}
	};

	/** The functions by what the fragment calls them. */
	const numbers = new Map(frames.groups.map((_, group) => [self.groupText(group), group])),
		threads = self.field("thread");
	threads.append(...analysis.threads.map((/** @type {any} */ _, /** @type {number} */ i) => new Option(self.thread(i), `${i}`)));
	/** @type {HTMLElement} */ (threads.parentElement).hidden = !threads[2];
	self.walk = walk(self);
	self.panels = panels(self);
	self.table = table(self);
	// The page's chart once more, to choose a range on.
	const [whole, place] = [find("figure:has(> .memory-chart)"), find(".report .range")];
	if (whole && place) {
		place.append(whole.cloneNode(true));
		set(find("svg", place), { "data-kind": "range" });
	}
	self.charts = /** @type {SVGSVGElement[]} */ (all("svg.memory-chart")).map(svg => chart(svg, memory(svg, self)));
	controls(self);
	state.listeners.push(self.refresh);
	const restyle = () => {
		self.palette = palette(mount, frames.files);
		self.flame.restyle();
		if (self.panes) self.refresh();
	};
	new MutationObserver(restyle).observe(page, { attributeFilter: ["data-theme"] });
	on(dark, "change", restyle);
	restyle();
	return self;
};

/** Two captures as one; where the address asks for it, functions that seem renamed count as one each. @param {Model[]} models */
const joined = models => {
	const apart = diff(models, new Map());
	if (!new URLSearchParams(location.search).has("renamed")) return apart;
	const { groups, groupOf, files } = apart.frames,
		key = /** @param {number} at */ at => `${files[groups[groupOf[at]].file].name}\0${groups[groupOf[at]].name}`;
	apart.settings = /** @type {Settings} */ ({ view: state.get("view") || "peak", metric: state.get("metric") || "bytes" });
	return diff(models, new Map(apart.renames().map(([old, now]) => [key(old), key(now)])));
};

on(document, "DOMContentLoaded", async () => {
	const mount = find(".viewer[data-src]");
	if (mount) {
		const { capture = "", src = "", base = "", baseSrc, views = "" } = mount.dataset;
		try {
			const models = (await Promise.all([...(baseSrc ? [sitegen.load(base, baseSrc)] : []), sitegen.load(capture, src)])).map(model);
			if (!mount.firstElementChild) mount.innerHTML = sitegen.controls;
			// Without controls for what the mount does not have.
			for (const option of /** @type {HTMLOptionElement[]} */ (all("[name=view] option", mount))) if (!views.includes(option.value)) option.remove();
			for (const other of all(`[data-for=${baseSrc ? "one" : "two"}]`, mount)) other.remove();
			await viewer(mount, models[1] ? joined(models) : models[0]).refresh();
			page.dataset.viewer = "true";
		} catch (error) {
			fill(mount, String(error));
			mount.hidden = false;
		}
	}
	// Tests and screenshots wait for it.
	page.dataset.ready = "true";
});
