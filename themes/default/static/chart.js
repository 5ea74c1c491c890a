"use strict";
/*
 * Puts a cursor on the memory charts that the page already has as SVG, and on the temporal report's one (data-kind="range")
 * a range with two handles. What an SVG must have: viewBox, data-x0 and data-x1 (milliseconds since the epoch), data-left,
 * -right, -top and -bottom (the plot, in user units), data-max (bytes at the top), polylines .heap and .rss, polygon .area.
 */

class Chart {
  /**
   * @param {SVGSVGElement} svg
   * @param {Viewer} viewer
   */
  constructor(svg, viewer) {
    const at = (/** @type {string} */ name) => Number(svg.dataset[name]);
    this.svg = svg;
    this.viewer = viewer;
    this.plot = { left: at("left"), right: at("right"), top: at("top"), bottom: at("bottom"), most: at("max") };
    this.whole = { from: at("x0"), to: at("x1") };
    this.seen = this.whole;
    this.dragging = false;
    const height = String(this.plot.bottom - this.plot.top);
    const bar = (/** @type {string} */ name) => make("rect", { class: name, y: String(this.plot.top), height, width: "0", visibility: "hidden" });
    this.slice = bar("chart-slice");
    this.band = bar("chart-band");
    this.cursor = make("line", { class: "chart-cursor", y1: String(this.plot.top), y2: String(this.plot.bottom), visibility: "hidden" });
    this.readout = make("output", { class: "chart-readout" });
    svg.append(this.slice, this.band, this.cursor);
    (svg.parentElement?.querySelector("figcaption") || svg.parentElement)?.append(this.readout);
    svg.addEventListener("pointermove", (event) => this.hover(event));
    svg.addEventListener("pointerleave", () => this.leave());
    /** @type {HTMLElement[]} */
    this.handles = [];
    if (svg.dataset.kind === "range") this.choosable();
  }

  /** @param {number} time */
  x(time) {
    const { left, right } = this.plot;
    return left + ((time - this.seen.from) / (this.seen.to - this.seen.from || 1)) * (right - left);
  }

  /** The moment under the pointer. @param {PointerEvent} event */
  time(event) {
    const { left, width } = this.svg.getBoundingClientRect();
    const x = ((event.clientX - left) / width) * this.svg.viewBox.baseVal.width;
    const share = (x - this.plot.left) / (this.plot.right - this.plot.left);
    return this.seen.from + Math.min(Math.max(share, 0), 1) * (this.seen.to - this.seen.from);
  }

  /** @param {PointerEvent} event */
  hover(event) {
    const { time, columns, analysis } = this.viewer.shown;
    if (!time.length) return;
    const moment = this.time(event);
    let near = time.findIndex((/** @type {number} */ at) => at >= moment);
    if (near < 0) near = time.length - 1;
    if (near && moment - time[near - 1] < time[near] - moment) near--;
    const x = String(this.x(time[near]));
    this.cursor.setAttribute("x1", x);
    this.cursor.setAttribute("x2", x);
    this.cursor.setAttribute("visibility", "visible");
    const size = (/** @type {string} */ name) => names.size(columns[`snapshots.${name}`][near]);
    this.readout.textContent = `${names.duration(time[near] - analysis.facts.started)}: heap ${size("heap")}, resident ${size("rss")}`;
  }

  leave() {
    this.cursor.setAttribute("visibility", "hidden");
    this.readout.textContent = "";
  }

  /** Lets a range be drawn, moved and resized, by pointer and by keyboard. */
  choosable() {
    const { svg, plot } = this;
    svg.classList.add("chart-range");
    svg.setAttribute("role", "group");
    this.handles = ["Begin of the range", "End of the range"].map((label, end) => {
      const handle = make("rect", {
        class: "chart-handle", tabindex: "0", role: "slider", "aria-label": label, width: "10", rx: "3",
        y: String(plot.top), height: String(plot.bottom - plot.top),
      });
      handle.addEventListener("keydown", (event) => this.nudge(event, end));
      svg.append(handle);
      return handle;
    });
    svg.addEventListener("pointerdown", (event) => this.drag(event));
    svg.addEventListener("dblclick", () => this.toggle());
  }

  /** The range in milliseconds since the epoch. */
  range() {
    const { started } = this.viewer.shown.analysis.facts;
    const [from, to] = state.get("range").split(",").map(Number);
    return to > from ? { from: started + from, to: started + to } : this.whole;
  }

  /**
   * @param {number} from
   * @param {number} to
   * @param {"step" | "move"} how
   */
  choose(from, to, how) {
    const { started } = this.viewer.shown.analysis.facts;
    const [low, high] = [Math.max(Math.min(from, to), this.whole.from), Math.min(Math.max(from, to), this.whole.to)];
    const all = low <= this.whole.from && high >= this.whole.to;
    state.set({ range: all || low === high ? "" : `${Math.round(low - started)},${Math.round(high - started)}` }, how);
  }

