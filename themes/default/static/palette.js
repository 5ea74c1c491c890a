
/** How a box changed, before its name: colours alone do not tell. @type {Record<Change, string>} */
const SIGNS = { new: "+ ", grown: "▴ ", same: "", shrunk: "▾ ", gone: "× " };

/** Colours of packages, kinds of code, depths, threads and changes; they stand in viewer.css. @type {(mount: HTMLElement) => Palette} */
const palette = mount => {
	const get = /** @param {string} name */ name => getComputedStyle(mount).getPropertyValue(`--graph-${name}`),
		hues = [..."012345678"].map(get),
		native = get("native"),
		changes = { new: get("new"), grown: get("grown"), same: native, shrunk: get("shrunk"), gone: get("gone") };
	return {
		hues, changes,
		root: get("root"),

		// The same package has the same colour on every page and in every run.
		ofPackage({ package: name, origin }) {
			if (origin === "native" && name === "native") return native;
			let hash = 0x811c9dc5;
			for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
			return hues[((hash ^ (hash >>> 15)) >>> 0) % 9];
		},

		ofOrigin: origin => hues[["project", "installed", "stdlib"].indexOf(origin)] || native,

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
			const colours = frames.files.map(file => (by === "origin" ? this.ofOrigin(file.origin) : this.ofPackage(file)));
			return ({ pane, node }) => colours[frames.fileOf[panes[pane].frame[node]]];
		}
	};
};
