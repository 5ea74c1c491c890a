"use strict";
/* One capture: its data files, and what of them the settings ask for. */

/**
 * @typedef {"peak" | "leaks" | "temporary" | "temporal"} View
 * @typedef {Rows & {thread: Column, allocator?: Column, allocated?: Column, freed?: Column}} ViewRows
 *
 * A tree as it is shown: frames hidden, siblings merged.
 * @typedef {object} Shape
 * @property {Tree} tree
 * @property {Uint32Array} place  node of the data file -> node of the tree
 * @property {Uint32Array} from  node of the tree -> first node of the data file
 * @property {Uint32Array} group  function of every node
 * @property {Uint8Array} first  whether no node above is of the same function
 *
 * What decides over the figures.
 * @typedef {object} Settings
 * @property {View} view
 * @property {Metric} metric
 * @property {number} thread  -1: all
 * @property {boolean} irrelevant  whether frames that matter little are shown
 * @property {boolean} imports  whether the import system's frames are shown
 * @property {boolean} inverted
 * @property {number} of  function in the middle of the sandwich; 0: none
 * @property {string} range  "from,to" in milliseconds since the start; "": everything
 * @property {string} mode  of the temporal view: "" highest point, "kept", "made"
 * @property {string} life  "", "within:MS", "longer:MS", "end", "never"
 * @property {boolean} suppressed  whether suppressed leaks are shown
 */

class Model {
  static NEVER = 0xffffffff;

  /** @param {Container} main */
  constructor({ header, columns }) {
    this.analysis = header.analysis;
    this.beside = header.beside;
    this.columns = columns;
    this.names = names.ofFrames(header.analysis, columns);
    this.base = calltree.plant(
      /** @type {Uint32Array} */ (columns["tree.parent"]),
      /** @type {Uint32Array} */ (columns["tree.frame"]),
    );
    this.time = columns["snapshots.time"];
    /** @type {Map<string, any>} */
    this.kept = new Map();
  }

  /** Adds the columns of the temporal data file. @param {Container} temporal */
  join(temporal) {
    Object.assign(this.columns, temporal.columns);
  }

  get temporal() {
    return "high_water.node" in this.columns || "lifetimes.node" in this.columns;
  }

  /**
   * The last value made under a name, made again when the key changed.
   * @template T
   * @param {string} name
   * @param {string} key
   * @param {() => T} make
   * @returns {T}
   */
  once(name, key, make) {
    const known = this.kept.get(name);
    if (known && known.key === key) return known.value;
    const value = make();
    this.kept.set(name, { key, value });
    return value;
  }

  /**
   * @param {Settings} settings
   * @returns {Shape}
   */
  shape({ irrelevant, imports }) {
    const key = `shape ${irrelevant} ${imports}`;
    return this.once(key, "", () => {
      // Frames of kind c are the interpreter's own: memray never shows them.
      const fates = { c: calltree.SPLICE, r: irrelevant ? calltree.KEEP : calltree.SPLICE, i: 0 };
      fates.i = imports ? fates.r : calltree.OUT;
      const fate = Uint8Array.from(this.analysis.kind, (kind) => /** @type {any} */ (fates)[kind] || calltree.KEEP);
      const { tree, place } = fate.some(Boolean) ? calltree.hide(this.base, fate) : this.whole();
      const from = new Uint32Array(tree.parent.length).fill(calltree.NOWHERE);
      for (let node = place.length - 1; node >= 0; node--) {
        if (tree.frame[place[node]] === this.base.frame[node]) from[place[node]] = node;
      }
      const group = names.groupsOf(this.names, tree);
      return { tree, place, from, group, first: calltree.outermost(tree, group, this.names.groups.length) };
    });
  }

  whole() {
    return { tree: this.base, place: Uint32Array.from(this.base.parent, (_, node) => node) };
  }

  /**
   * The rows of a view or of a table of intervals.
   * @param {string} table
   * @returns {ViewRows}
   */
  rows(table) {
    const column = (/** @type {string} */ name) => this.columns[`${table}.${name}`];
    return {
      node: column("node"), thread: column("thread"), allocator: column("allocator"),
      allocated: column("allocated"), freed: column("freed"), bytes: column("bytes"), count: column("count"),
    };
  }