  /** @param {PointerEvent} event */
  drag(event) {
    const end = this.handles.indexOf(/** @type {HTMLElement} */ (event.target));
    if (end < 0 && event.button) return;
    const begun = this.time(event);
    const { from, to } = this.range();
    const inside = end < 0 && state.get("range") && begun > from && begun < to;
    let waiting = false;
    /** @type {"step" | "move"} */
    let how = "step";
    let now = event;
    const apply = () => {
      waiting = false;
      const moment = this.time(now);
      const by = Math.min(Math.max(moment - begun, this.whole.from - from), this.whole.to - to);
      if (inside) this.choose(from + by, to + by, how);
      else this.choose(end === 0 ? to : end === 1 ? from : begun, moment, how);
      how = "move";
    };
    /** @param {PointerEvent} later */
    const move = (later) => {
      now = later;
      if (!waiting && (how === "move" || Math.abs(later.clientX - event.clientX) > 3)) {
        waiting = true;
        requestAnimationFrame(apply);
      }
    };
    this.svg.setPointerCapture(event.pointerId);
    this.svg.addEventListener("pointermove", move);
    this.dragging = true;
    const done = () => {
      this.dragging = false;
      this.svg.removeEventListener("pointermove", move);
    };
    this.svg.addEventListener("pointerup", done, { once: true });
  }

  /**
   * @param {KeyboardEvent} event
   * @param {number} end
   */
  nudge(event, end) {
    const step = { ArrowLeft: -1, ArrowRight: 1, PageDown: -10, PageUp: 10, Home: -200, End: 200 }[event.key];
    if (!step) return;
    event.preventDefault();
    event.stopPropagation();
    const by = (step * (this.seen.to - this.seen.from)) / 200;
    const { from, to } = this.range();
    if (end) this.choose(from, Math.max(to + by, from + 1), "move");
    else this.choose(Math.min(from + by, to - 1), to, "move");
  }

  /** Shows the range alone, or the whole time again. */
  toggle() {
    this.zoom(this.seen === this.whole ? this.range() : this.whole);
  }

  /** Draws the chart for a part of the time, from all snapshots. @param {{from: number, to: number}} seen */
  zoom(seen) {
    const { time, columns, analysis } = this.viewer.shown;
    const { plot, svg } = this;
    this.seen = seen;
    const wide = plot.right - plot.left;
    /** @param {Column} values */
    const line = (values) => {
      /** @type {Map<number, number>} */
      const highest = new Map();
      for (let i = 0; i < time.length; i++) {
        const x = Math.round(this.x(time[i]));
        if (x >= plot.left && x <= plot.right) highest.set(x, Math.max(highest.get(x) || 0, values[i]));
      }
      return [...highest].map(([x, value]) => `${x},${(plot.bottom - (value / plot.most) * (plot.bottom - plot.top)).toFixed(1)}`).join(" ");
    };
    const marks = columns["snapshots.high_water"];
    const heap = line(Float64Array.from(columns["snapshots.heap"], (value, i) => Math.max(value, marks[i] || 0)));
    const ends = heap.split(" ");
    const set = (/** @type {string} */ name, /** @type {string} */ points) => svg.querySelector(name)?.setAttribute("points", points);
    set(".heap", heap);
    set(".rss", line(columns["snapshots.rss"]));
    if (heap) set(".area", `${ends[0].split(",")[0]},${plot.bottom} ${heap} ${ends[ends.length - 1].split(",")[0]},${plot.bottom}`);
    for (const mark of svg.querySelectorAll(".tick.x")) {
      const share = (Number(mark.getAttribute("x")) - plot.left) / wide;
      mark.textContent = names.duration(seen.from + share * (seen.to - seen.from) - analysis.facts.started);
    }
    for (const mark of svg.querySelectorAll(".peak, .peak-line")) mark.setAttribute("visibility", seen === this.whole ? "visible" : "hidden");
    this.show();
  }

  /** Marks the range, and the stretch of time that the graph shows the highest point of. */
  show() {
    if (!this.handles.length) return;
    const { viewer, plot } = this;
    const { from, to } = this.range();
    const within = (/** @type {number} */ x) => Math.min(Math.max(x, plot.left), plot.right);
    const span = (/** @type {HTMLElement} */ bar, /** @type {number} */ begin, /** @type {number} */ end, /** @type {boolean} */ on) => {
      const left = within(this.x(begin));
      bar.setAttribute("x", String(left));
      bar.setAttribute("width", String(Math.max(within(this.x(end)) - left, 2)));
      bar.setAttribute("visibility", on ? "visible" : "hidden");
    };
    span(this.band, from, to, Boolean(state.get("range")));
    const [begin, end] = viewer.shown.bounds(viewer.shown.highest(state.get("range")));
    span(this.slice, begin, end, !state.get("mode"));
    const started = viewer.shown.analysis.facts.started;
    [from, to].forEach((moment, i) => {
      this.handles[i].setAttribute("x", String(within(this.x(moment)) - 5));
      const values = { now: moment - started, min: 0, max: this.whole.to - started, text: names.duration(moment - started) };
      for (const [name, value] of Object.entries(values)) this.handles[i].setAttribute(`aria-value${name}`, String(value));
    });
  }
}
