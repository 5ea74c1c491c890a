/* One capture: its data files, and what of them the settings ask for. */

/** The rows of a view or of a table of intervals. @param {Columns} columns @param {string} table @returns {ViewRows} */
const rowsOf = (columns, table) =>
	/** @type {any} */ (Object.fromEntries("node thread allocator allocated freed bytes count".split(" ").map(name => [name, columns[`${table}.${name}`]])));

/** @type {(container: Container) => Model} */
const model = ({ header: { analysis, beside }, columns }) => ({
	analysis, beside, columns,
	frames: names.frames(analysis, columns),
	base: calltree.plant(new Uint32Array(columns["tree.parent"]), new Uint32Array(columns["tree.frame"])),
	time: columns["snapshots.time"],
	kept: new Map(),
	.../** @type {any} */ ({}),

	has: table => `${table}.node` in columns,

	// By what is hidden: shown again, nothing is made again.
	once(name, key, make) {
		name += this.settings.irrelevant + " " + this.settings.imports;
		const known = this.kept.get(name);
		if (known && known.key.every((part, i) => part === key[i])) return known.value;
		const value = make();
		this.kept.set(name, { key, value });
		return value;
	},

	shape() {
		const { irrelevant, imports } = this.settings;
		return this.once("shape", [], () => {
			const hidden = irrelevant ? KEEP : SPLICE,
				// Frames of kind c are the interpreter's own: memray never shows them.
				/** @type {Record<string, number>} */
				fates = { p: KEEP, n: KEEP, c: SPLICE, r: hidden, i: imports ? hidden : OUT },
				{ tree, place } = calltree.hide(this.base, Uint8Array.from(this.frames.kind, kind => fates[kind])),
				from = new Uint32Array(tree.size).fill(NEVER);
			for (let node = place.length - 1; node >= 0; node--) if (tree.frame[place[node]] === this.base.frame[node]) from[place[node]] = node;
			const group = this.frames.groupsOf(tree);
			return { tree, place, from, group, first: calltree.outermost(tree, group, this.frames.groups.length) };
		});
	},

	rows: table => rowsOf(columns, table),

	exact: view => analysis.folded?.functions.find((/** @type {any[]} */ [of]) => of === view)?.[1],

	asked() {
		const { view, mode } = this.settings;
		return this.rows(view !== "temporal" ? view : mode ? "lifetimes" : "high_water");
	},

	keep({ thread, node, allocated, freed }) {
		const { view, suppressed, thread: wanted } = this.settings,
			inTime = view === "temporal" ? this.inTime(allocated, freed) : null,
			quiet = view === "leaks" && !suppressed ? this.suppressed().nodes : null;
		if (wanted < 0 && !quiet) return inTime;
		return row => (wanted < 0 || thread[row] === wanted) && !quiet?.[node[row]] && (!inTime || inTime(row));
	},

	// Those that memray's page takes for the range.
	windows() {
		const { range } = this.settings;
		return this.once("windows", [range], () => {
			// Without a range: from before everything, and to no end.
			const last = this.time.length,
				[begin, finish] = (range || "-1e15").split(",").map(at => analysis.facts.started + +at),
				from = this.time.findIndex(/** @param {number} at */ at => at >= begin),
				to = this.time.findIndex(/** @param {number} at */ at => at > finish);
			return [max(from, 0), to < 0 ? last : to];
		});
	},

	highest() {
		const [from, to] = this.windows(),
			marks = columns["snapshots.high_water"];
		let best = from;
		for (let window = from; window <= to; window++) if (marks[window] > marks[best]) best = window;
		return best;
	},

	bounds(window) {
		const { started, ended } = analysis.facts,
			last = this.time.length - 1,
			at = /** @param {number} i */ i => (i < 0 ? started : this.time[i] ?? max(ended, this.time[last] ?? 0));
		return [at(window - 1), at(window)];
	},

	inTime(allocated, freed) {
		const { mode } = this.settings,
			[from, to] = this.windows(),
			lived = this.lived(allocated, freed),
			high = this.highest(),
			// The first and the last window of the allocation, and the one that it outlives.
			[first, last, after] = mode ? [from, to, mode === "kept" ? to : -1] : [0, high, high];
		return row => allocated[row] >= first && allocated[row] <= last && freed[row] > after && lived(row);
	},

	// As far as snapshots tell: from the end of the window of the allocation to that of the freeing.
	lived(allocated, freed) {
		const [kind, limit] = this.settings.life.split(":"),
			never = /** @param {number} row */ row => freed[row] === NEVER,
			age = /** @param {number} row */ row => (never(row) ? ends[ends.length - 1] : ends[freed[row]]) - ends[allocated[row]],
			/** @type {Record<string, (row: number) => boolean>} */
			tests = {
				within: row => !never(row) && age(row) <= +limit,
				longer: row => age(row) > +limit,
				end: row => !never(row) && freed[row] >= floor(this.time.length * 0.98),
				never
			};
		if (!tests[kind]) return () => true;
		const ends = Array.from({ length: this.time.length + 1 }, (_, window) => this.bounds(window)[1]);
		return tests[kind];
	},

	own() {
		// Whatever decides what is counted.
		const { metric, inverted, of, width, ...deciding } = this.settings;
		return this.once("own", Object.values(deciding), () => {
			const { tree, place } = this.shape(),
				rows = this.asked();
			return calltree.weigh(rows, place, tree.size, this.keep(rows));
		});
	},

	held() {
		const own = this.own();
		return this.once("held", [own], () => calltree.held(this.shape().tree, own));
	},

	drawn() {
		return this.settings.metric;
	},

	upright() {
		const held = this.held(),
			metric = this.drawn();
		return this.once("graph" + metric, [held], () => calltree.graph(this.shape().tree, held, metric));
	},

	panes() {
		const { inverted, of } = this.settings,
			own = this.own(),
			metric = this.drawn();
		return this.once("panes" + metric + inverted, [own, of], () => {
			const { tree, group } = this.shape();
			if (of) return calltree.sandwich(tree, own, metric, group, of);
			return [inverted ? calltree.inverted(tree, own, metric) : this.upright()];
		});
	},

	threadsAt(node) {
		const { tree, place } = this.shape(),
			rows = this.asked(),
			keep = this.keep(rows),
			/** @type {number[]} */
			sums = analysis.threads.map(() => 0);
		rows.node.forEach((from, row) => {
			const at = place[from];
			if (at >= node && at < tree.end[node] && (!keep || keep(row))) sums[rows.thread[row]] += rows[this.settings.metric][row];
		});
		return [...sums.entries()].filter(([, value]) => value > 0).sort((a, b) => b[1] - a[1]);
	},

	threads() {
		const { tree, place } = this.shape(),
			{ value } = this.upright(),
			rows = this.asked(),
			keep = this.keep(rows),
			most = new Int16Array(value.length).fill(-1);
		for (const [thread] of this.threadsAt(0).slice(0, 16)) {
			const own = calltree.weigh(rows, place, value.length, row => rows.thread[row] === thread && (!keep || keep(row)));
			calltree.sumUp(tree, own[this.settings.metric]).forEach((total, node) => {
				if (total * 2 > value[node]) most[node] = thread;
			});
		}
		return most;
	},

	suppressed() {
		return this.once("suppressed", [], () => {
			const { functions, files, functionOf, fileOf } = this.frames;
			/** Which frames are matched by the user's own, and by those that are built in. @type {boolean[][]} */
			const [mine, builtIn] = (beside.suppressions || sitegen.suppressions).map(/** @param {string[]} texts */ texts => {
				const patterns = texts.map(leaks.pattern),
					matches = (/** @type {string[]} */ ...texts) => texts.some(text => patterns.some(pattern => pattern.test(text))),
					byFunction = functions.map(name => matches(name)),
					byFile = files.map(file => matches(file.name, file.path, file.package));
				return Array.from(functionOf, (at, frame) => (frame ? byFunction[at] || byFile[fileOf[frame]] : matches(NO_FRAMES)));
			});
			const kinds = this.has("lifetimes") ? leaks.kinds(this, node => node, null) : [],
				{ frame, parent } = this.base,
				// One of the user's own holds for everything below; a built-in one for what the frame itself allocates.
				nodes = new Uint8Array(parent.length);
			nodes.forEach((_, node) => (nodes[node] = +(mine[frame[node]] || (parent[node] && nodes[parent[node]]))));
			nodes.forEach((_, node) => builtIn[frame[node]] && leaks.RANK[kinds[node]?.rank] !== "steady" && (nodes[node] = 1));
			const { node, bytes } = this.rows("leaks"),
				gone = [...node.keys()].filter(row => bytes[row] && nodes[node[row]]);
			return { nodes, stacks: new Set(gone.map(row => node[row])).size, bytes: sumOf(gone.map(row => bytes[row])) };
		});
	}
});
