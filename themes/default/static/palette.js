"use strict";
/* Colours of packages, kinds of code, depths and threads. The colours themselves stand in viewer.css. */

class Palette {
  static HUES = 16;

  /** @param {HTMLElement} mount */
  constructor(mount) {
    this.mount = mount;
    /** @type {string[]} */
    this.hues = [];
    this.root = this.native = this.mixed = "";
    this.read();
  }

  read() {
    const style = getComputedStyle(this.mount);
    const get = (/** @type {string} */ name) => style.getPropertyValue(`--graph-${name}`).trim();
    this.hues = Array.from({ length: Palette.HUES }, (_, i) => get(String(i)));
    this.root = get("root");
    this.native = get("native");
    this.mixed = get("folded");
  }

  /** @param {() => void} listener called when the theme changed */
  listen(listener) {
    const changed = () => {
      this.read();
      listener();
    };
    new MutationObserver(changed).observe(document.documentElement, { attributeFilter: ["data-theme"] });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", changed);
  }

  /** The same name has the same colour on every page and in every run. @param {string} name */
  ofName(name) {
    let hash = 0x811c9dc5;
    for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
    return this.hues[((hash ^ (hash >>> 15)) >>> 0) % Palette.HUES];
  }

  /** @param {{package: string, origin: string}} file */
  ofPackage(file) {
    return file.origin === "native" && file.package === "native" ? this.native : this.ofName(file.package);
  }

  /** @param {string} origin */
  ofOrigin(origin) {
    return /** @type {Record<string, string>} */ ({ project: this.hues[0], installed: this.hues[4], stdlib: this.hues[2] })[origin] || this.native;
  }

  /**
   * What fills a box.
   * @param {string} by  "" (package), "origin", "depth" or "thread"
   * @param {Names} frames
   * @param {Graph[]} panes
   * @param {(() => Int16Array) | null} threads  the thread of every node, -1 for several; null where it is not known
   * @returns {(spot: Spot) => string}
   */
  painter(by, frames, panes, threads) {
    if (by === "depth") return ({ pane, node }) => this.hues[panes[pane].depth[node] % 8];
    if (by === "thread" && threads) {
      const of = threads();
      return ({ node }) => (of[node] < 0 ? this.mixed : this.hues[of[node] % Palette.HUES]);
    }
    const colours = frames.files.map((file) => (by === "origin" ? this.ofOrigin(file.origin) : this.ofPackage(file)));
    return ({ pane, node }) => colours[frames.fileOf[panes[pane].frame[node]]];
  }
}
