"use strict";
/* One capture: its data files, and what of them the settings ask for. */

class Model {
	static NEVER = 0xffffffff;

	/** @param {Container} main */
	constructor({ header, columns }) {
		this.analysis = header.analysis;
		this.beside = header.beside;
		this.columns = columns;
		this.frames = names.frames(header.analysis, columns);
		this.base = calltree.plant(Uint32Array.from(columns["tree.parent"]), Uint32Array.from(columns["tree.frame"]));
		this.time = columns["snapshots.time"];
		/** @type {Map<string, {key: any[], value: any}>} */
		this.kept = new Map();
	}

	/** Whether there are rows of a view or of intervals. @param {string} table */
	has(table) {
		return `${table}.node` in this.columns;
	}

	get temporal() {
		return this.has("high_water") || this.has("lifetimes");
	}

	/**
	 * The last value made under a name; made again when what it is made of changed.
	 * @template T
	 * @param {string} name
	 * @param {any[]} key
	 * @param {() => T} make
	 * @returns {T}
	 */
	once(name, key, make) {
		const known = this.kept.get(name);
		if (known && known.key.every((part, i) => part === key[i])) return known.value;
		const value = make();
		this.kept.set(name, { key, value });
		return value;
	}

	/** @param {Settings} settings @returns {Shape} */
	shape({ irrelevant, imports }) {
		return this.once(`shape ${irrelevant} ${imports}`, [], () => {
			const { KEEP, SPLICE, OUT, NOWHERE } = calltree;
			const hidden = irrelevant ? KEEP : SPLICE;
			// Frames of kind c are the interpreter's own: memray never shows them.
			/** @type {Record<string, number>} */
			const fates = { p: KEEP, n: KEEP, c: SPLICE, r: hidden, i: imports ? hidden : OUT };
			const fate = Uint8Array.from(this.frames.kind, (kind) => fates[kind]);
			const { tree, place } = calltree.hide(this.base, fate);
			const from = new Uint32Array(tree.parent.length).fill(NOWHERE);
			for (let node = place.length - 1; node >= 0; node--) {
				if (tree.frame[place[node]] === this.base.frame[node]) from[place[node]] = node;
			}
			const group = names.groupsOf(this.frames, tree);
			return { tree, place, from, group, first: calltree.outermost(tree, group, this.frames.groups.length) };
		});
	}

	/** The rows of a view or of a table of intervals. @param {string} table */
	rows(table) {
		/** @type {any} */
		const rows = {};
		for (const name of ["node", "thread", "allocator", "allocated", "freed", "bytes", "count"]) rows[name] = this.columns[`${table}.${name}`];
		return /** @type {ViewRows} */ (rows);
	}

	/** The rows that the settings are about. @param {Settings} settings */
	asked({ view, mode }) {
		return this.rows(view !== "temporal" ? view : mode ? "lifetimes" : "high_water");
	}

	/**
	 * Which rows the settings count; null: all.
	 * @param {Settings} settings
	 * @param {ViewRows} rows
	 * @returns {((row: number) => boolean) | null}
	 */
	keep(settings, { thread, node, allocated, freed }) {
		const wanted = settings.thread;
		const inTime = settings.view === "temporal" ? this.inTime(settings, allocated, freed) : null;
		const quiet = settings.view === "leaks" && !settings.suppressed ? this.suppressed().nodes : null;
		if (wanted < 0 && !quiet) return inTime;
		return (row) => (wanted < 0 || thread[row] === wanted) && !(quiet && quiet[node[row]]) && (!inTime || inTime(row));
	}

	/** The windows of a range: those that memray's page takes for it. @param {string} range */
	windows(range) {
		const last = this.time.length;
		if (!range) return [0, last];
		const [begin, finish] = range.split(",").map((at) => this.analysis.facts.started + Number(at));
		const from = this.time.findIndex((/** @type {number} */ at) => at >= begin);
		const to = this.time.findIndex((/** @type {number} */ at) => at > finish);
		return [Math.max(from, 0), to < 0 ? last : to];
	}

	/** The window with the highest heap of a range. @param {string} range */
	highest(range) {
		const [from, to] = this.windows(range);
		const marks = this.columns["snapshots.high_water"];
		let best = from;
		for (let window = from; window <= to; window++) if (marks[window] > marks[best]) best = window;
		return best;
	}

	/** When a window begins and ends, in milliseconds since the epoch. @param {number} window */
	bounds(window) {
		const { started, ended } = this.analysis.facts;
		const last = this.time.length - 1;
		const at = (/** @type {number} */ i) => (i < 0 ? started : i <= last ? this.time[i] : Math.max(ended, last < 0 ? 0 : this.time[last]));
		return [at(window - 1), at(window)];
	}

	/**
	 * @param {Settings} settings
	 * @param {Column} allocated
	 * @param {Column} freed
	 * @returns {(row: number) => boolean}
	 */
	inTime({ range, mode, life }, allocated, freed) {
		const [from, to] = this.windows(range);
		const lived = this.lived(life, allocated, freed);
		if (!mode) {
			const high = this.highest(range);
			return (row) => allocated[row] <= high && freed[row] > high && lived(row);
		}
		const after = mode === "kept" ? to : -1;
		return (row) => allocated[row] >= from && allocated[row] <= to && freed[row] > after && lived(row);
	}

