"use strict";
/* Settings in, graph, table and sentences out. One viewer for a page; it moves into the open tab. */

/** @type {(mount: HTMLElement, shown: Model) => Viewer} */
const viewer = (mount, shown) => {
	/** @type {(HTMLInputElement | HTMLSelectElement)[]} */
	const fields = all(mount, "[name]");
	const { frames, analysis } = shown;
	let later = 0;

	/** @type {Viewer} */
	const self = {
		mount, shown, fields,
		diff: "sides" in shown,
		flame: flamegraph(find(mount, ".graph")),
		palette: palette(mount),
		charts: [],
		spot: { pane: 0, node: 0 },
		matches: null,
		kinds: null,
		.../** @type {any} */ ({}),

		part: (name) => find(mount, `[data-part=${name}]`),
		field: (name) => find(mount, `[name=${name}]`),

		thread(index) {
			const { id, name } = analysis.threads[index];
			return `${name || (id === analysis.facts.main_thread ? "main thread" : "thread")} 0x${id.toString(16)}`;
		},

		colouring: () => state.get("colour") || (self.diff ? "change" : "package"),

		least: () => (state.get("metric") ? 0 : Number(state.get("least"))),

		view() {
			const view = mount.dataset.shows || "";
			return /** @type {View} */ (/any|table/.test(view) ? state.get("view") || "peak" : view);
		},

		settings() {
			const view = self.view();
			const [range, mode, life] = ["range", "mode", "life"].map((name) => (view === "temporal" ? state.get(name) : ""));
			return {
				view, range, mode, life,
				metric: state.get("metric") === "count" ? "count" : "bytes",
				thread: analysis.threads[state.get("thread")] ? +state.get("thread") : -1,
				irrelevant: state.get("irrelevant") === "show", imports: state.get("imports") !== "hide",
				inverted: state.get("inverted") === "1", of: self.groupNamed(state.get("of")),
				suppressed: state.get("suppressed") === "show", width: state.get("width"),
			};
		},

		groupNamed: (text) => numbers.get(text) || 0,

		groupText(group) {
			const { name, file } = frames.groups[group];
			return file < 0 ? "" : `${frames.files[file].name}:${name}`;
		},

		groupAt({ pane, node }) {
			const { panes, settings } = self.now;
			if (!node) return settings.of;
			return panes[pane].plain ? shown.shape(settings).group[node] : frames.groupOf[panes[pane].frame[node]];
		},

		async refresh(how) {
			const slot = all(document, ".viewer-slot").find((place) => !place.closest("[hidden]"));
			if (!slot) return;
			if (mount.parentElement !== slot) slot.append(mount);
			mount.dataset.shows = slot.dataset.view;
			const view = self.view();
			// Leaks are told apart by when they were allocated.
			const timed = /leaks|temporal/.test(view) && (await self.temporal());
			mount.hidden = view === "temporal" && !timed;
			if (mount.hidden) return;
			const settings = self.settings();
			self.sync(settings);
			const panes = shown.panes(settings);
			self.now = { settings, panes, zoom: self.zoomed(panes, settings), whole: shown.upright(settings).value[0] };
			const { place, group } = shown.shape(settings);
			const kinds = () => leaks.kinds(shown, (node) => group[place[node]], shown.keep(settings, shown.rows("lifetimes")) || (() => true));
			self.kinds = view === "leaks" && timed ? shown.once("kinds", [shown.own(settings)], kinds) : null;
			if (!(panes[self.spot.pane]?.value[self.spot.node] > 0)) self.spot = self.now.zoom;
			const query = state.get("q");
			self.matches = query ? shown.once("matches", [query], () => search(query, frames)) : null;
			self.draw();
			self.panels.show();
			for (const one of self.charts) one.show();
			sitegen.shown?.(self);
			// While somebody types or drags, the table can wait; the graph cannot.
			clearTimeout(later);
			if (how === "move") later = setTimeout(self.table.show, 120);
			else self.table.show();
		},

		async temporal() {
			const { temporal, capture } = mount.dataset;
			if (temporal && !shown.has("lifetimes")) Object.assign(shown.columns, (await sitegen.load(`${capture}#temporal`, temporal)).columns);
			return shown.has("lifetimes");
		},

		sync(settings) {
			for (const field of fields) {
				const value = field.name === "view" ? settings.view : state.get(field.name);
				if (field instanceof HTMLInputElement && field.type === "checkbox") field.checked = (value === field.value) !== field.defaultChecked;
				else if (field.value !== value) field.value = value;
			}
			self.part("time").hidden = settings.view !== "temporal";
		},

		draw() {
			const { settings, panes, zoom } = self.now;
			const frame = (/** @type {Spot} */ { pane, node }) => panes[pane].frame[node];
			const root = (/** @type {Spot} */ { node }) => !node && !settings.of;
			const chosen = self.groupNamed(state.get("fn"));
			const by = self.colouring();
			const paint = self.palette.painter(by, frames, panes, by === "thread" && panes[0].plain ? shown.threads(settings) : [], settings.width);
			const how = (/** @type {Spot} */ { pane, node }) => (self.diff ? howChanged(panes[pane].value[node], panes[pane].count[node], settings.width) : "same");
			const { matches } = self;
			self.flame.show({
				panes, zoom, flames: state.get("flames") === "1", least: self.least(),
				label: (spot) => (root(spot) ? [self.panels.root(settings), ""] : [SIGNS[how(spot)] + names.label(frames, frame(spot)), names.place(frames, frame(spot))]),
				hatch: (spot) => (by === "change" && !root(spot) ? how(spot) : "same"),
				fill: (spot) => (root(spot) ? self.palette.root : paint(spot)),
				italic: (spot) => frames.kind[frame(spot)] === "n",
				lit: matches && ((spot) => Boolean(matches[frame(spot)])),
				chosen: (spot) => chosen > 0 && self.groupAt(spot) === chosen,
			});
			self.flame.ring("hover");
			self.flame.ring("focus", self.spot);
		},

		// In a plain graph a zoom is a node of the data file, so that it stays the same in every view and whatever is
		// hidden; in others the way down to it, frame by frame.
		zoomed(panes, settings) {
			const text = state.get("zoom");
			const pane = text.startsWith("-") && panes.length > 1 ? 1 : 0;
			const { plain, value, parent, frame, children } = panes[pane];
			let node = 0;
			if (plain) for (node = shown.shape(settings).place[+text] || 0; node && !(value[node] > 0); ) node = parent[node];
			else {
				for (const step of text.replace("-", "").split(".")) {
					const next = children(node).find((child) => frame[child] === Number(step || -1));
					if (next === undefined) break;
					node = next;
				}
			}
			return { pane, node };
		},

		zoomText({ pane, node }) {
			const { settings, panes } = self.now;
			if (!node) return "";
			if (panes[pane].plain) return String(shown.shape(settings).from[node]);
			const steps = [];
			for (let at = node; at; at = panes[pane].parent[at]) steps.unshift(panes[pane].frame[at]);
			return (pane ? "-" : "") + steps.join(".");
		},

		change(name, value) {
			if (name === "view" && !/any|table/.test(mount.dataset.shows || "")) {
				return state.set({ tab: find(document, `.viewer-slot[data-view=${value}]`).closest("section")?.id || "" });
			}
			const changes = { [name]: name === "view" && value === "peak" ? "" : value, page: "" };
			// What is typed is no step that the browser's button takes back.
			state.set(name === "inverted" ? { ...changes, zoom: "", of: "" } : changes, name === "q" ? "move" : "step");
		},

		// To the frame, and away from it when it is where we are.
		choose(spot) {
			const { zoom, panes } = self.now;
			const there = spot.pane === zoom.pane && spot.node === zoom.node;
			const to = there ? { pane: spot.pane, node: panes[spot.pane].parent[spot.node] } : spot;
			const fn = self.groupText(self.groupAt(spot));
			self.spot = to;
			state.set({ zoom: self.zoomText(to), fn });
			self.walk.go(to);
		},

		// One step back to everything: the zoom, the sandwich, then the search and the choice.
		unzoom() {
			self.spot = { pane: 0, node: 0 };
			state.set(state.get("zoom") ? { zoom: "" } : state.get("of") ? { of: "" } : { q: "", fn: "" });
		},

		sandwich(spot) {
			const of = self.groupText(self.groupAt(spot)) || state.get("fn");
			if (!of) return self.walk.say("Choose a frame first.");
			self.spot = { pane: 0, node: 0 };
			state.set({ of: of === state.get("of") ? "" : of, fn: of, zoom: "", inverted: "" });
		},
	};

	/** The functions by what the fragment calls them. */
	const numbers = new Map(frames.groups.map((_, group) => [self.groupText(group), group]));
	const threads = self.field("thread");
	analysis.threads.forEach((/** @type {any} */ _, /** @type {number} */ i) => threads.append(new Option(self.thread(i), String(i))));
	/** @type {HTMLElement} */ (threads.closest("label")).hidden = threads.length < 3;
	self.walk = walk(self);
	self.panels = panels(self);
	self.table = table(self);
	// The page's chart once more, to choose a range on.
	const [whole, place] = [find(document, "figure:has(> .memory-chart)"), find(document, ".report .range")];
	if (whole && place) {
		place.append(whole.cloneNode(true));
		/** @type {SVGElement} */ (find(place, "svg")).dataset.kind = "range";
	}
	self.charts = /** @type {SVGSVGElement[]} */ (all(document, "svg.memory-chart")).map((svg) => chart(svg, memory(svg, self)));
	controls(self);
	state.listeners.push(self.refresh);
	const restyle = () => {
		self.palette = palette(mount);
		self.flame.restyle();
		if (self.now) self.refresh();
	};
	new MutationObserver(restyle).observe(document.documentElement, { attributeFilter: ["data-theme"] });
	matchMedia("(prefers-color-scheme: dark)").addEventListener("change", restyle);
	restyle();
	return self;
};

