/*
 * Two captures as one: the union of their trees, function by function (lines shift from commit to commit). A box is as
 * wide as the larger side, so that what is gone keeps its place; how it changed takes the place of the count.
 */

/** How a box changed. @param {number} width @param {number} change @param {string} side whose widths are drawn; "": the larger @returns {Change} */
const howChanged = (width, change, side) => {
	if (change > 0) return change >= width && side !== "before" ? "new" : "grown";
	return !change ? "same" : -change >= width && side !== "after" ? "gone" : "shrunk";
};

/** @param {Model} model @returns {model is Model & Sides} */
const isDiff = model => "sides" in model;

/** What a capture would be without native frames: their memory counts for Python's. @param {Model} one */
const withoutNative = one => {
	const { tree, place } = calltree.hide(one.base, Uint8Array.from(one.frames.kind, kind => (/[nc]/.test(kind) ? SPLICE : KEEP))),
		/** @type {Columns} */
		columns = { ...one.columns, "tree.parent": tree.parent, "tree.frame": tree.frame };
	for (const name in columns) if (name.endsWith(".node")) columns[name] = Uint32Array.from(columns[name], node => place[node]);
	return model({ header: { analysis: { ...one.analysis, folded: null }, beside: one.beside }, columns });
};

/** @type {(models: Model[], renamed: Map<string, string>) => Model & Sides} */
const diff = (models, renamed) => {
	const views = ["peak", "leaks", "temporary"].filter(view => models.every(one => one.has(view))),
		/** Those that decide what is folded. */
		main = views.slice(0, 2),
		natives = models.filter(one => one.analysis.facts.native),
		sides = models.map(one => (natives[1] || one !== natives[0] ? one : withoutNative(one))),
		analysis = { ...models[1].analysis, folded: null, threads: [], functions: [""], files: [{ path: "", name: "", package: "", origin: "" }] },
		kinds = ["p"],
		/** @type {number[][]} */
		[functionOf, fileOf, parent, frame, fate] = [[0], [0], [0], [0], [KEEP]];

	/** All functions that a side knows, its tables' included: file, name. @type {(one: Model) => [SourceFile, string][]} */
	const known = ({ analysis, frames }) => {
		const byName = new Map(frames.files.map(file => [file.name, file])),
			/** @type {any[]} */
			rows = (analysis.folded?.functions || []).flatMap((/** @type {any[]} */ [, rows]) => rows);
		return [
			...frames.groups.slice(1).map(({ name, file }) => /** @type {[SourceFile, string]} */ ([frames.files[file], name])),
			...rows.filter(({ file }) => file).map(row => /** @type {[SourceFile, string]} */ (
				[byName.get(row.file) || { path: row.file, name: row.file, package: row.package, origin: "project" }, row.function]
			))
		];
	};
	const named = sides.map(known),
		aligned = matching.files(named.map(functions => {
			/** @type {Map<string, Set<string>>} */
			const files = new Map();
			for (const [{ name, origin }, called] of functions) if (origin === "project") files.set(name, (files.get(name) || new Set()).add(called));
			return files;
		}));

	/** @type {Map<string, number>} */
	const frames = new Map([[NO_FRAMES, 0]]);
	/** @type {Map<string, number>} */
	const files = new Map();
	/** What a function is matched by. @param {number} side @param {string} file @param {string} name */
	const keyOf = (side, file, name) => {
		if (!file) return NO_FRAMES;
		const key = `${(!side && aligned.get(file)) || file}\0${name}`;
		return (!side && renamed.get(key)) || key;
	};
	/** Which functions each side knows, by frame. @type {boolean[][]} */
	const knows = [[], []];
	// Head first: it names the functions.
	for (const side of [1, 0]) {
		for (const [file, name] of named[side]) {
			const key = keyOf(side, file.name, name);
			let at = frames.get(key);
			if (at === undefined) {
				const [path, called] = key.split("\0");
				if (!files.has(path)) files.set(path, analysis.files.push(file.name === path ? file : { ...file, name: path }) - 1);
				frames.set(key, (at = functionOf.push(analysis.functions.push(called) - 1) - 1));
				fileOf.push(files.get(path) || 0);
				kinds.push("");
			}
			knows[side][at] = true;
		}
	}
	/** By side: function of its data file -> frame of the union. */
	const numbers = sides.map(({ frames: own }, side) => own.groups.map(({ name, file }) => frames.get(keyOf(side, file < 0 ? "" : own.files[file].name, name)) || 0));

	// What folding left out of one side is left out of both: all that is as small.
	const folded = models.some(one => one.analysis.folded),
		share = max(...models.map(one => one.analysis.folded?.share || 0));
	/** @param {Model} one @param {string} view @param {Metric} metric */
	const ownOf = (one, view, metric) => calltree.weigh(one.rows(view), null, one.base.size)[metric],
		offsets = [0, 0],
		/** What every node of the union's raw form holds in its side, peak and leaks. @type {number[]} */
		held = [0];
	for (const side of [1, 0]) {
		const { base, frames: own } = sides[side],
			offset = (offsets[side] = parent.length),
			group = own.groupsOf(base),
			totals = main.map(view => calltree.sumUp(base, ownOf(sides[side], view, "bytes")));
		base.frame.forEach((at, node) => {
			const to = numbers[side][group[node]],
				small = folded && totals.every(total => !total[0] || total[node] / total[0] <= share);
			parent.push(node && offset + base.parent[node]);
			frame.push(to);
			held.push(sumOf(totals.map(total => total[node])));
			kinds[to] ||= own.kind[at];
			// A comprehension counts for the function around it, the interpreter's own frames for what called them.
			fate.push(!node ? TOP : small || (group[node] === group[base.parent[node]] && (own.kind[at] === "c" || COMPREHENSION.test(own.groups[own.groupOf[at]].name))) ? SPLICE : KEEP);
		});
	}
	analysis.kind = kinds.map(kind => kind || "p").join("");
	let { tree, place } = calltree.regrow(new Uint32Array(parent), new Uint32Array(frame), new Uint8Array(fate));
	/** @type {Columns} */
	const columns = {},
		union = () => {
		Object.assign(columns, { "tree.parent": tree.parent, "tree.frame": tree.frame });
		for (const key of views.flatMap(view => ["node", "thread", "bytes", "count"].map(name => `${view}.${name}`))) {
			// Where a side keeps its threads, the union keeps the side.
			columns[key] = Float64Array.from(sides.flatMap((one, side) =>
				Array.from(one.columns[key], value => (key.endsWith("node") ? place[offsets[side] + value] : key.endsWith("thread") ? side : value)),
			));
		}
	};
	/** What every node holds itself, before and after. @param {string} view @param {Metric} metric @param {Uint32Array | null} at */
	const own = (view, metric, at = null, size = tree.size) => {
		const rows = rowsOf(columns, view);
		return [0, 1].map(side => calltree.weigh(rows, at, size, row => rows.thread[row] === side)[metric]);
	};
	union();
	if (folded) {
		// Stacks that one side alone shows, and that hold no more than folding may have left out of the other.
		const made = new Uint32Array(tree.size);
		place.forEach((to, node) => node && fate[node] === KEEP && held[node] && made[to]++);
		const drop = new Uint8Array(tree.size).fill(SPLICE, 1);
		for (const view of main) {
			const [before, after] = own(view, "bytes").map(figures => calltree.sumUp(tree, figures)),
				limit = ceil(share * max(before[0], after[0]));
			drop.forEach((_, node) => {
				if (min(before[node], after[node]) || max(before[node], after[node]) > limit * made[node]) drop[node] = KEEP;
			});
		}
		const kept = calltree.regrow(tree.parent, tree.frame, drop);
		tree = kept.tree;
		place = place.map(node => kept.place[node]);
		union();
	}
	// A frame of the union is a function, whatever its lines were.
	for (const [name, values] of Object.entries({ "snapshots.time": [], "frames.function": functionOf, "frames.file": fileOf, "frames.line": fileOf.map(() => 0) })) columns[name] = new Uint32Array(values);

	return Object.assign(model({ header: { analysis, beside: models[1].beside }, columns }), /** @type {Sides & ThisType<Model & Sides>} */ ({
		own() {
			const { width } = this.settings,
				[before, after] = this.sides(),
				drawn = { before, after }[width] || after.map((value, node) => max(value, before[node]));
			return this.once("own", [after, width], () => ({ bytes: drawn, count: after.map((value, node) => value - before[node]) }));
		},

		// The width is all that can be drawn, whatever is measured.
		drawn: () => "bytes",

		of(name, make) {
			const { view, metric } = this.settings;
			return this.once(name, [view, metric], () => make(view, metric));
		},

		sides() {
			return this.of("sides", (view, metric) => {
				const { tree: shown, place: at } = this.shape();
				return own(view, metric, at, shown.size);
			});
		},

		whole() {
			return this.of("whole", (view, metric) => sides.map((one, side) => {
				const [self, whole] = [0, 1].map(() => new Float64Array(functionOf.length)),
					add = (/** @type {number} */ at, /** @type {number} */ own, /** @type {number} */ all) => {
						self[at] += own;
						whole[at] += all;
					},
					exact = one.exact(view);
				if (exact) for (const row of exact) add(frames.get(keyOf(side, row.file, row.function)) || 0, row[`self_${metric}`], row[`total_${metric}`]);
				else {
					const group = one.frames.groupsOf(one.base),
						size = one.frames.groups.length,
						own = ownOf(one, view, metric),
						sums = calltree.byGroup(one.base, group, size, own);
					numbers[side].forEach((at, i) => add(at, sums.self[i], sums.whole[i]));
				}
				return { self, whole };
			}));
		},

		changes(of, size) {
			const exact = this.whole(),
				group = tree.frame.map(at => of[at]),
				[before, after] = exact.map(({ self, whole }, side) => {
					if (of === this.frames.groupOf) return { self, whole };
					const own = new Float64Array(size);
					self.forEach((value, at) => (own[of[at]] += value));
					const held = this.stacks()[side],
						sums = calltree.byGroup(tree, group, size, held);
					return { self: own, whole: sums.whole.map((value, i) => max(value, own[i])) };
				});
			return Array.from(before.self, (own, i) => [after.self[i] - own, after.whole[i] - before.whole[i], own, after.self[i], before.whole[i], after.whole[i]]);
		},

		stacks() {
			return this.of("stacks", own);
		},

		// The line of a stack's frame is that of its heaviest call, in head where head has it.
		lines() {
			return this.of("lines", (view, metric) => {
				const lines = new Uint32Array(tree.size),
					most = new Float64Array(lines.length);
				for (const side of [1, 0]) {
					const { base, frames: of } = sides[side],
						total = calltree.sumUp(base, ownOf(sides[side], view, metric)),
						free = most.map(size => +!size);
					base.frame.forEach((at, node) => {
						const raw = offsets[side] + node,
							to = place[raw];
						if (fate[raw] !== KEEP || frame[raw] !== tree.frame[to] || !free[to] || total[node] <= most[to]) return;
						most[to] = total[node];
						lines[to] = of.lineOf[at];
					});
				}
				return lines;
			});
		},

		renames() {
			const { groups, groupOf } = this.frames;
			return this.once("renames", [this.stacks()], () => matching.renames(tree, this.stacks(), knows, at => groups[groupOf[at]]));
		}
	}));
};
