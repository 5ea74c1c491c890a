"use strict";
/* The controls: settings in, graph, table and sentences out. One viewer for a page; it moves into the open tab. */

class Viewer {
  /** @param {HTMLElement} mount */
  constructor(mount) {
    this.mount = mount;
    this.flame = new Flamegraph(/** @type {HTMLElement} */ (mount.querySelector(".graph")));
    this.fields = /** @type {(HTMLInputElement | HTMLSelectElement)[]} */ ([...mount.querySelectorAll("[name]")]);
    /** @type {Model | null} */
    this.model = null;
    /** @type {Spot} */
    this.spot = { pane: 0, node: 0 };
    /** @type {Uint8Array | null} */
    this.matches = null;
    this.palette = new Palette(mount);
    /** What is on display. @type {{settings: Settings, panes: Graph[], zoom: Spot}} */
    this.now = /** @type {any} */ (null);
  }

  /** @param {string} name */
  part(name) {
    return /** @type {HTMLElement} */ (this.mount.querySelector(`[data-part=${name}]`));
  }

  /** The section that the viewer stands in, and what it is to show there. */
  slot() {
    const slots = /** @type {HTMLElement[]} */ ([...document.querySelectorAll(".viewer-slot")]);
    return slots.find((slot) => !slot.closest("[hidden]")) || null;
  }

  async start() {
    const { capture = "", src = "" } = this.mount.dataset;
    this.model = new Model(await sitegen.load(capture, src));
    this.fillThreads(this.model);
    controls(this);
    state.listen(() => this.refresh());
    this.palette.listen(() => {
      this.flame.restyle();
      this.refresh();
    });
    this.flame.restyle();
    document.documentElement.dataset.viewer = "true";
    this.mount.hidden = false;
    await this.refresh();
  }

  /** @param {Model} model */
  fillThreads({ analysis }) {
    const select = this.field("thread");
    analysis.threads.forEach((/** @type {any} */ _, /** @type {number} */ i) => select.append(new Option(this.thread(i), String(i))));
    if (analysis.threads.length < 2) /** @type {HTMLElement} */ (select.closest("label")).hidden = true;
  }

  /** @param {string} name */
  field(name) {
    return /** @type {HTMLSelectElement} */ (this.fields.find((field) => field.name === name));
  }

  /** What a thread is called. @param {number} index */
  thread(index) {
    const { id, name } = this.shown.analysis.threads[index];
    const main = id === this.shown.analysis.facts.main_thread ? "main thread" : "";
    return [name || main, `0x${id.toString(16)}`].filter(Boolean).join(" ");
  }

  get shown() {
    return /** @type {Model} */ (this.model);
  }

  /** @returns {Settings} */
  settings() {
    const view = /** @type {View} */ (this.view());
    const of = state.get("of");
    return {
      view, metric: state.get("metric") === "count" ? "count" : "bytes",
      thread: this.shown.analysis.threads[state.get("thread")] ? Number(state.get("thread")) : -1,
      irrelevant: state.get("irrelevant") === "show", imports: state.get("imports") !== "hide",
      inverted: state.get("inverted") === "1", of: of ? this.groupNamed(of) : -1,
      range: state.get("range"), mode: state.get("mode"), life: view === "temporal" ? state.get("life") : "",
      suppressed: state.get("suppressed") === "show",
    };
  }

  /** The view of the open tab; a tab for all views shows the one that the fragment names. */
  view() {
    const view = this.slot()?.dataset.view || "peak";
    return view === "table" ? state.get("view") || "peak" : view;
  }

  /** @param {string} text `file:function`, as in the fragment */
  groupNamed(text) {
    const { groups, files } = this.shown.names;
    return groups.findIndex(({ name, file }) => file >= 0 && `${files[file].name}:${name}` === text);
  }

  /** @param {number} group */
  groupText(group) {
    const { groups, files } = this.shown.names;
    return group > 0 ? `${files[groups[group].file].name}:${groups[group].name}` : "";
  }

