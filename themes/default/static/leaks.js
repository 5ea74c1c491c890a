/* What kind of leak, as sitegen/insight/leaks.py tells it, and which leaks are suppressed. */

/** @type {Leaks} */
const leaks = {
	RANK: ["unknown", "start", "once", "levelled off", "irregular", "late", "steady"],
	MEANING: [
		"some time", "at the start", "at one moment", "again and again, then no more: a full cache, say",
		"now and then", "late", "steadily until the end"
	],

	// A suppression of LeakSanitizer's form: part of a name, `*` for anything, `^` and `$` for its ends.
	pattern(text) {
		const [, start, middle, end] = /^(\^?)(.*?)(\$?)$/s.exec(text) || [];
		return new RegExp(start + middle.replace(/\W/g, sign => (sign === "*" ? ".*" : `\\${sign}`)) + end, "s");
	},

	clock(model) {
		const ends = [...model.time, model.bounds(model.time.length)[1]],
			begin = min(model.analysis.facts.started, ends[0]),
			whole = ends[ends.length - 1] - begin || 1,
			when = ends.map((end, i) => ((ends[i - 1] ?? begin) + end - 2 * begin) / (2 * whole)),
			// The program works from its first allocations to its last, the first and the last hundredth left out.
			{ allocated, count } = model.rows("lifetimes"),
			until = when.map(() => 0);
		allocated.forEach((window, row) => (until[window] += count[row]));
		until.forEach((_, window) => (until[window] += until[window - 1] || 0));
		const all = until[until.length - 1],
			[from, to] = [0.01, 0.99].map(share => when[until.findIndex(value => value >= share * all)]);
		return { when, working: to > from ? when.map(moment => clamp((moment - from) / (to - from), 0, 1)) : [] };
	},

	kinds(model, groupOf, keep) {
		const { node, allocated, freed, bytes, count } = model.rows("lifetimes"),
			{ when, working } = model.once("clock", [], () => leaks.clock(model)),
			/** By group: window -> bytes, and the number of allocations. @type {{born: Map<number, number>, count: number}[]} */
			groups = [];
		allocated.forEach((window, row) => {
			if (freed[row] !== NEVER || (keep && !keep(row))) return;
			const group = (groups[groupOf(node[row])] ||= { born: new Map(), count: 0 });
			group.born.set(window, (group.born.get(window) || 0) + bytes[row]);
			group.count += count[row];
		});
		const known = new Set(working.filter(place => place > 0 && place < 1)).size >= 8;
		return groups.map(group => {
			const bins = new Array(20).fill(0);
			for (const [window, size] of group.born) bins[min(floor(when[window] * 20), 19)] += size;
			return { bins, rank: known ? leaks.RANK.indexOf(leaks.kind(group.born, working, group.count)) : 0 };
		});
	},

	// By when the middle nine tenths of the bytes were allocated.
	kind(born, working, count) {
		const windows = [...born.keys()].sort((a, b) => a - b),
			all = sumOf(born.values()),
			at = /** @param {number} share */ share => {
				let sum = 0;
				return working[windows.find(window => (sum += born.get(window) || 0) >= share * all) ?? windows[0]];
			},
			[first, last] = [at(0.05), at(0.95)];
		if (last <= 0.15) return "start";
		if (first >= 0.85) return "late";
		if (last - first <= 0.05) return "once";
		if (first > 0.5 && last > 0.85) return "late";
		const tenth = /** @param {number} place */ place => min(floor(place * 10), 9),
			[from, to] = [tenth(first), tenth(last)],
			tenths = new Set(windows.map(window => tenth(working[window])).filter(part => part >= from && part <= to));
		if (count < 4 || tenths.size <= (to - from + 1) / 2) return "irregular";
		return last > 0.85 ? "steady" : "levelled off";
	},

	// A row of bars, when it was allocated, and the kind.
	cell({ bins, rank }) {
		const most = max(...bins),
			bars = bins.map((value, i) => (value ? `M${i * 3} 14h2v-${max(1, (13 * value) / most).toFixed(1)}h-2z` : ""));
		return make("td.viewer-when", { title: `Allocated ${leaks.MEANING[rank]}` },
			make("svg.viewer-spark", { viewBox: "0 0 60 15", "aria-hidden": true }, make("path", { d: bars.join("") })), ` ${leaks.RANK[rank]}`);
	}
};
