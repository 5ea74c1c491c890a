"use strict";
/* Settings in, graph, table and sentences out. One viewer for a page; it moves into the open tab. */

class Viewer {
	/** @param {HTMLElement} mount @param {Model} model */
	constructor(mount, model) {
		this.mount = mount;
		this.shown = model;
		/** Whether two captures are compared. */
		this.diff = model instanceof Diff;
		this.flame = new Flamegraph(find(mount, ".graph"));
		/** @type {(HTMLInputElement | HTMLSelectElement)[]} */
		this.fields = all(mount, "[name]");
		this.palette = new Palette(mount);
		this.panels = new Panels(this);
		this.table = new Table(this);
		this.walk = new Walk(this);
		this.charts = /** @type {SVGSVGElement[]} */ (all(document, "svg.memory-chart")).map((svg) => new Chart(svg, this));
		/** The frame that the keyboard is at. @type {Spot} */
		this.spot = { pane: 0, node: 0 };
		/** What the search means, by frame. @type {Uint8Array | null} */
		this.matches = null;
		/** The kind of every function's leak. @type {Kind[] | null} */
		this.kinds = null;
		/** What is on display. @type {{settings: Settings, panes: Graph[], zoom: Spot}} */
		this.now = /** @type {any} */ (null);
		this.later = 0;
		const thread = this.field("thread");
		model.analysis.threads.forEach((/** @type {any} */ _, /** @type {number} */ i) => thread.append(new Option(this.thread(i), String(i))));
		/** @type {HTMLElement} */ (thread.closest("label")).hidden = thread.length < 3;
		controls(this);
		state.listen(() => this.refresh());
		const restyle = () => {
			this.palette = new Palette(mount);
			this.flame.restyle();
			if (this.now) this.refresh();
		};
		new MutationObserver(restyle).observe(document.documentElement, { attributeFilter: ["data-theme"] });
		matchMedia("(prefers-color-scheme: dark)").addEventListener("change", restyle);
		restyle();
	}

	/** @param {string} name */
	part(name) {
		return find(this.mount, `[data-part=${name}]`);
	}

	/** @param {string} name */
	field(name) {
		return /** @type {HTMLSelectElement} */ (this.fields.find((field) => field.name === name));
	}

	/** What a thread is called. @param {number} index */
	thread(index) {
		const { threads, facts } = this.shown.analysis;
		const { id, name } = threads[index];
		return `${name || (id === facts.main_thread ? "main thread" : "thread")} 0x${id.toString(16)}`;
	}

	/** What the colours say. */
	colouring() {
		return state.get("colour") || (this.diff ? "change" : "package");
	}

	/** The smallest figure that is shown. */
	least() {
		return state.get("metric") ? 0 : Number(state.get("least"));
	}

	/** The view of the open tab; a slot for any view shows the one that the fragment names. */
	view() {
		const view = this.mount.dataset.shows || "";
		return /** @type {View} */ (/any|table/.test(view) ? state.get("view") || "peak" : view);
	}

	/** @returns {Settings} */
	settings() {
		const view = this.view();
		const timed = (/** @type {string} */ name) => (view === "temporal" ? state.get(name) : "");
		return {
			view, metric: state.get("metric") === "count" ? "count" : "bytes",
			thread: this.shown.analysis.threads[state.get("thread")] ? Number(state.get("thread")) : -1,
			irrelevant: state.get("irrelevant") === "show", imports: state.get("imports") !== "hide",
			inverted: state.get("inverted") === "1", of: this.groupNamed(state.get("of")),
			range: timed("range"), mode: timed("mode"), life: timed("life"),
			suppressed: state.get("suppressed") === "show", gone: state.get("gone") !== "hide",
		};
	}

	/** A function by what the fragment calls it, `file:function`; 0 for none. @param {string} text */
	groupNamed(text) {
		return text ? Math.max(0, this.shown.frames.groups.findIndex((_, group) => this.groupText(group) === text)) : 0;
	}