  /** Shows what the state says. */
  async refresh() {
    const slot = this.slot();
    if (!slot) return ready();
    if (this.mount.parentElement !== slot) slot.append(this.mount);
    const { temporal = "", capture } = this.mount.dataset;
    if (this.view() === "temporal" && !this.shown.temporal) {
      if (!temporal) return ready();
      this.shown.join(await sitegen.load(`${capture}#temporal`, temporal));
    }
    const settings = this.settings();
    this.sync(settings);
    const panes = this.shown.panes(settings);
    const zoom = this.zoomed(panes, settings);
    this.now = { settings, panes, zoom };
    this.find();
    this.draw();
    this.flame.ring("hover", null);
    this.flame.ring("focus", this.spot);
    ready();
  }

  /** Sets the controls to the state. @param {Settings} settings */
  sync(settings) {
    for (const field of this.fields) {
      const value = field.name === "view" ? settings.view : state.get(field.name);
      if (field instanceof HTMLInputElement && field.type === "checkbox") field.checked = (value === field.value) !== field.defaultChecked;
      else if (field.value !== value) field.value = value;
    }
    this.part("time").hidden = settings.view !== "temporal";
  }

  /** Which frames the search means. */
  find() {
    const query = state.get("q");
    this.matches = query ? search.frames(query, this.shown.names) : null;
    this.field("q").setAttribute("aria-invalid", String(Boolean(query && !this.matches)));
  }

  draw() {
    const { settings, panes, zoom } = this.now;
    const { names: frames } = this.shown;
    const frame = (/** @type {Spot} */ { pane, node }) => panes[pane].frame[node];
    const { matches } = this;
    const root = settings.of < 0;
    const chosen = this.groupNamed(state.get("fn"));
    const paint = this.palette.painter(state.get("colour"), frames, panes, null);
    this.flame.show({
      panes, zoom, flames: state.get("flames") === "1",
      least: settings.metric === "bytes" ? Number(state.get("least")) : 0,
      label: (spot) => (root && !spot.node ? [this.rootName(settings), ""] : [names.label(frames, frame(spot)), names.place(frames, frame(spot))]),
      fill: (spot) => (root && !spot.node ? this.palette.root : paint(spot)),
      italic: (spot) => frames.kind[frame(spot)] === "n",
      lit: matches && ((spot) => Boolean(matches[frame(spot)])),
      chosen: (spot) => chosen > 0 && this.groupAt(spot) === chosen,
    });
  }

  /** @param {Settings} settings */
  rootName({ view }) {
    return { peak: "Memory at the peak", leaks: "Memory not freed", temporary: "Temporary memory", temporal: "Memory in the range" }[view];
  }

  /**
   * The node that the fragment zooms to. In a plain graph it is a node of the data file, so that it stays the
   * same whatever is hidden; in others the way down to it, frame by frame.
   * @param {Graph[]} panes
   * @param {Settings} settings
   * @returns {Spot}
   */
  zoomed(panes, settings) {
    const text = state.get("zoom");
    const plain = settings.of < 0 && !settings.inverted;
    if (plain) {
      const node = this.shown.shape(settings).place[Number(text)] || 0;
      return { pane: 0, node: node < panes[0].value.length && panes[0].value[node] > 0 ? node : 0 };
    }
    const pane = text.startsWith("-") && panes.length > 1 ? 1 : 0;
    let node = 0;
    for (const step of text.replace("-", "").split(".").filter(Boolean)) {
      const next = panes[pane].children(node).find((child) => panes[pane].frame[child] === Number(step));
      if (next === undefined) break;
      node = next;
    }
    return { pane, node };
  }

  /** The zoom as the fragment has it. @param {Spot} spot */
  zoomText({ pane, node }) {
    const settings = this.settings();
    if (settings.of < 0 && !settings.inverted) return node ? String(this.shown.shape(settings).from[node]) : "";
    const graph = this.shown.panes(settings)[pane];
    const steps = [];
    for (let at = node; at; at = graph.parent[at]) steps.push(graph.frame[at]);
    return steps.length ? (pane ? "-" : "") + steps.reverse().join(".") : "";
  }

