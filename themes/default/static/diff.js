"use strict";
/*
 * Two captures as one: the union of their trees, function by function (lines shift from commit to commit). A box is as
 * wide as the larger side, so that what is gone keeps its place; how it changed takes the place of the count.
 */

class Diff extends Model {
	/** @param {Model[]} models  before, after */
	static of(models) {
		/** @type {Columns} */
		const columns = { "snapshots.time": new Uint32Array(0) };
		const analysis = { ...models[1].analysis, threads: [], functions: [""], files: [{ path: "", name: "", package: "", origin: "" }], kind: "p" };
		/** @type {number[][]} */
		const [functionOf, fileOf, lineOf, parent, frame, fate] = [[0], [0], [0], [0], [0], [calltree.KEEP]];
		/** @type {Map<string, number>} */
		const known = new Map();
		const offsets = models.map(({ base, frames }) => {
			const offset = parent.length;
			const group = names.groupsOf(frames, base);
			for (let node = 0; node < group.length; node++) {
				const { name, file } = frames.groups[group[node]];
				const key = node ? `${frames.files[file].name}\0${name}` : "";
				if (node && !known.has(key)) {
					known.set(key, functionOf.length);
					functionOf.push(analysis.functions.push(name) - 1);
					fileOf.push(analysis.files.push(frames.files[file]) - 1);
					lineOf.push(frames.lineOf[base.frame[node]]);
					analysis.kind += frames.kind[base.frame[node]];
				}
				parent.push(node && offset + base.parent[node]);
				frame.push(known.get(key) || 0);
				// A comprehension counts for the function around it.
				fate.push(!node ? calltree.TOP : group[node] !== frames.groupOf[base.frame[node]] ? calltree.SPLICE : calltree.KEEP);
			}
			return offset;
		});
		const { tree, place } = calltree.regrow(Uint32Array.from(parent), Uint32Array.from(frame), Uint8Array.from(fate));
		Object.assign(columns, { "tree.parent": tree.parent, "tree.frame": tree.frame });
		Object.entries({ function: functionOf, file: fileOf, line: lineOf }).forEach(([name, values]) => (columns[`frames.${name}`] = Uint32Array.from(values)));
		for (const view of ["peak", "leaks", "temporary"]) {
			if (!models.every((model) => model.has(view))) continue;
			const sides = models.map((model) => model.rows(view));
			const both = (/** @type {(rows: ViewRows, side: number) => ArrayLike<number>} */ pick) => Float64Array.from(sides.flatMap((rows, side) => Array.from(pick(rows, side))));
			columns[`${view}.node`] = both(({ node }, side) => Array.from(node, (at) => place[offsets[side] + at]));
			columns[`${view}.thread`] = both(({ node }, side) => new Uint8Array(node.length).fill(side));
			columns[`${view}.bytes`] = both(({ bytes }) => bytes);
			columns[`${view}.count`] = both(({ count }) => count);
		}
		return new Diff({ header: { analysis, beside: models[1].beside }, columns });
	}

	/** @param {Settings} settings */
	own(settings) {
		const { gone } = settings;
		const [before, after] = this.sides(settings);
		return this.once("own", [after, gone], () => ({
			bytes: after.map((value, node) => (gone ? Math.max(value, before[node]) : value)),
			count: after.map((value, node) => value - before[node]),
		}));
	}

	/** The width is all that can be drawn, whatever is measured. @returns {Metric} */
	drawn() {
		return "bytes";
	}

	/** What every node held itself, before and after. @param {Settings} settings */
	sides(settings) {
		const { view, metric, irrelevant, imports } = settings;
		return this.once("sides", [view, metric, irrelevant, imports], () => {
			const { tree, place } = this.shape(settings);
			const rows = this.rows(view);
			return [0, 1].map((side) => calltree.weigh(rows, place, tree.parent.length, (row) => rows.thread[row] === side)[metric]);
		});
	}

	/**
	 * By group: change of what it holds itself, and with what it calls; itself before, itself after.
	 * @param {Settings} settings
	 * @param {Uint32Array} group
	 * @param {number} size
	 * @param {Uint8Array} first
	 */
	changes(settings, group, size, first) {
		const { tree } = this.shape(settings);
		const [before, after] = this.sides(settings).map((own) => calltree.byGroup(tree, group, size, first, own, calltree.sumUp(tree, own)));
		return Array.from(before.self, (own, i) => [after.self[i] - own, after.whole[i] - before.whole[i], own, after.self[i]]);
	}

	/** How a box changed. @param {number} width @param {number} change */
	static how(width, change) {
		if (change > 0) return change >= width ? "new" : "grown";
		return !change ? "same" : -change === width ? "gone" : "shrunk";
	}
}