  /** The table of rows that the settings are about. @param {Settings} settings */
  table({ view, mode }) {
    if (view !== "temporal") return view;
    return mode ? "lifetimes" : "high_water";
  }

  /** @param {string} view */
  has(view) {
    return `${view}.node` in this.columns;
  }

  /**
   * Which rows the settings count; null: all.
   * @param {Settings} settings
   * @returns {((row: number) => boolean) | null}
   */
  keep(settings) {
    const { thread: wanted, view } = settings;
    const { thread, node } = this.rows(this.table(settings));
    const inTime = view === "temporal" ? this.inTime(settings) : null;
    const quiet = view === "leaks" && !settings.suppressed ? this.suppressed().nodes : null;
    if (wanted < 0 && !quiet) return inTime;
    return (row) => (wanted < 0 || thread[row] === wanted) && !(quiet && quiet[node[row]]) && (!inTime || inTime(row));
  }

  /**
   * The windows of a range: those that memray's page takes for it.
   * @param {string} range
   */
  windows(range) {
    const last = this.time.length;
    if (!range) return { from: 0, to: last };
    const [begin, finish] = range.split(",").map((at) => this.analysis.facts.started + Number(at));
    const from = this.time.findIndex((/** @type {number} */ at) => at >= begin);
    const to = this.time.findIndex((/** @type {number} */ at) => at > finish);
    return { from: Math.max(from, 0), to: to < 0 ? last : to };
  }

  /** The window with the highest heap of a range. @param {string} range */
  highest(range) {
    const { from, to } = this.windows(range);
    const marks = this.columns["snapshots.high_water"];
    let best = from;
    for (let window = from; window <= to; window++) if (marks[window] > marks[best]) best = window;
    return best;
  }

  /** When a window ends, and the one before it: milliseconds since the epoch. @param {number} window */
  bounds(window) {
    const { started, ended } = this.analysis.facts;
    const at = (/** @type {number} */ i) => (i < 0 ? started : i < this.time.length ? this.time[i] : Math.max(ended, this.time[i - 1] || 0));
    return [at(window - 1), at(window)];
  }

  /**
   * @param {Settings} settings
   * @returns {(row: number) => boolean}
   */
  inTime(settings) {
    const rows = this.rows(this.table(settings));
    const [allocated, freed] = [/** @type {Column} */ (rows.allocated), /** @type {Column} */ (rows.freed)];
    const { from, to } = this.windows(settings.range);
    const lived = this.lived(settings.life, allocated, freed);
    if (!settings.mode) {
      const high = this.highest(settings.range);
      return (row) => allocated[row] <= high && freed[row] > high && lived(row);
    }
    const after = settings.mode === "kept" ? to : -1;
    return (row) => allocated[row] >= from && allocated[row] <= to && freed[row] > after && lived(row);
  }

  /**
   * @param {string} life
   * @param {Column} allocated
   * @param {Column} freed
   * @returns {(row: number) => boolean}
   */
  lived(life, allocated, freed) {
    const [kind, limit] = life.split(":");
    const { NEVER } = Model;
    const end = Math.floor(this.time.length * 0.98);
    const time = Float64Array.from({ length: this.time.length + 1 }, (_, window) => this.bounds(window)[1]);
    const last = time[time.length - 1];
    const age = (/** @type {number} */ row) => (freed[row] === NEVER ? last : time[freed[row]]) - time[allocated[row]];
    switch (kind) {
      case "within":
        return (row) => freed[row] !== NEVER && age(row) <= Number(limit);
      case "longer":
        return (row) => age(row) > Number(limit);
      case "end":
        return (row) => freed[row] !== NEVER && freed[row] >= end;
      case "never":
        return (row) => freed[row] === NEVER;
      default:
        return () => true;
    }
  }

  /**
   * What every node of the shown tree holds itself.
   * @param {Settings} settings
   * @returns {Sums}
   */
  own(settings) {
    const { view, thread, irrelevant, imports, range, mode, life, suppressed } = settings;
    const key = [view, thread, irrelevant, imports, range, mode, life, suppressed].join(" ");
    return this.once("own", key, () => {
      const { tree, place } = this.shape(settings);
      return calltree.weigh(this.rows(this.table(settings)), place, tree.parent.length, this.keep(settings));
    });
  }