  /**
   * A change of one control. What was typed is no step that the browser's button takes back.
   * @param {string} name
   * @param {string} value
   */
  change(name, value) {
    if (name === "view" && this.slot()?.dataset.view !== "table") {
      const slot = /** @type {HTMLElement | null} */ (document.querySelector(`.viewer-slot[data-view=${value}]`));
      return state.set({ tab: slot?.closest("section")?.id || state.tab });
    }
    /** @type {Record<string, string>} */
    const unzoomed = name === "inverted" ? { zoom: "", of: "" } : {};
    state.set({ [name]: value === "peak" && name === "view" ? "" : value, ...unzoomed }, name === "q" ? "move" : "step");
  }

  /** A click: to the frame, and away from it when it is where we are. @param {Spot} spot */
  choose(spot) {
    const { pane, node } = this.now.zoom;
    const graph = this.now.panes[spot.pane];
    const there = spot.pane === pane && spot.node === node;
    this.spot = there && node ? { pane, node: graph.parent[node] } : spot;
    const fn = this.groupText(this.groupAt(spot));
    state.set({ zoom: this.zoomText(this.spot), fn });
    this.announce();
  }

  unzoom() {
    if (state.get("zoom") || state.get("of")) {
      this.spot = { pane: 0, node: 0 };
      state.set(state.get("zoom") ? { zoom: "" } : { of: "" });
    } else if (state.get("q") || state.get("fn")) state.set({ q: "", fn: "" });
  }

  /** The function of a node, 0 for none. @param {Spot} spot */
  groupAt({ pane, node }) {
    const { panes, settings } = this.now;
    const graph = panes[pane];
    if (!node) return settings.of >= 0 ? settings.of : 0;
    return graph.tree ? this.shown.shape(settings).group[node] : this.shown.names.groupOf[graph.frame[node]];
  }

  /** Callers and callees of a function, or back. @param {Spot} spot */
  sandwich(spot = this.spot) {
    const group = this.groupAt(spot);
    const of = this.groupText(group);
    if (!of && !state.get("of")) return this.say("Choose a frame first.");
    this.spot = { pane: 0, node: 0 };
    state.set({ of: of === state.get("of") ? "" : of, fn: of, zoom: "" });
  }

  /** Moves the keyboard's frame. @param {"left" | "right" | "up" | "down"} to */
  move(to) {
    const { boxes } = this.flame;
    const at = this.flame.where(this.spot);
    if (!at) {
      this.spot = this.now.zoom;
    } else {
      const middle = (at.left + at.right) / 2;
      const row = at.row + { left: 0, right: 0, up: -1, down: 1 }[to];
      const near = boxes.filter((box) => box.row === row && box !== at);
      const found =
        to === "left" ? near.filter((box) => box.left < at.left).sort((a, b) => b.left - a.left)[0]
        : to === "right" ? near.filter((box) => box.left > at.left).sort((a, b) => a.left - b.left)[0]
        : near.find((box) => box.left <= middle && middle < box.right)
          || near.filter((box) => box.left >= at.left && box.right <= at.right).sort((a, b) => b.right - b.left - (a.right - a.left))[0];
      if (!found) return;
      this.spot = { pane: found.pane, node: found.node };
    }
    this.flame.reveal(this.spot);
    this.flame.ring("focus", this.spot);
    this.announce();
  }

