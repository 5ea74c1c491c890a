"use strict";
/* Draws graphs on a canvas. What is outside the window or too narrow to see costs nothing. */

class Flamegraph {
	static ROW = 20;

	/** @param {HTMLElement} box */
	constructor(box) {
		this.box = box;
		this.sheet = find(box, ".graph-sheet");
		/** @type {HTMLCanvasElement} */
		this.canvas = find(box, "canvas");
		this.rings = { hover: find(box, ".graph-hover"), focus: find(box, ".graph-focus") };
		/** @type {Scene | null} */
		this.scene = null;
		/** @type {Box[]} */
		this.boxes = [];
		/** Stretches of nodes too small to see. @type {Box[]} */
		this.small = [];
		this.rows = this.width = 0;
		/** @type {Map<string, number>} */
		this.widths = new Map();
		this.style = { ink: "", soft: "", paper: "", folded: "", lit: "", font: "" };
		box.addEventListener("scroll", () => this.paint());
		new ResizeObserver(() => {
			if (box.clientWidth !== this.width && this.scene) this.show(this.scene);
		}).observe(box);
	}

	/** Reads the colours of the theme. */
	restyle() {
		const style = getComputedStyle(this.box);
		const get = (/** @type {string} */ name) => style.getPropertyValue(`--graph-${name}`).trim();
		const font = `12px ${style.fontFamily}`;
		this.style = { ink: get("ink"), soft: get("soft"), paper: get("paper"), folded: get("folded"), lit: get("lit"), font };
		this.widths.clear();
	}

	/** @param {Scene} scene */
	show(scene) {
		this.scene = scene;
		this.width = this.box.clientWidth;
		this.boxes = [];
		this.small = [];
		this.rows = 0;
		scene.panes.forEach((graph, pane) => this.layOut(scene, graph, pane));
		this.sheet.style.height = `${this.rows * Flamegraph.ROW}px`;
		this.paint();
	}

	/** @param {Scene} scene @param {Graph} graph @param {number} pane */
	layOut(scene, graph, pane) {
		const zoom = scene.zoom.pane === pane ? scene.zoom.node : 0;
		const scale = this.width / graph.value[zoom];
		/** @type {Box[]} */
		const boxes = [];
		/** @type {Box[]} */
		const small = [];
		for (let node = zoom; node; ) {
			node = graph.parent[node];
			boxes.push({ pane, node, left: 0, right: this.width, row: graph.depth[node] });
		}
		const box = (/** @type {number} */ node) => {
			const left = (graph.start[node] - graph.start[zoom]) * scale;
			return { pane, node, left, right: left + graph.value[node] * scale, row: graph.depth[node] };
		};
		const skip = (/** @type {number} */ node) => {
			const made = box(node);
			const last = small[small.length - 1];
			if (last && last.row === made.row && made.left - last.right < 0.5) last.right = made.right;
			else small.push(made);
		};
		graph.visit(zoom, Math.max(1 / scale, scene.least), (node) => boxes.push(box(node)), skip);
		const deepest = boxes.reduce((most, { row }) => Math.max(most, row), 0);
		// Of two graphs the first grows upwards, and its root is in the second's first row.
		const upwards = scene.panes.length > 1 ? !pane : scene.flames;
		const shift = pane ? this.rows - 1 : 0;
		for (const made of [...boxes, ...small]) made.row = upwards ? deepest - made.row : made.row + shift;
		this.rows = shift + deepest + 1;
		this.boxes.push(...boxes);
		this.small.push(...small.filter(({ row, left, right }) => row >= 0 && row < this.rows && right - left > 0.3));
	}

