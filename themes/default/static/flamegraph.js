/* Draws graphs on a canvas. What is outside the window or too narrow to see costs nothing. */

const ROW = 20;

/** @type {(box: HTMLElement) => Flamegraph} */
const flamegraph = box => {
	const sheet = find(".graph-sheet", box),
		/** @type {HTMLCanvasElement} */
		canvas = find("canvas", box),
		/** @type {Map<string, number>} */
		widths = new Map();
	/** Stretches of nodes too small to see. @type {Box[]} */
	let small = [];
	let font = "";
	/** Dots on what is new, stripes on what is gone. @type {Record<string, CanvasPattern | null>} */
	const hatches = {},
		hatch = /** @param {string} how */ how => {
		const tile = new OffscreenCanvas(6, 6),
			ink = /** @type {OffscreenCanvasRenderingContext2D} */ (tile.getContext("2d"));
		ink.globalAlpha = 0.2;
		ink.fillStyle = self.ink;
		if (how === "new") ink.fillRect(3, 3, 1.5, 1.5);
		else for (let at = 0; at < 6; at++) ink.fillRect(at, 5 - at, 1, 1.5);
		return ink.createPattern(tile, "repeat");
	};

	/** Makes the boxes of a graph. @param {Graph} graph @param {number} pane */
	const layOut = (graph, pane) => {
		const { scene, width } = self,
			{ parent, depth, start, value } = graph,
			zoom = scene.zoom.pane === pane ? scene.zoom.node : 0,
			scale = width / value[zoom],
			/** @type {Box[][]} */
			[boxes, runs] = [[], []];
		for (let node = zoom; node; ) {
			node = parent[node];
			boxes.push({ pane, node, left: 0, right: width, row: depth[node] });
		}
		const made = /** @param {number} node */ node => {
				const left = (start[node] - start[zoom]) * scale;
				return { pane, node, left, right: left + value[node] * scale, row: depth[node] };
			},
			skip = /** @param {number} node */ node => {
				const next = made(node),
					last = runs[runs.length - 1];
				if (last?.row === next.row && next.left - last.right < 0.5) last.right = next.right;
				else runs.push(next);
			};
		graph.visit(zoom, max(1 / scale, scene.least), node => boxes.push(made(node)), skip);
		const deepest = boxes.reduce((most, { row }) => max(most, row), 0),
			// Of two graphs the first grows upwards, and its root is in the second's first row.
			upwards = scene.panes.length > 1 ? !pane : scene.flames,
			shift = pane ? self.rows - 1 : 0;
		for (const one of [...boxes, ...runs]) one.row = upwards ? deepest - one.row : one.row + shift;
		self.rows = shift + deepest + 1;
		self.boxes.push(...boxes);
		small.push(...runs.filter(({ row, left, right }) => row >= 0 && row < self.rows && right - left > 0.3));
	};

	/** Writes what fits; gives how wide it is. @param {CanvasRenderingContext2D} pen @param {string} text @param {number} x @param {number} y @param {number} room */
	const write = (pen, text, x, y, room) => {
		const shown = text.slice(0, 300),
			wide = widths.get(shown) ?? pen.measureText(shown).width;
		widths.set(shown, wide);
		const letters = floor((shown.length * room) / wide) - 1;
		if (wide <= room) pen.fillText(shown, x, y);
		else if (letters > 1) pen.fillText(`${shown.slice(0, letters)}…`, x, y);
		return min(wide, room);
	};

	/** @type {Flamegraph} */
	const self = {
		box, boxes: [],
		.../** @type {any} */ ({}),

		restyle() {
			const style = getComputedStyle(box);
			for (const name of /** @type {const} */ (["ink", "soft", "paper", "folded", "lit"])) self[name] = style.getPropertyValue(`--graph-${name}`);
			font = `12px ${style.fontFamily}`;
			widths.clear();
			for (const how of ["new", "gone"]) hatches[how] = hatch(how);
		},

		show(shown) {
			self.scene = shown;
			self.width = box.clientWidth;
			self.boxes = [];
			self.rows = 0;
			small = [];
			shown.panes.forEach(layOut);
			sheet.style.height = `${self.rows * ROW}px`;
			self.paint();
		},

		paint() {
			const height = min(box.clientHeight, self.rows * ROW) || ROW,
				ratio = devicePixelRatio || 1,
				[wide, high] = [self.width * ratio, height * ratio].map(round);
			if (canvas.width !== wide || canvas.height !== high) {
				Object.assign(canvas, { width: wide, height: high });
				Object.assign(canvas.style, { width: `${self.width}px`, height: `${height}px` });
			}
			self.render(canvas, ratio, box.scrollTop, height);
		},

		render(target, ratio, top, height) {
			const { scene, ink, soft, paper, folded } = self,
				pen = target.getContext("2d", { alpha: false });
			if (!pen || !scene) return;
			pen.setTransform(ratio, 0, 0, ratio, 0, -top * ratio);
			pen.globalAlpha = 1;
			pen.fillStyle = paper;
			pen.fillRect(0, top, self.width, height);
			const seen = (/** @type {Box} */ { row }) => row * ROW > top - ROW && row * ROW < top + height;
			pen.fillStyle = folded;
			for (const { row, left, right } of small.filter(seen)) pen.fillRect(left, row * ROW, right - left, ROW - 1);
			pen.font = font;
			pen.textBaseline = "middle";
			let slanted = false;
			const zoomed = scene.panes[scene.zoom.pane].depth[scene.zoom.node];
			for (const one of self.boxes.filter(seen)) {
				const { left, right, pane, node } = one,
					y = one.row * ROW,
					room = right - left,
					above = pane === scene.zoom.pane && scene.panes[pane].depth[node] < zoomed,
					lit = !scene.lit || scene.lit(one);
				pen.globalAlpha = above ? 0.5 : lit ? 1 : 0.3;
				pen.fillStyle = scene.lit && lit ? self.lit : scene.fill(one);
				pen.fillRect(left, y, max(room - (room > 3 ? 1 : 0), 0.6), ROW - 1);
				const pattern = hatches[scene.hatch(one)];
				if (pattern) {
					pen.fillStyle = pattern;
					pen.fillRect(left, y, room - 1, ROW - 1);
				}
				pen.globalAlpha = lit || above ? 1 : 0.6;
				if (room > 4 && scene.chosen(one)) {
					pen.lineWidth = 2;
					pen.strokeStyle = ink;
					pen.strokeRect(left + 1, y + 1, room - 3, ROW - 3);
				}
				if (room < 26) continue;
				if (slanted !== scene.italic(one)) {
					slanted = !slanted;
					pen.font = slanted ? `italic ${font}` : font;
				}
				const [name, place] = scene.label(one);
				pen.fillStyle = ink;
				const used = write(pen, name, left + 5, y + ROW / 2, room - 9);
				if (!place || room - used < 50) continue;
				pen.fillStyle = soft;
				write(pen, place, left + 12 + used, y + ROW / 2, room - used - 16);
			}
		},

		under({ clientX, clientY }) {
			const { left, top } = sheet.getBoundingClientRect(),
				x = clientX - left,
				row = floor((clientY - top) / ROW);
			return self.boxes.find(one => one.row === row && one.left <= x && x < one.right);
		},

		where: ({ pane, node }) => self.boxes.find(one => one.node === node && one.pane === pane),

		ring(which, spot) {
			const ring = find(`.graph-${which}`, box),
				at = spot && self.where(spot);
			ring.hidden = !at;
			if (!at) return;
			ring.style.translate = `${at.left}px ${at.row * ROW}px`;
			ring.style.width = `${max(at.right - at.left - 1, 2)}px`;
		},

		reveal(spot) {
			const top = (self.where(spot)?.row || 0) * ROW;
			box.scrollTop = clamp(box.scrollTop, top + ROW - box.clientHeight, top);
		}
	};

	on(box, "scroll", self.paint);
	new ResizeObserver(() => self.scene && box.clientWidth !== self.width && self.show(self.scene)).observe(box);
	return self;
};
