"use strict";
/* What kind of leak: when the memory that was never freed was allocated. And which leaks are suppressed. */

const leaks = {
	SLICES: 20,

	/**
	 * A suppression of LeakSanitizer's form, `leak:pattern`: part of a function's or file's name, `*` for anything, `^`
	 * and `$` for its ends.
	 * @param {string} line
	 */
	pattern(line) {
		const source = line.trim().replace(/^leak:/, "").replace(/[.+?(){}|[\]\\]/g, "\\$&").replace(/\*/g, ".*");
		return new RegExp(source.replace(/(?!^)\^/g, "\\^").replace(/\$(?!$)/g, "\\$"));
	},

	/**
	 * The kind of every function's own leak; nothing where it has none.
	 * @param {Model} model
	 * @param {Settings} settings
	 */
	kinds(model, settings) {
		const { place, group } = model.shape(settings);
		const rows = model.rows(model.has("lifetimes") ? "lifetimes" : "high_water");
		const keep = model.keep({ ...settings, view: "leaks" }, rows);
		const [begin] = model.bounds(0);
		const length = model.bounds(model.time.length)[1] - begin || 1;
		/** @type {Float64Array[]} */
		const slices = [];
		for (let row = 0; row < rows.node.length; row++) {
			if (rows.freed[row] !== Model.NEVER || (keep && !keep(row))) continue;
			const of = group[place[rows.node[row]]];
			const slice = Math.floor((leaks.SLICES * (model.bounds(rows.allocated[row])[1] - begin)) / length);
			slices[of] ||= new Float64Array(leaks.SLICES);
			slices[of][Math.min(slice, leaks.SLICES - 1)] += rows.bytes[row];
		}
		return slices.map(leaks.kind);
	},

	/**
	 * All in the first fifth: a cache, an import. All at one moment: once. In many slices and on to the end: the real
	 * thing.
	 * @param {Float64Array} slices
	 * @returns {Kind}
	 */
	kind(slices) {
		const sum = (/** @type {number} */ from, /** @type {number} */ to) => slices.slice(from, to).reduce((total, value) => total + value, 0);
		const whole = sum(0, leaks.SLICES);
		const busy = slices.filter((value) => value >= whole / 100).length;
		if (sum(0, leaks.SLICES / 5) >= 0.9 * whole) return { name: "at start", rank: 1, slices };
		if (Math.max(...slices) >= 0.9 * whole) return { name: "once", rank: 2, slices };
		if (busy >= 7 && sum(leaks.SLICES / 2, leaks.SLICES) >= 0.25 * whole) return { name: "steadily", rank: 4, slices };
		return { name: "at times", rank: 3, slices };
	},

	/** A row of bars: when it was allocated. @param {Kind} kind */
	spark({ slices }) {
		const most = Math.max(...slices);
		const bars = [...slices].map((value, i) => (value ? `M${i * 3} 14h2v-${Math.max(1, (13 * value) / most).toFixed(1)}h-2z` : ""));
		return make("svg", { class: "viewer-spark", viewBox: "0 0 60 15", "aria-hidden": "true" }, make("path", { d: bars.join("") }));
	},
};