	paint() {
		const { width, canvas } = this;
		const height = Math.min(this.box.clientHeight, this.rows * Flamegraph.ROW) || Flamegraph.ROW;
		const ratio = devicePixelRatio || 1;
		if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
			canvas.width = Math.round(width * ratio);
			canvas.height = Math.round(height * ratio);
			canvas.style.width = `${width}px`;
			canvas.style.height = `${height}px`;
		}
		this.render(canvas, ratio, this.box.scrollTop, height);
	}

	/**
	 * Draws the rows between `top` and `top + height`; `ratio` is device pixels for one of the page.
	 * @param {HTMLCanvasElement} canvas
	 * @param {number} ratio
	 * @param {number} top
	 * @param {number} height
	 */
	render(canvas, ratio, top, height) {
		const { scene, style } = this;
		const pen = canvas.getContext("2d", { alpha: false });
		if (!pen || !scene) return;
		const { ROW } = Flamegraph;
		pen.setTransform(ratio, 0, 0, ratio, 0, -top * ratio);
		pen.fillStyle = style.paper;
		pen.fillRect(0, top, this.width, height);
		const seen = (/** @type {Box} */ { row }) => row * ROW > top - ROW && row * ROW < top + height;
		pen.fillStyle = style.folded;
		for (const { row, left, right } of this.small.filter(seen)) pen.fillRect(left, row * ROW, right - left, ROW - 1);
		pen.font = style.font;
		pen.textBaseline = "middle";
		let slanted = false;
		const zoomed = scene.panes[scene.zoom.pane].depth[scene.zoom.node];
		for (const box of this.boxes) {
			if (!seen(box)) continue;
			const { left } = box;
			const y = box.row * ROW;
			const room = box.right - left;
			const above = box.pane === scene.zoom.pane && scene.panes[box.pane].depth[box.node] < zoomed;
			const lit = !scene.lit || scene.lit(box);
			pen.globalAlpha = above ? 0.5 : lit ? 1 : 0.3;
			pen.fillStyle = scene.lit && lit ? style.lit : scene.fill(box);
			pen.fillRect(left, y, Math.max(room - (room > 3 ? 1 : 0), 0.6), ROW - 1);
			pen.globalAlpha = lit || above ? 1 : 0.6;
			if (room > 4 && scene.chosen(box)) {
				pen.lineWidth = 2;
				pen.strokeStyle = style.ink;
				pen.strokeRect(left + 1, y + 1, room - 3, ROW - 3);
			}
			if (room < 26) continue;
			if (slanted !== scene.italic(box)) {
				slanted = !slanted;
				pen.font = slanted ? `italic ${style.font}` : style.font;
			}
			const [name, place] = scene.label(box);
			pen.fillStyle = style.ink;
			const used = this.write(pen, name, left + 5, y + ROW / 2, room - 9);
			if (!place || room - used < 50) continue;
			pen.fillStyle = style.soft;
			this.write(pen, place, left + 12 + used, y + ROW / 2, room - used - 16);
		}
		pen.globalAlpha = 1;
	}

	/**
	 * Writes what fits; returns how wide it is.
	 * @param {CanvasRenderingContext2D} pen
	 * @param {string} text
	 * @param {number} x
	 * @param {number} y
	 * @param {number} room
	 */
	write(pen, text, x, y, room) {
		const shown = text.slice(0, 300);
		let wide = this.widths.get(shown);
		if (wide === undefined) {
			wide = pen.measureText(shown).width;
			this.widths.set(shown, wide);
		}
		const letters = Math.floor((shown.length * room) / wide) - 1;
		if (wide <= room) pen.fillText(shown, x, y);
		else if (letters > 1) pen.fillText(`${shown.slice(0, letters)}…`, x, y);
		return Math.min(wide, room);
	}

	/** What is under a point of the window. @param {{clientX: number, clientY: number}} at */
	under({ clientX, clientY }) {
		const { left, top } = this.sheet.getBoundingClientRect();
		const x = clientX - left;
		const row = Math.floor((clientY - top) / Flamegraph.ROW);
		return this.boxes.find((box) => box.row === row && box.left <= x && x < box.right) || null;
	}

	/** Where a node is drawn. @param {Spot} spot */
	where({ pane, node }) {
		return this.boxes.find((box) => box.node === node && box.pane === pane);
	}

	/** Puts the outline of the mouse or of the keyboard around a node. @param {"hover" | "focus"} which @param {Spot | null} spot */
	ring(which, spot) {
		const ring = this.rings[which];
		const box = spot && this.where(spot);
		ring.hidden = !box;
		if (!box) return;
		ring.style.transform = `translate(${box.left}px, ${box.row * Flamegraph.ROW}px)`;
		ring.style.width = `${Math.max(box.right - box.left - 1, 2)}px`;
	}

	/** Scrolls so that a node can be seen. @param {Spot} spot */
	reveal(spot) {
		const box = this.where(spot);
		if (!box) return;
		const top = box.row * Flamegraph.ROW;
		const { scrollTop, clientHeight } = this.box;
		this.box.scrollTop = Math.min(Math.max(scrollTop, top + Flamegraph.ROW - clientHeight), top);
	}
}