  /** Goes through what the search found, largest first. @param {1 | -1} by */
  step(by) {
    const { panes, settings } = this.now;
    const { matches } = this;
    if (!matches) return this.say("Nothing is searched for.");
    const found = panes.flatMap((graph, pane) => this.found(graph).map((node) => ({ pane, node })));
    if (!found.length) return this.say("No match.");
    const at = found.findIndex(({ pane, node }) => pane === this.spot.pane && node === this.spot.node);
    this.spot = found[at < 0 ? (by > 0 ? 0 : found.length - 1) : (at + by + found.length) % found.length];
    const box = this.flame.where(this.spot);
    if (!box || box.right - box.left < 12) {
      const above = { pane: this.spot.pane, node: panes[this.spot.pane].parent[this.spot.node] };
      state.set({ zoom: this.zoomText(settings.inverted ? this.spot : above) }, "move");
    }
    this.flame.reveal(this.spot);
    this.flame.ring("focus", this.spot);
    this.announce(`Match ${found.findIndex((spot) => spot === this.spot) + 1} of ${found.length}: `);
  }

  /** The topmost nodes that match, largest first; in graphs that grow as they are seen, those on display. @param {Graph} graph */
  found({ tree, value, frame, parent }) {
    const matches = /** @type {Uint8Array} */ (this.matches);
    const nodes = [];
    if (tree) {
      for (let node = 1; node < tree.end[0]; ) {
        if (matches[frame[node]] && value[node] > 0) {
          nodes.push(node);
          node = tree.end[node];
        } else node++;
      }
    } else for (let node = 1; node < value.length; node++) if (matches[frame[node]] && !matches[frame[parent[node]]]) nodes.push(node);
    return nodes.sort((a, b) => value[b] - value[a] || a - b);
  }

  /** Tells screen readers. @param {string} text */
  say(text) {
    this.part("live").textContent = text;
  }

  /** Tells them of the frame that has the focus. */
  announce(before = "") {
    const { name, where, figures } = this.about(this.spot);
    this.say(`${before}${[name, where, ...figures].filter(Boolean).join(", ")}`);
  }

  /**
   * What there is to say of a node.
   * @param {Spot} spot
   */
  about({ pane, node }) {
    const { panes, settings, zoom } = this.now;
    const graph = panes[pane];
    const frames = this.shown.names;
    const frame = graph.frame[node];
    const root = !node && settings.of < 0;
    const whole = this.shown.upright(settings).value[0];
    const value = graph.value[node];
    const seen = panes[zoom.pane].value[zoom.node];
    const file = frames.files[frames.fileOf[frame]];
    const line = frames.lineOf[frame];
    const below = graph.children(node).reduce((sum, child) => sum + graph.value[child], 0);
    const figures = [
      `${names.figure(value, settings.metric)}${settings.metric === "bytes" ? "" : " allocations"}, ${names.share(value, whole)} of all`,
      seen === whole || value === whole ? "" : `${names.share(value, seen)} of what is zoomed to`,
      graph.tree && value - below > 0 ? `${names.figure(value - below, settings.metric)} of it itself` : "",
      settings.metric === "bytes" ? names.allocations(graph.count[node]) : names.size(graph.bytes[node]),
    ];
    return {
      name: root ? this.rootName(settings) : names.label(frames, frame),
      where: root ? "" : file.name + (line ? `:${line}` : ""),
      path: root ? "" : file.path + (line ? `:${line}` : ""),
      figures: figures.filter(Boolean),
    };
  }

  /**
   * @param {HTMLElement} box
   * @param {Spot} spot
   */
  describe(box, spot) {
    const { name, path, figures } = this.about(spot);
    const line = (/** @type {string} */ tag, /** @type {string} */ text) => Object.assign(document.createElement(tag), { textContent: text });
    const place = line("div", path);
    place.className = "path";
    box.replaceChildren(line("b", name), place, ...figures.map((text) => line("div", text)));
  }
}

/** Tells tests and screenshots that the page is drawn. */
function ready() {
  document.documentElement.dataset.ready = "true";
}

document.addEventListener("DOMContentLoaded", () => {
  const mount = /** @type {HTMLElement | null} */ (document.querySelector(".viewer[data-src]"));
  if (mount) new Viewer(mount).start();
  else ready();
});
