"use strict";
/* Draws graphs on a canvas. What is outside the window or too narrow to see costs nothing. */

/**
 * @typedef {{pane: number, node: number}} Spot  a node of one of the graphs on display
 * @typedef {Spot & {left: number, right: number, row: number}} Box  where it is drawn
 *
 * @typedef {object} Scene
 * @property {Graph[]} panes  one graph; or two, the first growing upwards from the second's root
 * @property {boolean} flames  whether a single graph grows upwards
 * @property {Spot} zoom
 * @property {number} least  nodes of a smaller value are not shown
 * @property {(spot: Spot) => [string, string]} label  name, place
 * @property {(spot: Spot) => string} fill
 * @property {(spot: Spot) => boolean} italic
 * @property {((spot: Spot) => boolean) | null} lit  others are dimmed; null: none is
 * @property {(spot: Spot) => boolean} chosen
 */

class Flamegraph {
  static ROW = 20;

  /** @param {HTMLElement} box */
  constructor(box) {
    const part = (/** @type {string} */ name) => /** @type {HTMLElement} */ (box.querySelector(name));
    this.box = box;
    this.sheet = part(".graph-sheet");
    this.canvas = /** @type {HTMLCanvasElement} */ (part("canvas"));
    this.rings = { hover: part(".graph-hover"), focus: part(".graph-focus") };
    this.pen = /** @type {CanvasRenderingContext2D} */ (this.canvas.getContext("2d", { alpha: false }));
    /** @type {Scene | null} */
    this.scene = null;
    /** @type {Box[]} */
    this.boxes = [];
    /** Stretches of nodes too small to see. @type {Box[]} */
    this.small = [];
    this.rows = 0;
    this.width = 0;
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
    const get = (/** @type {string} */ name) => style.getPropertyValue(name).trim();
    this.style = {
      ink: get("--graph-ink"), soft: get("--graph-soft"), paper: get("--panel"),
      folded: get("--graph-folded"), lit: get("--graph-lit"), font: `12px ${style.fontFamily}`,
    };
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

  /**
   * @param {Scene} scene
   * @param {Graph} graph
   * @param {number} pane
   */
  layOut(scene, graph, pane) {
    const zoom = scene.zoom.pane === pane ? scene.zoom.node : 0;
    const scale = this.width / graph.value[zoom];
    const origin = graph.start[zoom];
    /** @type {Box[]} */
    const boxes = [];
    /** @type {Box[]} */
    const small = [];
    for (let node = zoom; node; ) {
      node = graph.parent[node];
      boxes.push({ pane, node, left: 0, right: this.width, row: graph.depth[node] });
    }
    /** @param {number} node */
    const box = (node) => {
      const left = (graph.start[node] - origin) * scale;
      return { pane, node, left, right: left + graph.value[node] * scale, row: graph.depth[node] };
    };
    let deepest = 0;
    graph.visit(
      zoom,
      Math.max(1 / scale, scene.least),
      (node) => {
        const made = box(node);
        if (made.row > deepest) deepest = made.row;
        boxes.push(made);
      },
      (node) => {
        const made = box(node);
        const last = small[small.length - 1];
        if (last && last.row === made.row && made.left - last.right < 0.5) last.right = made.right;
        else small.push(made);
      },
    );
    // Of two graphs the first grows upwards, and its root is in the second's first row.
    const two = scene.panes.length > 1;
    const upwards = two ? pane === 0 : scene.flames;
    const shift = pane ? this.rows - 1 : 0;
    for (const made of [...boxes, ...small]) made.row = upwards ? deepest - made.row : made.row + shift;
    this.rows = shift + deepest + 1;
    this.boxes.push(...boxes);
    this.small.push(...small.filter(({ row, left, right }) => row >= 0 && row < this.rows && right - left > 0.3));
  }

  paint() {
    const { scene, pen, style, width, canvas } = this;
    if (!scene) return;
    const { ROW } = Flamegraph;
    const height = Math.min(this.box.clientHeight, this.rows * ROW) || ROW;
    const ratio = window.devicePixelRatio || 1;
    if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
      canvas.style.width = `${width}px`;
      canvas.style.height = `${height}px`;
    }
    const top = this.box.scrollTop;
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.fillStyle = style.paper;
    pen.fillRect(0, 0, width, height);
    pen.translate(0, -top);
    const seen = (/** @type {Box} */ { row }) => row * ROW > top - ROW && row * ROW < top + height;
    pen.fillStyle = style.folded;
    for (const { row, left, right } of this.small.filter(seen)) pen.fillRect(left, row * ROW, right - left, ROW - 1);
    pen.font = style.font;
    pen.textBaseline = "middle";
    let slanted = false;
    const { zoom } = scene;
    const zoomed = scene.panes[zoom.pane].depth[zoom.node];
    for (const box of this.boxes) {
      if (!seen(box)) continue;
      const { left } = box;
      const y = box.row * ROW;
      const room = box.right - left;
      const above = box.pane === zoom.pane && scene.panes[box.pane].depth[box.node] < zoomed;
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
      const used = this.write(name, left + 5, y + ROW / 2, room - 9);
      if (!place || room - used < 50) continue;
      pen.fillStyle = style.soft;
      this.write(place, left + 12 + used, y + ROW / 2, room - used - 16);
    }
    pen.globalAlpha = 1;
  }

  /**
   * Writes what fits; returns how wide it is.
   * @param {string} text
   * @param {number} x
   * @param {number} y
   * @param {number} room
   */
  write(text, x, y, room) {
    const shown = text.length > 300 ? text.slice(0, 300) : text;
    let wide = this.widths.get(shown);
    if (wide === undefined) {
      wide = this.pen.measureText(shown).width;
      this.widths.set(shown, wide);
    }
    if (wide <= room) {
      this.pen.fillText(shown, x, y);
      return wide;
    }
    const letters = Math.floor((shown.length * room) / wide) - 1;
    if (letters > 1) this.pen.fillText(`${shown.slice(0, letters)}…`, x, y);
    return room;
  }

  /**
   * What is under a point of the window.
   * @param {{clientX: number, clientY: number}} at
   */
  under(at) {
    const { left, top } = this.sheet.getBoundingClientRect();
    const x = at.clientX - left;
    const row = Math.floor((at.clientY - top) / Flamegraph.ROW);
    return this.boxes.find((box) => box.row === row && box.left <= x && x < box.right) || null;
  }

  /** Where a node is drawn. @param {Spot} spot */
  where({ pane, node }) {
    return this.boxes.find((box) => box.node === node && box.pane === pane) || null;
  }

  /**
   * Puts the outline of the mouse or of the keyboard around a node.
   * @param {"hover" | "focus"} which
   * @param {Spot | null} spot
   */
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
    const { scrollTop, clientHeight } = this.box;
    const top = box.row * Flamegraph.ROW;
    if (top < scrollTop) this.box.scrollTop = top;
    else if (top + Flamegraph.ROW > scrollTop + clientHeight) this.box.scrollTop = top + Flamegraph.ROW - clientHeight;
  }
}