  /**
   * The graph that callers stand above in, whatever the settings show: sums for tables and searches.
   * @param {Settings} settings
   * @returns {Graph}
   */
  upright(settings) {
    const own = this.own(settings);
    const known = this.kept.get("graph");
    if (known && known.own === own && known.metric === settings.metric) return known.graph;
    const graph = calltree.graph(this.shape(settings).tree, own, settings.metric);
    this.kept.set("graph", { own, metric: settings.metric, graph });
    return graph;
  }

  /**
   * The graphs to draw: one, or callers and callees.
   * @param {Settings} settings
   * @returns {Graph[]}
   */
  panes(settings) {
    const { metric, inverted, of } = settings;
    const own = this.own(settings);
    const known = this.kept.get("panes");
    const key = `${metric} ${inverted} ${of}`;
    if (known && known.own === own && known.key === key) return known.panes;
    const { tree, group } = this.shape(settings);
    let panes = [this.upright(settings)];
    if (of) {
      const { above, below } = calltree.sandwich(tree, own, metric, group, of);
      panes = [above, below];
    } else if (inverted) panes = [calltree.inverted(tree, own, metric)];
    this.kept.set("panes", { own, key, panes });
    return panes;
  }

  /**
   * The threads of what a node of the upright graph holds, largest first.
   * @param {Settings} settings
   * @param {number} node
   * @returns {[number, number][]}
   */
  threadsAt(settings, node) {
    const { tree, place } = this.shape(settings);
    const rows = this.rows(this.table(settings));
    const keep = this.keep(settings);
    const figures = rows[settings.metric];
    const sums = new Float64Array(this.analysis.threads.length);
    for (let row = 0; row < figures.length; row++) {
      const at = place[rows.node[row]];
      if (at >= node && at < tree.end[node] && (!keep || keep(row))) sums[rows.thread[row]] += figures[row];
    }
    return /** @type {[number, number][]} */ ([...sums.entries()]).filter(([, value]) => value > 0).sort((a, b) => b[1] - a[1]);
  }

  /**
   * The thread that holds most of every node, -1 where none holds half; of many threads the first sixteen.
   * @param {Settings} settings
   */
  threads(settings) {
    const { tree, place } = this.shape(settings);
    const { value } = this.upright(settings);
    const rows = this.rows(this.table(settings));
    const keep = this.keep(settings);
    const most = new Int16Array(value.length).fill(-1);
    for (let thread = 0; thread < Math.min(this.analysis.threads.length, Palette.HUES); thread++) {
      const own = calltree.weigh(rows, place, value.length, (row) => rows.thread[row] === thread && (!keep || keep(row)));
      const total = calltree.sumUp(tree, own[settings.metric]);
      for (let node = 0; node < most.length; node++) if (total[node] * 2 > value[node]) most[node] = thread;
    }
    return most;
  }

  /**
   * The leaks that nobody wants to see: nodes with a frame on their way that a pattern matches.
   * @returns {{nodes: Uint8Array, stacks: number, bytes: number}}
   */
  suppressed() {
    return this.once("suppressed", "", () => {
      const patterns = (this.beside.suppressions || []).map(leaks.pattern);
      const { functions, files, functionOf, fileOf } = this.names;
      const matches = (/** @type {string} */ text) => patterns.some((/** @type {RegExp} */ pattern) => pattern.test(text));
      const byFunction = functions.map(matches);
      const byFile = files.map((file) => matches(file.path) || matches(file.name));
      const nodes = new Uint8Array(this.base.parent.length);
      for (let node = 1; node < nodes.length; node++) {
        const frame = this.base.frame[node];
        if (nodes[this.base.parent[node]] || byFunction[functionOf[frame]] || byFile[fileOf[frame]]) nodes[node] = 1;
      }
      const rows = this.rows("leaks");
      const stacks = new Set();
      let bytes = 0;
      for (let row = 0; row < rows.node.length; row++) {
        if (!nodes[rows.node[row]]) continue;
        stacks.add(rows.node[row]);
        bytes += rows.bytes[row];
      }
      return { nodes, stacks: stacks.size, bytes };
    });
  }
}
