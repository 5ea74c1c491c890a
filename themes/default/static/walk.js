"use strict";
/* The keyboard's way through the graph, the way through what a search found, and what a screen reader hears of it. */

class Walk {
  /** @param {Viewer} viewer */
  constructor(viewer) {
    this.viewer = viewer;
  }

  /** @param {"left" | "right" | "up" | "down"} to */
  move(to) {
    const { viewer } = this;
    const { boxes } = viewer.flame;
    const at = viewer.flame.where(viewer.spot);
    if (!at) return this.go(viewer.now.zoom);
    const row = at.row + { left: 0, right: 0, up: -1, down: 1 }[to];
    const near = boxes.filter((box) => box.row === row && box !== at);
    const middle = (at.left + at.right) / 2;
    const wide = (/** @type {Box} */ box) => box.right - box.left;
    const before = near.filter((box) => box.left < at.left).sort((a, b) => b.left - a.left);
    const after = near.filter((box) => box.left > at.left).sort((a, b) => a.left - b.left);
    const inside = near.filter((box) => box.left >= at.left - 0.01 && box.right <= at.right + 0.01).sort((a, b) => wide(b) - wide(a));
    const found = to === "left" ? before[0] : to === "right" ? after[0] : inside[0] || near.find((box) => box.left <= middle && middle < box.right);
    if (found) this.go(found);
  }

  /**
   * @param {Spot} spot
   * @param {string} before  what to say first
   */
  go({ pane, node }, before = "") {
    const { viewer } = this;
    viewer.spot = { pane, node };
    viewer.flame.reveal(viewer.spot);
    viewer.flame.ring("focus", viewer.spot);
    viewer.panels.strip();
    this.announce(before);
  }

  /** Goes through what the search found, largest first. @param {1 | -1} by */
  step(by) {
    const { viewer } = this;
    if (!viewer.matches) return this.say("Nothing is searched for.");
    const found = this.found();
    if (!found.length) return this.say("No match.");
    const at = found.findIndex(({ pane, node }) => pane === viewer.spot.pane && node === viewer.spot.node);
    const next = at < 0 ? (by > 0 ? 0 : found.length - 1) : (at + by + found.length) % found.length;
    const spot = found[next];
    const box = viewer.flame.where(spot);
    viewer.spot = spot;
    if (!box || box.right - box.left < 12) state.set({ zoom: viewer.zoomText(spot) }, "move");
    this.go(spot, `Match ${next + 1} of ${found.length}: `);
    viewer.flame.box.classList.add("graph-marked");
  }

  /** The topmost nodes that match, largest first; in graphs that grow as they are seen, of what was seen. */
  found() {
    const matches = /** @type {Uint8Array} */ (this.viewer.matches);
    const { panes } = this.viewer.now;
    /** @type {Spot[]} */
    const spots = [];
    panes.forEach(({ tree, value, frame, parent }, pane) => {
      for (let node = 1; node < value.length; node++) {
        const hit = matches[frame[node]] && value[node] > 0;
        if (hit && (tree || !parent[node] || !matches[frame[parent[node]]])) spots.push({ pane, node });
        if (hit && tree) node = tree.end[node] - 1;
      }
    });
    const value = (/** @type {Spot} */ { pane, node }) => panes[pane].value[node];
    return spots.sort((a, b) => value(b) - value(a) || a.node - b.node);
  }

  /** @param {string} text */
  say(text) {
    this.viewer.part("live").textContent = text;
  }

  /** Tells of the frame that the keyboard is at. */
  announce(before = "") {
    const { name, where, figures } = this.viewer.panels.about(this.viewer.spot);
    this.say(before + [name, where, ...figures].filter(Boolean).join(", "));
  }
}
