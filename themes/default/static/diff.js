"use strict";
/*
 * Two captures as one: the union of their trees, function by function (lines shift from commit to commit). A box is as
 * wide as the larger side, so that what is gone keeps its place; how it changed takes the place of the count.
 */

/** How a box changed. @param {number} width @param {number} change */
const howChanged = (width, change) => {
	if (change > 0) return change >= width ? "new" : "grown";
	return !change ? "same" : -change === width ? "gone" : "shrunk";
};

/** @param {Model} model @returns {model is Model & Sides} */
const isDiff = (model) => "sides" in model;

/** @type {(models: Model[]) => Model & Sides} */
const diff = (models) => {
	const analysis = { ...models[1].analysis, folded: null, threads: [], functions: [""], files: [{ path: "", name: "", package: "", origin: "" }], kind: "p" };
	/** @type {number[][]} */
	const [functionOf, fileOf, lineOf, parent, frame, fate] = [[0], [0], [0], [0], [0], [calltree.KEEP]];
	/** @type {Map<string, number>} */
	const known = new Map([["", 0]]);
	const offsets = models.map(({ base, frames }) => {
		const offset = parent.length;
		const group = names.groupsOf(frames, base);
		for (let node = 0; node < group.length; node++) {
			const at = base.frame[node];
			const { name, file } = frames.groups[group[node]];
			const key = node ? `${frames.files[file].name}\0${name}` : "";
			if (!known.has(key)) {
				known.set(key, functionOf.length);
				functionOf.push(analysis.functions.push(name) - 1);
				fileOf.push(analysis.files.push(frames.files[file]) - 1);
				lineOf.push(frames.lineOf[at]);
				analysis.kind += frames.kind[at];
			}
			parent.push(node && offset + base.parent[node]);
			frame.push(known.get(key) || 0);
			// A comprehension counts for the function around it.
			fate.push(!node ? calltree.TOP : group[node] === frames.groupOf[at] ? calltree.KEEP : calltree.SPLICE);
		}
		return offset;
	});
	const { tree, place } = calltree.regrow(Uint32Array.from(parent), Uint32Array.from(frame), Uint8Array.from(fate));
	/** @type {Columns} */
	const columns = {
		"tree.parent": tree.parent, "tree.frame": tree.frame, "snapshots.time": new Uint32Array(0),
		"frames.function": Uint32Array.from(functionOf), "frames.file": Uint32Array.from(fileOf), "frames.line": Uint32Array.from(lineOf),
	};
	for (const view of ["peak", "leaks", "temporary"]) {
		if (!models.every((side) => side.has(view))) continue;
		for (const name of ["node", "thread", "bytes", "count"]) {
			// Where a side keeps its threads, the union keeps the side.
			columns[`${view}.${name}`] = Float64Array.from(models.flatMap((one, side) =>
				Array.from(one.columns[`${view}.${name}`], (value) => (name === "node" ? place[offsets[side] + value] : name === "thread" ? side : value)),
			));
		}
	}

	return Object.assign(model({ header: { analysis, beside: models[1].beside }, columns }), /** @type {Sides & ThisType<Model & Sides>} */ ({
		own(settings) {
			const { gone } = settings;
			const [before, after] = this.sides(settings);
			return this.once("own", [after, gone], () => ({
				bytes: after.map((value, node) => (gone ? Math.max(value, before[node]) : value)),
				count: after.map((value, node) => value - before[node]),
			}));
		},

		// The width is all that can be drawn, whatever is measured.
		drawn: () => "bytes",

		sides(settings) {
			const { view, metric, irrelevant, imports } = settings;
			return this.once("sides", [view, metric, irrelevant, imports], () => {
				const { tree: shown, place: at } = this.shape(settings);
				const rows = this.rows(view);
				return [0, 1].map((side) => calltree.weigh(rows, at, shown.parent.length, (row) => rows.thread[row] === side)[metric]);
			});
		},

		changes(settings, group, size, first) {
			const { tree: shown } = this.shape(settings);
			const [before, after] = this.sides(settings).map((own) => calltree.byGroup(shown, group, size, first, own, calltree.sumUp(shown, own)));
			return Array.from(before.self, (own, i) => [after.self[i] - own, after.whole[i] - before.whole[i], own, after.self[i]]);
		},
	}));
};
