"use strict";
/* The keyboard's way through the graph, the way through what a search found, and what a screen reader hears of it. */

/** @type {(viewer: Viewer) => Walk} */
const walk = (viewer) => ({
	move(to) {
		const { flame, spot, now } = viewer;
		const at = flame.where(spot);
		if (!at) return this.go(now.zoom);
		const row = at.row + (to === "Up" ? -1 : to === "Down" ? 1 : 0);
		const side = to === "Left" ? -1 : to === "Right" ? 1 : 0;
		const near = flame.boxes.filter((box) => box.row === row && (side ? (box.left - at.left) * side > 0 : box.left < at.right && box.right > at.left));
		near.sort((a, b) => (side ? (a.left - b.left) * side : b.right - b.left - (a.right - a.left)));
		if (near[0]) this.go(near[0]);
	},

	go({ pane, node }, before = "") {
		viewer.spot = { pane, node };
		viewer.flame.reveal(viewer.spot);
		viewer.flame.ring("focus", viewer.spot);
		viewer.panels.strip();
		const { name, where, figures } = viewer.panels.about(viewer.spot);
		this.say(before + [name, where, ...figures].filter(Boolean).join(", "));
	},

	// Goes through what the search found, largest first.
	step(by) {
		const found = this.found();
		if (!found.length) return this.say(viewer.matches ? "No match." : "Nothing is searched for.");
		const at = found.findIndex(({ pane, node }) => pane === viewer.spot.pane && node === viewer.spot.node);
		const next = at < 0 && by < 0 ? found.length - 1 : (at + by + found.length) % found.length;
		const box = viewer.flame.where((viewer.spot = found[next]));
		if (!box || box.right - box.left < 12) state.set({ zoom: viewer.zoomText(viewer.spot) }, "move");
		viewer.flame.box.classList.add("graph-marked");
		this.go(viewer.spot, `Match ${next + 1} of ${found.length}: `);
	},

	// The topmost nodes that match, largest first; in graphs that grow as they are seen, of what was seen.
	found() {
		const { matches, now } = viewer;
		const spots = now.panes.flatMap(({ tree, value, frame, parent }, pane) => {
			const nodes = [];
			for (let node = 1; matches && node < value.length; node++) {
				if (!matches[frame[node]] || !(value[node] > 0)) continue;
				if (tree || !parent[node] || !matches[frame[parent[node]]]) nodes.push({ pane, node, value: value[node] });
				if (tree) node = tree.end[node] - 1;
			}
			return nodes;
		});
		return spots.sort((a, b) => b.value - a.value || a.node - b.node);
	},

	say(text) {
		viewer.part("live").textContent = text;
	},
});