	/** @param {number} group */
	groupText(group) {
		const { name, file } = this.shown.frames.groups[group];
		return file < 0 ? "" : `${this.shown.frames.files[file].name}:${name}`;
	}

	/** The function of a node, 0 for none. @param {Spot} spot */
	groupAt({ pane, node }) {
		const { panes, settings } = this.now;
		if (!node) return settings.of;
		return panes[pane].plain ? this.shown.shape(settings).group[node] : this.shown.frames.groupOf[panes[pane].frame[node]];
	}

	/** Shows what the state says. */
	async refresh() {
		const slot = all(document, ".viewer-slot").find((place) => !place.closest("[hidden]"));
		if (!slot) return;
		if (this.mount.parentElement !== slot) slot.append(this.mount);
		this.mount.dataset.shows = slot.dataset.view;
		const view = this.view();
		this.mount.hidden = view === "temporal" && !(await this.temporal());
		if (this.mount.hidden) return;
		const settings = this.settings();
		this.sync(settings);
		this.kinds = view === "leaks" && this.shown.temporal ? leaks.kinds(this.shown, settings) : null;
		const panes = this.shown.panes(settings);
		this.now = { settings, panes, zoom: this.zoomed(panes, settings) };
		if (!(panes[this.spot.pane]?.value[this.spot.node] > 0)) this.spot = this.now.zoom;
		const query = state.get("q");
		this.matches = query ? search(query, this.shown.frames) : null;
		this.draw();
		this.panels.show();
		for (const chart of this.charts) chart.show();
		// While a range is dragged the table can wait; the graph cannot.
		clearTimeout(this.later);
		if (this.charts.some(({ dragging }) => dragging)) this.later = setTimeout(() => this.table.show(), 120);
		else this.table.show();
		// When leaks were allocated stands in the other file.
		if (view === "leaks" && !this.shown.temporal && (await this.temporal())) this.refresh();
	}

	/** Loads the intervals; false where there are none. */
	async temporal() {
		const { temporal, capture } = this.mount.dataset;
		if (!this.shown.temporal && temporal) Object.assign(this.shown.columns, (await sitegen.load(`${capture}#temporal`, temporal)).columns);
		return this.shown.temporal;
	}

	/** Sets the controls to the state. @param {Settings} settings */
	sync(settings) {
		for (const field of this.fields) {
			const value = field.name === "view" ? settings.view : state.get(field.name);
			if (field instanceof HTMLInputElement && field.type === "checkbox") field.checked = (value === field.value) !== field.defaultChecked;
			else if (field.value !== value) field.value = value;
		}
		this.part("time").hidden = settings.view !== "temporal";
	}

	draw() {
		const { settings, panes, zoom } = this.now;
		const { frames } = this.shown;
		const { matches, palette } = this;
		const frame = (/** @type {Spot} */ { pane, node }) => panes[pane].frame[node];
		const root = (/** @type {Spot} */ { node }) => !node && !settings.of;
		const chosen = this.groupNamed(state.get("fn"));
		const paint = palette.painter(this.colouring(), frames, panes, panes[0].plain ? () => this.shown.threads(settings) : null);
		this.flame.show({
			panes, zoom, flames: state.get("flames") === "1", least: this.least(),
			label: (spot) => (root(spot) ? [this.panels.root(settings), ""] : [names.label(frames, frame(spot)), names.place(frames, frame(spot))]),
			fill: (spot) => (root(spot) ? palette.root : paint(spot)),
			italic: (spot) => frames.kind[frame(spot)] === "n",
			lit: matches && ((spot) => Boolean(matches[frame(spot)])),
			chosen: (spot) => chosen > 0 && this.groupAt(spot) === chosen,
		});
		this.flame.ring("hover", null);
		this.flame.ring("focus", this.spot);
	}