/** Gives a mount its controls, where the page has none, and takes away those for what it does not have. @param {HTMLElement} mount */
const equip = (mount) => {
	if (!mount.childElementCount) mount.innerHTML = sitegen.controls;
	const { views = "", baseSrc } = mount.dataset;
	for (const option of all(mount, "select[name=view] option")) if (!views.split(" ").includes(/** @type {HTMLOptionElement} */ (option).value)) option.remove();
	for (const other of all(mount, `[data-for=${baseSrc ? "one" : "two"}]`)) other.remove();
};

/** Two captures as one; where the address asks for it, functions that seem renamed count as one each. @param {Model[]} models */
const joined = (models) => {
	const apart = diff(models, new Map());
	if (new URLSearchParams(location.search).get("renamed") !== "join") return apart;
	const { groups, groupOf, files } = apart.frames;
	const key = (/** @type {number} */ at) => `${files[groups[groupOf[at]].file].name}\0${groups[groupOf[at]].name}`;
	const settings = /** @type {Settings} */ ({ view: state.get("view") || "peak", metric: state.get("metric") || "bytes" });
	return diff(models, new Map(apart.renames(settings).map(([old, now]) => [key(old), key(now)])));
};

document.addEventListener("DOMContentLoaded", async () => {
	const mount = /** @type {HTMLElement | null} */ (document.querySelector(".viewer[data-src]"));
	const page = document.documentElement.dataset;
	if (mount) {
		const { capture = "", src = "", base = "", baseSrc } = mount.dataset;
		try {
			const files = await Promise.all([...(baseSrc ? [sitegen.load(base, baseSrc)] : []), sitegen.load(capture, src)]);
			for (const { header } of files) header.beside.suppressions ??= sitegen.suppressions;
			const models = files.map(model);
			equip(mount);
			await viewer(mount, models[1] ? joined(models) : models[0]).refresh();
			page.viewer = "true";
		} catch (error) {
			mount.replaceChildren(String(error));
			mount.hidden = false;
		}
	}
	// Tests and screenshots wait for it.
	page.ready = "true";
});
