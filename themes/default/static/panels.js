"use strict";
/* What the viewer says in words: tooltip, chosen frame, search result, legend, notes. */

class Panels {
  /** @param {Viewer} viewer */
  constructor(viewer) {
    this.viewer = viewer;
  }

  show() {
    this.strip();
    this.found();
    this.legend();
    this.note();
    const { zoom } = this.viewer.now;
    const button = /** @type {HTMLButtonElement} */ (this.viewer.mount.querySelector("[data-do=unzoom]"));
    button.disabled = !zoom.node && !state.get("of");
  }

  /** What everything is called. @param {Settings} settings */
  root({ view, mode }) {
    const temporal = mode === "kept" ? "Allocated in the range and kept" : mode ? "Allocated in the range" : "Highest point of the range";
    return { peak: "Memory at the peak", leaks: "Memory never freed", temporary: "Temporary memory", temporal }[view];
  }

  /**
   * What there is to say of a node.
   * @param {Spot} spot
   */
  about({ pane, node }) {
    const { viewer } = this;
    const { panes, settings, zoom } = viewer.now;
    const { metric } = settings;
    const graph = panes[pane];
    const { names: frames } = viewer.shown;
    const frame = graph.frame[node];
    const root = !node && !settings.of;
    const whole = viewer.shown.upright(settings).value[0];
    const value = graph.value[node];
    const seen = panes[zoom.pane].value[zoom.node];
    const file = frames.files[frames.fileOf[frame]];
    const line = frames.lineOf[frame] ? `:${frames.lineOf[frame]}` : "";
    const itself = value - graph.children(node).reduce((sum, child) => sum + graph.value[child], 0);
    const figures = [
      `${metric === "bytes" ? names.size(value) : names.allocations(value)}, ${names.share(value, whole)} of all`,
      seen < whole && value < seen ? `${names.share(value, seen)} of what is zoomed to` : "",
      graph.plain && itself && itself < value ? `${names.figure(itself, metric)} of it itself` : "",
      metric === "bytes" ? names.allocations(graph.count[node]) : names.size(graph.bytes[node]),
    ];
    return {
      name: root ? this.root(settings) : names.label(frames, frame),
      where: root ? "" : file.name + line,
      path: root ? "" : file.path + line,
      figures: figures.filter(Boolean),
    };
  }

  /** The threads of a node, largest first, in a sentence. @param {Spot} spot */
  threads({ pane, node }) {
    const { viewer } = this;
    const { panes, settings } = viewer.now;
    if (viewer.shown.analysis.threads.length < 2 || !panes[pane].plain) return "";
    const sums = viewer.shown.threadsAt(settings, node);
    const shown = sums.slice(0, 3).map(([thread, value]) => `${viewer.thread(thread)}${sums.length > 1 ? ` ${names.figure(value, settings.metric)}` : ""}`);
    return shown.join(", ") + (sums.length > 3 ? ` and ${sums.length - 3} more threads` : "");
  }

  /**
   * Fills the tooltip.
   * @param {HTMLElement} box
   * @param {Spot} spot
   */
  describe(box, spot) {
    const { name, path, figures } = this.about(spot);
    const lines = [...figures, this.threads(spot)].filter(Boolean).map((text) => make("div", {}, text));
    box.replaceChildren(make("b", {}, name), make("div", { class: "path" }, path), ...lines);
  }

  /** The chosen frame, below the graph. */
  strip() {
    const { viewer } = this;
    const { name, path, figures } = this.about(viewer.spot);
    const of = state.get("of");
    const deeds = [make("button", { type: "button", "data-do": "sandwich", title: "s" }, of ? "Back to the graph" : "Callers and callees")];
    const text = make("div", {}, make("b", {}, name), " ", make("span", { class: "path" }, path), make("div", {}, figures.join(" · ")));
    viewer.part("strip").replaceChildren(text, ...(viewer.spot.node || of || state.get("fn") ? deeds : []));
  }

