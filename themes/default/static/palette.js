
/** How a box changed, before its name: colours alone do not tell. @type {Record<Change, string>} */
const SIGNS = { new: "+ ", grown: "▴ ", same: "", shrunk: "▾ ", gone: "× " };

/** Where code is from, the reader's own first. */
const ORIGINS = ["project", "installed", "stdlib"];

/** Colours of packages, kinds of code, depths, threads and changes; they stand in viewer.css. @type {(mount: HTMLElement, files: SourceFile[]) => Palette} */
const palette = (mount, files) => {
	const get = /** @param {string} name */ name => getComputedStyle(mount).getPropertyValue(`--graph-${name}`),
		hues = [..."012345678"].map(get),
		native = get("native"),
		changes = { new: get("new"), grown: get("grown"), same: native, shrunk: get("shrunk"), gone: get("gone") },
		/** The number of each package's colour; 9, which is none, for what is no package. @type {Map<string, number>} */
		hueOf = new Map([["", 9], ["native", 9]]);
	// A package has the same colour on every page and in every run, unless it would share it with one that comes first here.
	for (const { package: name } of [...ORIGINS, "native"].flatMap(from => files.filter(file => file.origin === from))) {
		if (hueOf.has(name)) continue;
		let hue = sumOf(new TextEncoder().encode(name)) % 9;
		if (hueOf.size < 11) while ([...hueOf.values()].includes(hue)) hue = (hue + 1) % 9;
		hueOf.set(name, hue);
	}
	return {
		hues, changes,
		root: get("root"),

		ofFile: (file, by) => hues[by === "origin" ? ORIGINS.indexOf(file.origin) : (hueOf.get(file.package) ?? 9)] || native,

		painter(by, frames, panes, threads, side) {
			if (by === "change") {
				// Red for more, blue for less, the stronger the larger the part; purple for new.
				return ({ pane, node }) => {
					const [width, change] = [panes[pane].value[node], panes[pane].count[node]],
						how = howChanged(width, change, side);
					if (how !== "grown" && how !== "shrunk") return changes[how];
					return `color-mix(in srgb, ${changes[how]} ${round(20 + min(1, abs(change) / width) * 80)}%, ${native})`;
				};
			}
			if (by === "depth") return ({ pane, node }) => hues[panes[pane].depth[node] % 9];
			if (by === "thread") return ({ node }) => hues[threads[node] % 9] || native;
			const colours = files.map(file => this.ofFile(file, by));
			return ({ pane, node }) => colours[frames.fileOf[panes[pane].frame[node]]];
		}
	};
};
