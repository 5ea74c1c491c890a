"use strict";
/* One capture: its data files, and what of them the settings ask for. */

const NEVER = 0xffffffff;

/** @type {(container: Container) => Model} */
const model = ({ header: { analysis, beside }, columns }) => ({
	analysis, beside, columns,
	frames: names.frames(analysis, columns),
	base: calltree.plant(Uint32Array.from(columns["tree.parent"]), Uint32Array.from(columns["tree.frame"])),
	time: columns["snapshots.time"],
	kept: new Map(),

	has: (table) => `${table}.node` in columns,

	once(name, key, make) {
		const known = this.kept.get(name);
		if (known && known.key.every((part, i) => part === key[i])) return known.value;
		const value = make();
		this.kept.set(name, { key, value });
		return value;
	},

	shape({ irrelevant, imports }) {
		return this.once(`shape ${irrelevant} ${imports}`, [], () => {
			const { KEEP, SPLICE, OUT, NOWHERE } = calltree;
			const hidden = irrelevant ? KEEP : SPLICE;
			// Frames of kind c are the interpreter's own: memray never shows them.
			/** @type {Record<string, number>} */
			const fates = { p: KEEP, n: KEEP, c: SPLICE, r: hidden, i: imports ? hidden : OUT };
			const { tree, place } = calltree.hide(this.base, Uint8Array.from(this.frames.kind, (kind) => fates[kind]));
			const from = new Uint32Array(tree.parent.length).fill(NOWHERE);
			for (let node = place.length - 1; node >= 0; node--) {
				if (tree.frame[place[node]] === this.base.frame[node]) from[place[node]] = node;
			}
			const group = names.groupsOf(this.frames, tree);
			return { tree, place, from, group, first: calltree.outermost(tree, group, this.frames.groups.length) };
		});
	},

	rows(table) {
		/** @type {any} */
		const rows = {};
		for (const name of ["node", "thread", "allocator", "allocated", "freed", "bytes", "count"]) rows[name] = columns[`${table}.${name}`];
		return rows;
	},

	asked({ view, mode }) {
		return this.rows(view !== "temporal" ? view : mode ? "lifetimes" : "high_water");
	},

	keep(settings, { thread, node, allocated, freed }) {
		const wanted = settings.thread;
		const inTime = settings.view === "temporal" ? this.inTime(settings, allocated, freed) : null;
		const quiet = settings.view === "leaks" && !settings.suppressed ? this.suppressed().nodes : null;
		if (wanted < 0 && !quiet) return inTime;
		return (row) => (wanted < 0 || thread[row] === wanted) && !quiet?.[node[row]] && (!inTime || inTime(row));
	},

	// Those that memray's page takes for the range.
	windows(range) {
		const last = this.time.length;
		if (!range) return [0, last];
		const [begin, finish] = range.split(",").map((at) => analysis.facts.started + Number(at));
		const from = this.time.findIndex((/** @type {number} */ at) => at >= begin);
		const to = this.time.findIndex((/** @type {number} */ at) => at > finish);
		return [Math.max(from, 0), to < 0 ? last : to];
	},

	highest(range) {
		const [from, to] = this.windows(range);
		const marks = columns["snapshots.high_water"];
		let best = from;
		for (let window = from; window <= to; window++) if (marks[window] > marks[best]) best = window;
		return best;
	},

	bounds(window) {
		const { started, ended } = analysis.facts;
		const last = this.time.length - 1;
		const at = (/** @type {number} */ i) => (i < 0 ? started : i <= last ? this.time[i] : Math.max(ended, last < 0 ? 0 : this.time[last]));
		return [at(window - 1), at(window)];
	},

	inTime({ range, mode, life }, allocated, freed) {
		const [from, to] = this.windows(range);
		const lived = this.lived(life, allocated, freed);
		if (!mode) {
			const high = this.highest(range);
			return (row) => allocated[row] <= high && freed[row] > high && (!life || lived(row));
		}
		const after = mode === "kept" ? to : -1;
		return (row) => allocated[row] >= from && allocated[row] <= to && freed[row] > after && (!life || lived(row));
	},

	// As far as snapshots tell: from the end of the window of the allocation to that of the freeing.
	lived(life, allocated, freed) {
		const [kind, limit] = life.split(":");
		const ends = Array.from({ length: this.time.length + 1 }, (_, window) => this.bounds(window)[1]);
		const never = (/** @type {number} */ row) => freed[row] === NEVER;
		const age = (/** @type {number} */ row) => (never(row) ? ends[ends.length - 1] : ends[freed[row]]) - ends[allocated[row]];
		if (kind === "within") return (row) => !never(row) && age(row) <= +limit;
		if (kind === "longer") return (row) => age(row) > +limit;
		if (kind === "end") return (row) => !never(row) && freed[row] >= Math.floor(this.time.length * 0.98);
		return kind === "never" ? never : () => true;
	},

	own(settings) {
		const { view, thread, irrelevant, imports, range, mode, life, suppressed } = settings;
		return this.once("own", [view, thread, irrelevant, imports, range, mode, life, suppressed], () => {
			const { tree, place } = this.shape(settings);
			const rows = this.asked(settings);
			return calltree.weigh(rows, place, tree.parent.length, this.keep(settings, rows));
		});
	},

	drawn: ({ metric }) => metric,

	upright(settings) {
		const own = this.own(settings);
		const metric = this.drawn(settings);
		return this.once("upright", [own, metric], () => calltree.graph(this.shape(settings).tree, own, metric));
	},

	panes(settings) {
		const { inverted, of } = settings;
		const own = this.own(settings);
		const metric = this.drawn(settings);
		return this.once("panes", [own, metric, inverted, of], () => {
			const { tree, group } = this.shape(settings);
			if (of) return calltree.sandwich(tree, own, metric, group, of);
			return [inverted ? calltree.inverted(tree, own, metric) : this.upright(settings)];
		});
	},

	threadsAt(settings, node) {
		const { tree, place } = this.shape(settings);
		const rows = this.asked(settings);
		const keep = this.keep(settings, rows);
		/** @type {number[]} */
		const sums = analysis.threads.map(() => 0);
		for (let row = 0; row < rows.node.length; row++) {
			const at = place[rows.node[row]];
			if (at >= node && at < tree.end[node] && (!keep || keep(row))) sums[rows.thread[row]] += rows[settings.metric][row];
		}
		return [...sums.entries()].filter(([, value]) => value > 0).sort((a, b) => b[1] - a[1]);
	},

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
	},

	suppressed() {
		return this.once("suppressed", [], () => {
			const { functions, files, functionOf, fileOf } = this.frames;
			/** Which frames any suppression of a kind matches. @param {boolean} builtIn */
			const frames = (builtIn) => {
				/** @type {RegExp[]} */
				const patterns = (beside.suppressions || []).filter((/** @type {any} */ rule) => rule.built_in === builtIn).map((/** @type {any} */ rule) => leaks.pattern(rule.pattern));
				const matches = (/** @type {string[]} */ ...texts) => texts.some((text) => patterns.some((pattern) => pattern.test(text)));
				const byFunction = functions.map((name) => matches(name));
				const byFile = files.map((file) => matches(file.name, file.path, file.package));
				return Array.from(functionOf, (at, frame) => (frame ? byFunction[at] || byFile[fileOf[frame]] : matches(names.NO_FRAMES)));
			};
			const [mine, builtIn] = [frames(false), frames(true)];
			const kinds = this.has("lifetimes") ? leaks.kinds(this, (node) => node, () => true) : [];
			const { frame, parent } = this.base;
			// One of the user's own holds for everything below; a built-in one for what the frame itself allocates.
			const nodes = new Uint8Array(parent.length);
			for (let node = 0; node < nodes.length; node++) nodes[node] = Number(mine[frame[node]] || (parent[node] && nodes[parent[node]]));
			for (let node = 0; node < nodes.length; node++) {
				if (builtIn[frame[node]] && leaks.RANK[kinds[node]?.rank] !== "steady") nodes[node] = 1;
			}
			const { node, bytes } = this.rows("leaks");
			const gone = [...node.keys()].filter((row) => bytes[row] && nodes[node[row]]);
			return { nodes, stacks: new Set(gone.map((row) => node[row])).size, bytes: sumOf(gone.map((row) => bytes[row])) };
		});
	},
});