	/**
	 * Lifetimes as far as the snapshots tell them: from the end of the window of the allocation to that of the freeing.
	 * @param {string} life
	 * @param {Column} allocated
	 * @param {Column} freed
	 * @returns {(row: number) => boolean}
	 */
	lived(life, allocated, freed) {
		const [kind, limit] = life.split(":");
		const ends = Array.from({ length: this.time.length + 1 }, (_, window) => this.bounds(window)[1]);
		const last = ends[ends.length - 1];
		const never = (/** @type {number} */ row) => freed[row] === Model.NEVER;
		const age = (/** @type {number} */ row) => (never(row) ? last : ends[freed[row]]) - ends[allocated[row]];
		if (kind === "within") return (row) => !never(row) && age(row) <= Number(limit);
		if (kind === "longer") return (row) => age(row) > Number(limit);
		if (kind === "end") return (row) => !never(row) && freed[row] >= Math.floor(this.time.length * 0.98);
		return kind === "never" ? never : () => true;
	}

	/** What every node of the shown tree holds itself. @param {Settings} settings @returns {Sums} */
	own(settings) {
		const { view, thread, irrelevant, imports, range, mode, life, suppressed } = settings;
		return this.once("own", [view, thread, irrelevant, imports, range, mode, life, suppressed], () => {
			const { tree, place } = this.shape(settings);
			const rows = this.asked(settings);
			return calltree.weigh(rows, place, tree.parent.length, this.keep(settings, rows));
		});
	}

	/** The sums that boxes are as wide as. @param {Settings} settings @returns {Metric} */
	drawn({ metric }) {
		return metric;
	}

	/** The graph with callers above, whatever the settings show: sums for tables and searches. @param {Settings} settings */
	upright(settings) {
		const own = this.own(settings);
		const metric = this.drawn(settings);
		return this.once("upright", [own, metric], () => calltree.graph(this.shape(settings).tree, own, metric));
	}

	/** The graphs to draw: one, or callers and callees. @param {Settings} settings */
	panes(settings) {
		const { inverted, of } = settings;
		const own = this.own(settings);
		const metric = this.drawn(settings);
		return this.once("panes", [own, metric, inverted, of], () => {
			const { tree, group } = this.shape(settings);
			if (of) return calltree.sandwich(tree, own, metric, group, of);
			return [inverted ? calltree.inverted(tree, own, metric) : this.upright(settings)];
		});
	}

	/**
	 * What the threads hold of a node of the upright graph, largest first.
	 * @param {Settings} settings
	 * @param {number} node
	 */
	threadsAt(settings, node) {
		const { tree, place } = this.shape(settings);
		const rows = this.asked(settings);
		const keep = this.keep(settings, rows);
		/** @type {number[]} */
		const sums = this.analysis.threads.map(() => 0);
		for (let row = 0; row < rows.node.length; row++) {
			const at = place[rows.node[row]];
			if (at >= node && at < tree.end[node] && (!keep || keep(row))) sums[rows.thread[row]] += rows[settings.metric][row];
		}
		return [...sums.entries()].filter(([, value]) => value > 0).sort((a, b) => b[1] - a[1]);
	}

	/** The thread that holds more than half of a node, for every node; -1 for none. @param {Settings} settings */
	threads(settings) {
		const { tree, place } = this.shape(settings);
		const { value } = this.upright(settings);
		const rows = this.asked(settings);
		const keep = this.keep(settings, rows);
		const most = new Int16Array(value.length).fill(-1);
		for (const [thread] of this.threadsAt(settings, 0).slice(0, 16)) {
			const own = calltree.weigh(rows, place, value.length, (row) => rows.thread[row] === thread && (!keep || keep(row)));
			calltree.sumUp(tree, own[settings.metric]).forEach((total, node) => {
				if (total * 2 > value[node]) most[node] = thread;
			});
		}
		return most;
	}

	/** The leaks that nobody wants to see: nodes with a frame on their way that a pattern matches. */
	suppressed() {
		return this.once("suppressed", [], () => {
			/** @type {RegExp[]} */
			const patterns = (this.beside.suppressions || []).map(leaks.pattern);
			const { functions, files, functionOf, fileOf } = this.frames;
			const matches = (/** @type {string} */ text) => patterns.some((pattern) => pattern.test(text));
			const byFunction = functions.map(matches);
			const byFile = files.map((file) => matches(file.path) || matches(file.name));
			const nodes = new Uint8Array(this.base.parent.length);
			for (let node = 1; node < nodes.length; node++) {
				const frame = this.base.frame[node];
				nodes[node] = nodes[this.base.parent[node]] || Number(byFunction[functionOf[frame]] || byFile[fileOf[frame]]);
			}
			const { node, bytes } = this.rows("leaks");
			const gone = [...node.keys()].filter((row) => nodes[node[row]]);
			return { nodes, stacks: new Set(gone.map((row) => node[row])).size, bytes: gone.reduce((sum, row) => sum + bytes[row], 0) };
		});
	}
}
