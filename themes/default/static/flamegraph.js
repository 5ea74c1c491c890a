"use strict";
/* Draws graphs on a canvas. What is outside the window or too narrow to see costs nothing. */

const ROW = 20;

/** @type {(box: HTMLElement) => Flamegraph} */
const flamegraph = (box) => {
	const sheet = find(box, ".graph-sheet");
	/** @type {HTMLCanvasElement} */
	const canvas = find(box, "canvas");
	/** @type {Map<string, number>} */
	const widths = new Map();
	/** Stretches of nodes too small to see. @type {Box[]} */
	let small = [];
	let font = "";
	/** Dots on what is new, stripes on what is gone. @type {Map<string, CanvasPattern | null>} */
	const hatches = new Map();
	const hatch = (/** @type {CanvasRenderingContext2D} */ pen, /** @type {string} */ how) => {
		const tile = /** @type {HTMLCanvasElement} */ (make("canvas", { width: 6, height: 6 }));
		const ink = /** @type {CanvasRenderingContext2D} */ (tile.getContext("2d"));
		ink.globalAlpha = 0.2;
		ink.fillStyle = self.ink;
		if (how === "new") ink.fillRect(3, 3, 1.5, 1.5);
		else for (let at = 0; at < 6; at++) ink.fillRect(at, 5 - at, 1, 1.5);
		return pen.createPattern(tile, "repeat");
	};

	/** @type {Flamegraph} */
	const self = {
		box, boxes: [], rows: 0, width: 0, ink: "", soft: "", paper: "", folded: "", lit: "",
		scene: /** @type {any} */ (null),

		restyle() {
			const style = getComputedStyle(box);
			for (const name of /** @type {const} */ (["ink", "soft", "paper", "folded", "lit"])) self[name] = style.getPropertyValue(`--graph-${name}`).trim();
			font = `12px ${style.fontFamily}`;
			widths.clear();
			hatches.clear();
		},

		show(shown) {
			self.scene = shown;
			self.width = box.clientWidth;
			self.boxes = [];
			self.rows = 0;
			small = [];
			shown.panes.forEach(self.layOut);
			const height = `${self.rows * ROW}px`;
			if (sheet.style.height !== height) sheet.style.height = height;
			self.paint();
		},

		layOut(graph, pane) {
			const { scene } = self;
			const zoom = scene.zoom.pane === pane ? scene.zoom.node : 0;
			const scale = self.width / graph.value[zoom];
			/** @type {Box[]} */
			const boxes = [];
			/** @type {Box[]} */
			const runs = [];
			for (let node = zoom; node; ) {
				node = graph.parent[node];
				boxes.push({ pane, node, left: 0, right: self.width, row: graph.depth[node] });
			}
			const made = (/** @type {number} */ node) => {
				const left = (graph.start[node] - graph.start[zoom]) * scale;
				return { pane, node, left, right: left + graph.value[node] * scale, row: graph.depth[node] };
			};
			const skip = (/** @type {number} */ node) => {
				const next = made(node);
				const last = runs[runs.length - 1];
				if (last?.row === next.row && next.left - last.right < 0.5) last.right = next.right;
				else runs.push(next);
			};
			graph.visit(zoom, Math.max(1 / scale, scene.least), (node) => boxes.push(made(node)), skip);
			const deepest = boxes.reduce((most, { row }) => Math.max(most, row), 0);
			// Of two graphs the first grows upwards, and its root is in the second's first row.
			const upwards = scene.panes.length > 1 ? !pane : scene.flames;
			const shift = pane ? self.rows - 1 : 0;
			for (const one of [...boxes, ...runs]) one.row = upwards ? deepest - one.row : one.row + shift;
			self.rows = shift + deepest + 1;
			self.boxes.push(...boxes);
			small.push(...runs.filter(({ row, left, right }) => row >= 0 && row < self.rows && right - left > 0.3));
		},

		paint() {
			const height = Math.min(box.clientHeight, self.rows * ROW) || ROW;
			const ratio = devicePixelRatio || 1;
			const size = [self.width * ratio, height * ratio].map(Math.round);
			if (canvas.width !== size[0] || canvas.height !== size[1]) {
				[canvas.width, canvas.height] = size;
				canvas.style.width = `${self.width}px`;
				canvas.style.height = `${height}px`;
			}
			self.render(canvas, ratio, box.scrollTop, height);
		},

		render(target, ratio, top, height) {
			const { scene } = self;
			const pen = target.getContext("2d", { alpha: false });
			if (!pen || !scene) return;
			pen.setTransform(ratio, 0, 0, ratio, 0, -top * ratio);
			pen.globalAlpha = 1;
			pen.fillStyle = self.paper;
			pen.fillRect(0, top, self.width, height);
			const seen = (/** @type {Box} */ { row }) => row * ROW > top - ROW && row * ROW < top + height;
			pen.fillStyle = self.folded;
			for (const { row, left, right } of small.filter(seen)) pen.fillRect(left, row * ROW, right - left, ROW - 1);
			pen.font = font;
			pen.textBaseline = "middle";
			let slanted = false;
			const zoomed = scene.panes[scene.zoom.pane].depth[scene.zoom.node];
			for (const one of self.boxes.filter(seen)) {
				const { left, right, pane, node } = one;
				const y = one.row * ROW;
				const room = right - left;
				const above = pane === scene.zoom.pane && scene.panes[pane].depth[node] < zoomed;
				const lit = !scene.lit || scene.lit(one);
				pen.globalAlpha = above ? 0.5 : lit ? 1 : 0.3;
				pen.fillStyle = scene.lit && lit ? self.lit : scene.fill(one);
				pen.fillRect(left, y, Math.max(room - (room > 3 ? 1 : 0), 0.6), ROW - 1);
				const how = scene.hatch(one);
				if (how === "new" || how === "gone") {
					if (!hatches.has(how)) hatches.set(how, hatch(pen, how));
					pen.fillStyle = hatches.get(how) || "";
					pen.fillRect(left, y, room - 1, ROW - 1);
				}
				pen.globalAlpha = lit || above ? 1 : 0.6;
				if (room > 4 && scene.chosen(one)) {
					pen.lineWidth = 2;
					pen.strokeStyle = self.ink;
					pen.strokeRect(left + 1, y + 1, room - 3, ROW - 3);
				}
				if (room < 26) continue;
				if (slanted !== scene.italic(one)) {
					slanted = !slanted;
					pen.font = slanted ? `italic ${font}` : font;
				}
				const [name, place] = scene.label(one);
				pen.fillStyle = self.ink;
				const used = self.write(pen, name, left + 5, y + ROW / 2, room - 9);
				if (!place || room - used < 50) continue;
				pen.fillStyle = self.soft;
				self.write(pen, place, left + 12 + used, y + ROW / 2, room - used - 16);
			}
		},

		write(pen, text, x, y, room) {
			const shown = text.slice(0, 300);
			const wide = widths.get(shown) ?? pen.measureText(shown).width;
			widths.set(shown, wide);
			const letters = Math.floor((shown.length * room) / wide) - 1;
			if (wide <= room) pen.fillText(shown, x, y);
			else if (letters > 1) pen.fillText(`${shown.slice(0, letters)}…`, x, y);
			return Math.min(wide, room);
		},

		under({ clientX, clientY }) {
			const { left, top } = sheet.getBoundingClientRect();
			const x = clientX - left;
			const row = Math.floor((clientY - top) / ROW);
			return self.boxes.find((one) => one.row === row && one.left <= x && x < one.right);
		},

		where: ({ pane, node }) => self.boxes.find((one) => one.node === node && one.pane === pane),

		ring(which, spot) {
			const ring = find(box, `.graph-${which}`);
			const at = spot && self.where(spot);
			ring.hidden = !at;
			if (!at) return;
			ring.style.transform = `translate(${at.left}px, ${at.row * ROW}px)`;
			ring.style.width = `${Math.max(at.right - at.left - 1, 2)}px`;
		},

		reveal(spot) {
			const top = (self.where(spot)?.row || 0) * ROW;
			box.scrollTop = clamp(box.scrollTop, top + ROW - box.clientHeight, top);
		},
	};

	box.addEventListener("scroll", self.paint);
	new ResizeObserver(() => self.scene && box.clientWidth !== self.width && self.show(self.scene)).observe(box);
	return self;
};
