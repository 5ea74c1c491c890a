"use strict";
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
const isDiff = (model) => "sides" in model;

/** What a capture would be without native frames: their memory counts for Python's. @param {Model} one */
const withoutNative = (one) => {
	const { tree, place } = calltree.hide(one.base, Uint8Array.from(one.frames.kind, (kind) => (/[nc]/.test(kind) ? calltree.SPLICE : calltree.KEEP)));
	/** @type {Columns} */
	const columns = { ...one.columns, "tree.parent": tree.parent, "tree.frame": tree.frame };
	for (const name in columns) if (name.endsWith(".node")) columns[name] = Uint32Array.from(columns[name], (node) => place[node]);
	return model({ header: { analysis: { ...one.analysis, folded: null }, beside: one.beside }, columns });
};

/** @type {(models: Model[], renamed: Map<string, string>) => Model & Sides} */
const diff = (models, renamed) => {
	const VIEWS = ["peak", "leaks", "temporary"].filter((view) => models.every((one) => one.has(view)));
	const [was, is] = models.map((one) => one.analysis.facts.native);
	const sides = was === is ? models : models.map((one) => (one.analysis.facts.native ? withoutNative(one) : one));
	const analysis = { ...models[1].analysis, folded: null, threads: [], functions: [""], files: [{ path: "", name: "", package: "", origin: "" }], kind: "p" };
	/** @type {number[][]} */
	const [functionOf, fileOf, lineOf, parent, frame, fate] = [[0], [0], [0], [0], [0], [calltree.KEEP]];

	/** All functions that a side knows, its tables' included: file, name. @type {(one: Model) => [SourceFile, string][]} */
	const known = ({ analysis, frames }) => {
		const byName = new Map(frames.files.map((file) => [file.name, file]));
		const rows = (analysis.folded?.functions || []).flatMap((/** @type {any} */ [, rows]) => rows).filter((/** @type {any} */ row) => row.file);
		return [
			...frames.groups.slice(1).map(({ name, file }) => /** @type {[SourceFile, string]} */ ([frames.files[file], name])),
			...rows.map((/** @type {any} */ row) => [byName.get(row.file) || { path: row.file, name: row.file, package: row.package, origin: "project" }, row.function]),
		];
	};
	const named = sides.map(known);
	const aligned = matching.files(named.map((functions) => {
		/** @type {Map<string, Set<string>>} */
		const files = new Map();
		for (const [{ name, origin }, called] of functions) if (origin === "project") files.set(name, (files.get(name) || new Set()).add(called));
		return files;
	}));

	/** @type {Map<string, number>} */
	const frames = new Map([[names.NO_FRAMES, 0]]);
	/** @type {Map<string, number>} */
	const files = new Map();
	/** What a function is matched by. @param {number} side @param {string} file @param {string} name */
	const keyOf = (side, file, name) => {
		if (!file) return names.NO_FRAMES;
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
				lineOf.push(0);
				analysis.kind += "p";
			}
			knows[side][at] = true;
		}
	}
	/** By side: function of its data file -> frame of the union. */
	const numbers = sides.map(({ frames: own }, side) => own.groups.map(({ name, file }) => frames.get(keyOf(side, file < 0 ? "" : own.files[file].name, name)) || 0));
	const kinds = [...analysis.kind];

	// What folding left out of one side is left out of both: all that is as small.
	const folded = models.some((one) => one.analysis.folded);
	const share = Math.max(...models.map((one) => one.analysis.folded?.share || 0));
	/** @param {Model} one @param {string} view @param {Metric} metric */
	const ownOf = (one, view, metric) => calltree.weigh(one.rows(view), one.base.parent.map((_, node) => node), one.base.parent.length, null)[metric];
	const offsets = [0, 0];
	/** What every node of the union's raw form holds in its side, peak and leaks. @type {number[]} */
	const held = [0];
	for (const side of [1, 0]) {
		const { base, frames: own } = sides[side];
		const offset = (offsets[side] = parent.length);
		const group = names.groupsOf(own, base);
		const totals = VIEWS.slice(0, 2).map((view) => calltree.sumUp(base, ownOf(sides[side], view, "bytes")));
		for (let node = 0; node < group.length; node++) {
			const at = base.frame[node];
			const to = numbers[side][group[node]];
			const small = folded && totals.every((total) => !total[0] || total[node] / total[0] <= share);
			parent.push(node && offset + base.parent[node]);
			frame.push(to);
			held.push(sumOf(totals.map((total) => total[node])));
			if (node && !lineOf[to]) [lineOf[to], kinds[to]] = [own.lineOf[at], own.kind[at]];
			// A comprehension counts for the function around it.
			const within = names.COMPREHENSION.test(own.groups[own.groupOf[at]].name) && group[node] === group[base.parent[node]];
			fate.push(!node ? calltree.TOP : small || within ? calltree.SPLICE : calltree.KEEP);
		}
	}
	analysis.kind = kinds.join("");
	const grown = calltree.regrow(Uint32Array.from(parent), Uint32Array.from(frame), Uint8Array.from(fate));
	const { place } = grown;
	let { tree } = grown;
	/** @type {Columns} */
	const columns = {};
	const fill = () => {
		Object.assign(columns, { "tree.parent": tree.parent, "tree.frame": tree.frame });
		for (const view of VIEWS) {
			for (const name of ["node", "thread", "bytes", "count"]) {
				// Where a side keeps its threads, the union keeps the side.
				columns[`${view}.${name}`] = Float64Array.from(sides.flatMap((one, side) =>
					Array.from(one.columns[`${view}.${name}`], (value) => (name === "node" ? place[offsets[side] + value] : name === "thread" ? side : value)),
				));
			}
		}
	};
	/** What every node holds itself, before and after. @param {string} view @param {Metric} metric @param {Uint32Array} at */
	const own = (view, metric, at = tree.parent.map((_, node) => node), size = tree.parent.length) => {
		const rows = /** @type {ViewRows} */ ({ node: columns[`${view}.node`], bytes: columns[`${view}.bytes`], count: columns[`${view}.count`] });
		return [0, 1].map((side) => calltree.weigh(rows, at, size, (row) => columns[`${view}.thread`][row] === side)[metric]);
	};
	fill();
	if (folded) {
		// Stacks that one side alone shows, and that hold no more than folding may have left out of the other.
		const made = new Uint32Array(tree.parent.length);
		for (let node = 1; node < place.length; node++) if (fate[node] === calltree.KEEP && held[node]) made[place[node]]++;
		const drop = new Uint8Array(tree.parent.length).fill(calltree.SPLICE, 1);
		for (const view of VIEWS.slice(0, 2)) {
			const [before, after] = own(view, "bytes").map((figures) => calltree.sumUp(tree, figures));
			const limit = Math.ceil(share * Math.max(before[0], after[0]));
			drop.forEach((_, node) => {
				if (Math.min(before[node], after[node]) || Math.max(before[node], after[node]) > limit * made[node]) drop[node] = calltree.KEEP;
			});
		}
		const kept = calltree.regrow(tree.parent, tree.frame, drop);
		tree = kept.tree;
		place.forEach((node, raw) => (place[raw] = kept.place[node]));
		fill();
	}
	Object.assign(columns, {
		"snapshots.time": new Uint32Array(0), "frames.function": Uint32Array.from(functionOf), "frames.file": Uint32Array.from(fileOf), "frames.line": Uint32Array.from(lineOf),
	});

	return Object.assign(model({ header: { analysis, beside: models[1].beside }, columns }), /** @type {Sides & ThisType<Model & Sides>} */ ({
		own(settings) {
			const { width } = settings;
			const [before, after] = this.sides(settings);
			const drawn = { before, after }[width] || after.map((value, node) => Math.max(value, before[node]));
			return this.once("own", [after, width], () => ({ bytes: drawn, count: after.map((value, node) => value - before[node]) }));
		},

		// The width is all that can be drawn, whatever is measured.
		drawn: () => "bytes",

		sides(settings) {
			const { view, metric, irrelevant, imports } = settings;
			return this.once("sides", [view, metric, irrelevant, imports], () => {
				const { tree: shown, place: at } = this.shape(settings);
				return own(view, metric, at, shown.parent.length);
			});
		},

		whole({ view, metric }) {
			return this.once("whole", [view, metric], () => sides.map((one, side) => {
				const [self, whole] = [0, 1].map(() => new Float64Array(functionOf.length));
				const add = (/** @type {number} */ at, /** @type {number} */ own, /** @type {number} */ all) => ([self[at], whole[at]] = [self[at] + own, whole[at] + all]);
				const table = one.analysis.folded?.functions.find((/** @type {any} */ [of]) => of === view);
				if (table) for (const row of table[1]) add(frames.get(keyOf(side, row.file, row.function)) || 0, row[`self_${metric}`], row[`total_${metric}`]);
				else {
					const group = names.groupsOf(one.frames, one.base);
					const size = one.frames.groups.length;
					const own = ownOf(one, view, metric);
					const sums = calltree.byGroup(one.base, group, size, calltree.outermost(one.base, group, size), own, calltree.sumUp(one.base, own));
					numbers[side].forEach((at, i) => add(at, sums.self[i], sums.whole[i]));
				}
				return { self, whole };
			}));
		},

		changes(settings, of, size) {
			const exact = this.whole(settings);
			const group = tree.frame.map((at) => of[at]);
			const [before, after] = exact.map(({ self, whole }, side) => {
				if (of === this.frames.groupOf) return { self, whole };
				const own = new Float64Array(size);
				self.forEach((value, at) => (own[of[at]] += value));
				const held = this.stacks(settings)[side];
				const sums = calltree.byGroup(tree, group, size, calltree.outermost(tree, group, size), held, calltree.sumUp(tree, held));
				return { self: own, whole: sums.whole.map((value, i) => Math.max(value, own[i])) };
			});
			return Array.from(before.self, (own, i) => [after.self[i] - own, after.whole[i] - before.whole[i], own, after.self[i], before.whole[i], after.whole[i]]);
		},

		stacks({ view, metric }) {
			return this.once("stacks", [view, metric], () => own(view, metric));
		},

		// The line of a stack's frame is that of its heaviest call, in head where head has it.
		lines({ view, metric }) {
			return this.once("lines", [view, metric], () => {
				const lines = new Uint32Array(tree.parent.length);
				const most = new Float64Array(lines.length);
				for (const side of [1, 0]) {
					const { base, frames: of } = sides[side];
					const total = calltree.sumUp(base, ownOf(sides[side], view, metric));
					const free = most.map((size) => Number(!size));
					base.frame.forEach((at, node) => {
						const raw = offsets[side] + node;
						const to = place[raw];
						if (fate[raw] !== calltree.KEEP || frame[raw] !== tree.frame[to] || !free[to] || total[node] <= most[to]) return;
						most[to] = total[node];
						lines[to] = of.lineOf[at];
					});
				}
				return lines;
			});
		},

		renames(settings) {
			const { groups } = this.frames;
			return this.once("renames", [settings.view, settings.metric], () => matching.renames(tree, this.stacks(settings), knows, (at) => groups[this.frames.groupOf[at]]));
		},
	}));
};
