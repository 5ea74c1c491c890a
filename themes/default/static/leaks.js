"use strict";
/* What kind of leak: when the memory that was never freed was allocated. And which leaks are suppressed. */

/** @typedef {{name: string, rank: number, slices: Float64Array}} Kind  rank: the higher, the more of a leak */

const leaks = (() => {
  const SLICES = 20;

  /**
   * A suppression of LeakSanitizer's form, `leak:pattern`: part of a function's or file's name, `*` for
   * anything, `^` and `$` for its ends.
   * @param {string} line
   */
  function pattern(line) {
    const text = line.trim().replace(/^leak:/, "");
    const source = text.replace(/[.+?(){}|[\]\\/]/g, "\\$&").replace(/\*/g, ".*");
    return new RegExp(source.replace(/(?!^)\^/g, "\\^").replace(/\$(?!$)/g, "\\$"));
  }

  /**
   * The kind of every function's own leak; none where it has none.
   * @param {Model} model
   * @param {Settings} settings
   * @returns {(Kind | null)[]}
   */
  function kinds(model, settings) {
    const { place, group } = model.shape(settings);
    const rows = model.rows(model.has("lifetimes") ? "lifetimes" : "high_water");
    const quiet = settings.suppressed ? null : model.suppressed().nodes;
    const [allocated, freed] = [/** @type {Column} */ (rows.allocated), /** @type {Column} */ (rows.freed)];
    const begin = model.bounds(0)[0];
    const length = Math.max(1, model.bounds(model.time.length)[1] - begin);
    /** @type {Float64Array[]} */
    const slices = [];
    for (let row = 0; row < rows.node.length; row++) {
      const node = rows.node[row];
      if (freed[row] !== Model.NEVER || (quiet && quiet[node]) || (settings.thread >= 0 && rows.thread[row] !== settings.thread)) continue;
      const of = group[place[node]];
      const slice = Math.floor((SLICES * (model.bounds(allocated[row])[1] - begin)) / length);
      (slices[of] = slices[of] || new Float64Array(SLICES))[Math.min(slice, SLICES - 1)] += rows.bytes[row];
    }
    return Array.from(slices, (found) => (found ? kind(found) : null));
  }

  /**
   * All in the first fifth: a cache, an import. All at one moment: once. In many slices and on to the end: the
   * real thing.
   * @param {Float64Array} slices
   * @returns {Kind}
   */
  function kind(slices) {
    const whole = slices.reduce((sum, value) => sum + value, 0);
    const share = (/** @type {number} */ from, /** @type {number} */ to) => slices.slice(from, to).reduce((sum, value) => sum + value, 0) / whole;
    const busy = slices.filter((value) => value >= whole / 100).length;
    if (share(0, SLICES / 5) >= 0.9) return { name: "at start", rank: 1, slices };
    if (Math.max(...slices) >= 0.9 * whole) return { name: "once", rank: 2, slices };
    if (busy >= 7 && share(SLICES / 2, SLICES) >= 0.25) return { name: "steadily", rank: 4, slices };
    return { name: "at times", rank: 3, slices };
  }

  /** A row of bars: when it was allocated. @param {Kind} kind */
  function spark({ slices }) {
    const most = Math.max(...slices);
    const bars = [...slices].map((value, i) => (value ? `M${i * 3} 14h2v-${Math.max(1, (13 * value) / most).toFixed(1)}h-2z` : "")).join("");
    return make("svg", { class: "viewer-spark", viewBox: "0 0 60 15", "aria-hidden": "true" }, make("path", { d: bars }));
  }

  return { pattern, kinds, spark };
})();
