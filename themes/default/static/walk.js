/* The keyboard's way through the graph, the way through what a search found, and what a screen reader hears of it. */

/** @type {(viewer: Viewer) => Walk} */
const walk = viewer => {
	const { flame } = viewer;
	/** @type {Walk} */
	const self = {
		move(to) {
			const at = flame.where(viewer.spot);
			if (!at) return self.go(viewer.zoom);
			const row = at.row + ({ Up: -1, Down: 1 }[to] || 0),
				side = { Left: -1, Right: 1 }[to] || 0,
				near = flame.boxes.filter(box => box.row === row && (side ? (box.left - at.left) * side > 0 : box.left < at.right && box.right > at.left));
			near.sort((a, b) => (side ? (a.left - b.left) * side : b.right - b.left - (a.right - a.left)));
			if (near[0]) self.go(near[0]);
		},

		go({ pane, node }, before = "") {
			const spot = (viewer.spot = { pane, node });
			flame.reveal(spot);
			flame.ring("focus", spot);
			viewer.panels.strip();
			const { name, where, figures } = viewer.panels.about(spot);
			self.say(before + [name, where, ...figures].filter(Boolean).join(", "));
		},

		// Goes through what the search found, largest first.
		step(by) {
			const found = self.found();
			if (!found[0]) return self.say(viewer.matches ? "No match." : "Nothing is searched for.");
			const { pane, node } = viewer.spot,
				at = found.findIndex(spot => pane === spot.pane && node === spot.node),
				next = (max(at + by, -1) + found.length) % found.length,
				spot = (viewer.spot = found[next]),
				box = flame.where(spot);
			if (!box || box.right - box.left < 12) state.set({ zoom: viewer.zoomText(spot) }, "move");
			self.go(spot, `Match ${next + 1} of ${found.length}: `);
		},

		// The topmost nodes that match, largest first; in graphs that grow as they are seen, of what was seen.
		found() {
			const { matches, panes } = viewer;
			if (!matches) return [];
			const spots = panes.flatMap(({ tree, value, frame, parent }, pane) => {
				const nodes = tree ? calltree.topmost(tree, value, matches)
					: [.../** @type {number[]} */ (frame).keys()].filter(node => node && value[node] > 0 && matches[frame[node]] && !(parent[node] && matches[frame[parent[node]]]));
				return nodes.map(node => ({ pane, node, value: value[node] }));
			});
			return spots.sort((a, b) => b.value - a.value || a.node - b.node);
		},

		say(text) {
			fill(viewer.part("live"), text);
		}
	};
	return self;
};