  /** How much of the memory the search means. */
  found() {
    const { viewer } = this;
    const query = state.get("q");
    viewer.field("q").setAttribute("aria-invalid", String(Boolean(query && !viewer.matches)));
    let text = query ? "No regular expression" : "";
    if (viewer.matches) {
      const { settings } = viewer.now;
      const { value, tree } = viewer.shown.upright(settings);
      const held = calltree.held(/** @type {Tree} */ (tree), value, viewer.matches);
      const places = viewer.walk.found().length;
      text = held || places ? `${names.share(held, value[0])}, ${names.figure(held, settings.metric)} in ${names.count(places)} place${places === 1 ? "" : "s"}` : "No match";
    }
    viewer.part("matched").textContent = text;
  }

  legend() {
    const { viewer } = this;
    const { settings } = viewer.now;
    const by = state.get("colour");
    const { files, fileOf } = viewer.shown.names;
    const { tree } = viewer.shown.shape(settings);
    const own = viewer.shown.own(settings)[settings.metric];
    /** @type {Map<string, {value: number, colour: string, query: string}>} */
    const parts = new Map();
    const { palette } = viewer;
    const add = (/** @type {string} */ name, /** @type {number} */ value, /** @type {string} */ colour, query = "") => {
      const part = parts.get(name) || parts.set(name, { value: 0, colour, query }).get(name);
      if (part) part.value += value;
    };
    if (by === "thread") {
      for (const [thread, value] of viewer.shown.threadsAt(settings, 0)) add(viewer.thread(thread), value, palette.hues[thread % Palette.HUES]);
      add("several threads", 0, palette.mixed);
    } else if (by !== "depth") {
      const sums = new Float64Array(files.length);
      for (let node = 1; node < own.length; node++) sums[fileOf[tree.frame[node]]] += own[node];
      files.forEach((file, i) => {
        if (by) add(file.origin, sums[i], palette.ofOrigin(file.origin));
        else add(file.package, sums[i], palette.ofPackage(file), `/^${file.package.replace(/[^\w]/g, "\\$&")}($|[/.])/`);
      });
    }
    const whole = viewer.shown.upright(settings).value[0];
    const largest = [...parts].filter(([name, { value }]) => value > 0 || name === "several threads").sort((a, b) => b[1].value - a[1].value).slice(0, 10);
    const items = largest.map(([name, { value, colour, query }]) => {
      const swatch = make("span", { class: "swatch" });
      swatch.style.background = colour;
      const text = value ? `${name} ${names.share(value, whole)}` : name;
      return query ? make("button", { type: "button", "data-query": query, title: `Search for ${name}` }, swatch, text) : make("span", {}, swatch, text);
    });
    const native = viewer.shown.analysis.facts.native ? [make("span", {}, make("i", {}, "slanted"), " native code")] : [];
    viewer.part("legend").replaceChildren(...items, ...native);
  }

  /** What is left out of the picture, and what it is a picture of. */
  note() {
    const { viewer } = this;
    const { settings } = viewer.now;
    const { shown } = viewer;
    /** @type {(Node | string)[]} */
    const parts = [];
    if (settings.of) {
      const { name, file } = shown.names.groups[settings.of];
      parts.push(`Callers above and callees below ${names.called(shown.names, name, file)}, over all its places. `);
    }
    if (settings.view === "leaks" && (shown.beside.suppressions || []).length) {
      const { stacks, bytes } = shown.suppressed();
      const button = make("button", { type: "button", "data-do": "suppressed" }, settings.suppressed ? "Hide them" : "Show them");
      parts.push(`${names.count(stacks)} suppressed, ${names.size(bytes)}. `, ...(stacks ? [button] : []));
    }
    viewer.part("note").replaceChildren(...parts);
    if (settings.view !== "temporal") return;
    const [from, to] = state.get("range").split(",").map(Number);
    const { started } = shown.analysis.facts;
    const high = shown.highest(settings.range);
    const point = `highest point ${names.size(shown.columns["snapshots.high_water"][high])} at ${names.duration(shown.bounds(high)[1] - started)}`;
    viewer.part("range").textContent = `${to > from ? `${names.duration(from)} to ${names.duration(to)}` : "The whole time"}: ${point}`;
  }
}
