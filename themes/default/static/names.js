"use strict";
/* What things are called and how figures are written. */

const NO_FRAMES = "<no frames>",
	COMPREHENSION = /^<(list|dict|set)comp>$/;

/** @type {Names} */
const names = {
	// As memray writes sizes, to the character: decimal units, three decimals, ties to the even digit.
	size(bytes) {
		let value = abs(bytes);
		let unit = 0;
		for (; value >= 1000 && unit < 5; unit++) value /= 1000;
		// At three decimals a double is a tie only where it is an odd sixteenth.
		if ((value * 16) % 2 === 1) value = (2 * round(value * 500)) / 1000;
		return `${bytes < 0 ? "-" : ""}${value.toFixed(3)}${["", ..."kMGTP"][unit]}B`;
	},

	count: value => `${value}`.replace(/\B(?=(\d{3})+$)/g, ","),

	figure: (value, metric) => (metric === "bytes" ? names.size(value) : names.count(value)),

	change: (value, metric) => (value > 0 ? "+" : "") + names.figure(value, metric).replace("-", "−"),

	many: (value, word) => `${names.count(value)} ${word}${value === 1 ? "" : "s"}`,

	share(part, whole) {
		const percent = whole ? (100 * part) / whole : 0;
		return percent > 0 && percent < 0.1 ? "<0.1 %" : `${percent.toFixed(1)} %`;
	},

	duration(milliseconds) {
		const seconds = milliseconds / 1000;
		if (seconds < 59.95) return `${seconds.toFixed(seconds < 9.995 ? 2 : 1)} s`;
		const [large, small, unit, part] = seconds < 3600 ? [60, 1, "min", "s"] : seconds < 86400 ? [3600, 60, "h", "min"] : [86400, 3600, "d", "h"],
			whole = round(seconds / +small) * +small,
			rest = floor((whole % +large) / +small);
		return `${floor(whole / +large)} ${unit}` + (rest ? ` ${rest} ${part}` : "");
	},

	frames({ functions, files, kind }, columns) {
		const functionOf = columns["frames.function"],
			fileOf = columns["frames.file"],
			groups = [{ name: NO_FRAMES, file: -1 }],
			/** @type {Map<string, number>} */
			known = new Map(),
			groupOf = Uint32Array.from(functionOf, (at, frame) => {
				if (!frame) return 0;
				const name = functions[at],
					file = fileOf[frame],
					key = `${files[file].name}\0${name}`,
					group = known.get(key) || groups.push({ name, file }) - 1;
				known.set(key, group);
				return group;
			}),
			short = names.shortest(files.map(/** @param {SourceFile} file */ file => file.name)),
			lineOf = columns["frames.line"];
		return {
			functions, files, functionOf, fileOf, lineOf, kind, groupOf, groups, short,

			// What a function is called: a module's own code by its file, for `<module>` says nothing.
			called: (name, file) => (file >= 0 && name === "<module>" ? files[file].name : name || short[file] || "?"),

			label(frame) {
				return this.called(functions[functionOf[frame]], fileOf[frame]);
			},

			// Where a frame is: its file, shortened, and its line.
			place: frame => short[fileOf[frame]] + (lineOf[frame] ? `:${lineOf[frame]}` : ""),

			// The function of every node: a comprehension counts for the function of the same file that calls it, a frame of the interpreter's
			// own for whatever does.
			groupsOf(tree) {
				const { parent, frame, size } = tree,
					unnamed = groups.map(({ name }) => COMPREHENSION.test(name)),
					group = new Uint32Array(size);
				for (let node = 1; node < size; node++) {
					const at = groupOf[frame[node]],
						above = group[parent[node]];
					group[node] = kind[frame[node]] === "c" || (unnamed[at] && files[groups[above].file]?.name === files[groups[at].file].name) ? above : at;
				}
				return group;
			}
		};
	},

	// For each path the shortest end of it that no other path has.
	shortest(paths) {
		const shown = paths.map(path => path.replace(/^.*\//s, ""));
		for (let parts = 2; parts < 6; parts++) {
			/** @type {Map<string, string | null>} */
			const owner = new Map();
			shown.forEach((name, i) => owner.set(name, owner.has(name) && owner.get(name) !== paths[i] ? null : paths[i]));
			shown.forEach((name, i) => {
				if (owner.get(name) === null) shown[i] = paths[i].split("/").slice(-parts).join("/");
			});
		}
		return shown;
	}
};
