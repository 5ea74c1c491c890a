"use strict";
/* What things are called and how figures are written. */

/** @type {Names} */
const names = {
	NO_FRAMES: "<no frames>",

	COMPREHENSION: /^<(list|dict|set)comp>$/,

	// As memray writes sizes, to the character: decimal units, three decimals, ties to the even digit.
	size(bytes) {
		let value = Math.abs(bytes);
		let unit = 0;
		for (; value >= 1000 && unit < 5; unit++) value /= 1000;
		// At three decimals a double is a tie only where it is an odd sixteenth.
		if ((value * 16) % 2 === 1) value = (2 * Math.round(value * 500)) / 1000;
		return `${bytes < 0 ? "-" : ""}${value.toFixed(3)}${["", "k", "M", "G", "T", "P"][unit]}B`;
	},

	count: (value) => String(value).replace(/\B(?=(\d{3})+$)/g, ","),

	figure: (value, metric) => (metric === "bytes" ? names.size(value) : names.count(value)),

	change: (value, metric) => (value > 0 ? "+" : "") + names.figure(value, metric),

	allocations: (value) => `${names.count(value)} allocation${value === 1 ? "" : "s"}`,

	share(part, whole) {
		const percent = whole ? (100 * part) / whole : 0;
		return percent > 0 && percent < 0.1 ? "<0.1 %" : `${percent.toFixed(1)} %`;
	},

	duration(milliseconds) {
		const seconds = milliseconds / 1000;
		if (seconds < 59.95) return `${seconds.toFixed(seconds < 9.995 ? 2 : 1)} s`;
		const [large, small, units] = seconds < 3600 ? [60, 1, ["min", "s"]] : seconds < 86400 ? [3600, 60, ["h", "min"]] : [86400, 3600, ["d", "h"]];
		const whole = Math.round(seconds / small) * small;
		const rest = Math.floor((whole % large) / small);
		return `${Math.floor(whole / large)} ${units[0]}` + (rest ? ` ${rest} ${units[1]}` : "");
	},

	frames({ functions, files, kind }, columns) {
		const functionOf = columns["frames.function"];
		const fileOf = columns["frames.file"];
		const groups = [{ name: names.NO_FRAMES, file: -1 }];
		/** @type {Map<string, number>} */
		const known = new Map();
		const groupOf = new Uint32Array(functionOf.length);
		for (let frame = 1; frame < groupOf.length; frame++) {
			const name = functions[functionOf[frame]];
			const file = fileOf[frame];
			const key = `${files[file].name}\0${name}`;
			if (!known.has(key)) known.set(key, groups.push({ name, file }) - 1);
			groupOf[frame] = known.get(key) || 0;
		}
		const short = names.shortest(files.map((/** @type {SourceFile} */ file) => file.name));
		return { functions, files, functionOf, fileOf, lineOf: columns["frames.line"], kind, groupOf, groups, short };
	},

	// For each path the shortest end of it that no other path has.
	shortest(paths) {
		const shown = paths.map((path) => path.slice(path.lastIndexOf("/") + 1));
		for (let parts = 2; parts < 6; parts++) {
			/** @type {Map<string, string | null>} */
			const owner = new Map();
			shown.forEach((name, i) => owner.set(name, owner.has(name) && owner.get(name) !== paths[i] ? null : paths[i]));
			shown.forEach((name, i) => {
				if (owner.get(name) === null) shown[i] = paths[i].split("/").slice(-parts).join("/");
			});
		}
		return shown;
	},

	// What a function is called: a module's own code by its file, for `<module>` says nothing.
	called(frames, name, file) {
		return file >= 0 && name === "<module>" ? frames.files[file].name : name || frames.short[file] || "?";
	},

	label: (frames, frame) => names.called(frames, frames.functions[frames.functionOf[frame]], frames.fileOf[frame]),

	// Where a frame is: its file, shortened, and its line.
	place(frames, frame) {
		return frames.short[frames.fileOf[frame]] + (frames.lineOf[frame] ? `:${frames.lineOf[frame]}` : "");
	},

	// The function of every node: a comprehension counts for the function of the same file that calls it.
	groupsOf({ groupOf, groups, files }, tree) {
		const unnamed = groups.map(({ name }) => names.COMPREHENSION.test(name));
		const group = tree.frame.map((frame) => groupOf[frame]);
		group[0] = 0;
		for (let node = 1; node < group.length; node++) {
			if (!unnamed[group[node]]) continue;
			const above = group[tree.parent[node]];
			const file = groups[above].file;
			if (above && files[file].name === files[groups[group[node]].file].name) group[node] = above;
		}
		return group;
	},
};