	/**
	 * The node that the fragment zooms to. In a plain graph it is a node of the data file, so that it stays the same in
	 * every view and whatever is hidden; in others the way down to it, frame by frame.
	 * @param {Graph[]} panes
	 * @param {Settings} settings
	 */
	zoomed(panes, settings) {
		const text = state.get("zoom");
		const pane = text.startsWith("-") && panes.length > 1 ? 1 : 0;
		const { plain, value, parent, frame, children } = panes[pane];
		let node = 0;
		if (plain) for (node = this.shown.shape(settings).place[+text] || 0; node && !(value[node] > 0); ) node = parent[node];
		else {
			for (const step of text.replace("-", "").split(".")) {
				const next = children(node).find((child) => frame[child] === Number(step || -1));
				if (next === undefined) break;
				node = next;
			}
		}
		return { pane, node };
	}

	/** A zoom as the fragment has it. @param {Spot} spot */
	zoomText({ pane, node }) {
		const { settings, panes } = this.now;
		if (!node) return "";
		if (panes[pane].plain) return String(this.shown.shape(settings).from[node]);
		const steps = [];
		for (let at = node; at; at = panes[pane].parent[at]) steps.unshift(panes[pane].frame[at]);
		return (pane ? "-" : "") + steps.join(".");
	}

	/** A change of one control. @param {string} name @param {string} value */
	change(name, value) {
		if (name === "view" && !/any|table/.test(this.mount.dataset.shows || "")) {
			const section = find(document, `.viewer-slot[data-view=${value}]`).closest("section");
			return state.set({ tab: section?.id || "" });
		}
		const changes = { [name]: name === "view" && value === "peak" ? "" : value, page: "" };
		// What is typed is no step that the browser's button takes back.
		state.set(name === "inverted" ? { ...changes, zoom: "", of: "" } : changes, name === "q" ? "move" : "step");
	}

	/** A click: to the frame, and away from it when it is where we are. @param {Spot} spot */
	choose(spot) {
		const { zoom, panes } = this.now;
		const there = spot.pane === zoom.pane && spot.node === zoom.node;
		const to = there ? { pane: spot.pane, node: panes[spot.pane].parent[spot.node] } : spot;
		const fn = this.groupText(this.groupAt(spot));
		this.spot = to;
		state.set({ zoom: this.zoomText(to), fn });
		this.walk.go(to);
	}

	/** One step back to everything: the zoom, the sandwich, then the search and the choice. */
	unzoom() {
		this.spot = { pane: 0, node: 0 };
		state.set(state.get("zoom") ? { zoom: "" } : state.get("of") ? { of: "" } : { q: "", fn: "" });
	}

	/** Callers and callees of a function, or back. @param {Spot} spot */
	sandwich(spot) {
		const of = this.groupText(this.groupAt(spot)) || state.get("fn");
		if (!of) return this.walk.say("Choose a frame first.");
		this.spot = { pane: 0, node: 0 };
		state.set({ of: of === state.get("of") ? "" : of, fn: of, zoom: "", inverted: "" });
	}
}

/** Gives a mount its controls, where the page has none, and takes away those for what it does not have. @param {HTMLElement} mount */
function equip(mount) {
	if (!mount.childElementCount) mount.innerHTML = sitegen.controls;
	const { views = "", baseSrc } = mount.dataset;
	for (const option of all(mount, "select[name=view] option")) if (!views.split(" ").includes(option.value)) option.remove();
	for (const other of all(mount, `[data-for=${baseSrc ? "one" : "two"}]`)) other.remove();
}

document.addEventListener("DOMContentLoaded", async () => {
	/** @type {HTMLElement | null} */
	const mount = find(document, ".viewer[data-src]");
	const { documentElement: page } = document;
	if (mount) {
		const { capture = "", src = "", base = "", baseSrc } = mount.dataset;
		const files = await Promise.all([...(baseSrc ? [sitegen.load(base, baseSrc)] : []), sitegen.load(capture, src)]);
		const models = files.map((file) => new Model(file));
		page.dataset.viewer = "true";
		equip(mount);
		const viewer = new Viewer(mount, models[1] ? Diff.of(models) : models[0]);
		await viewer.refresh();
	}
	// Tests and screenshots wait for it.
	page.dataset.ready = "true";
});
