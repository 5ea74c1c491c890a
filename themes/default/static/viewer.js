"use strict";
/* Settings in, graph, table and sentences out. One viewer for a page; it moves into the open tab. */

class Viewer {
  /** @param {HTMLElement} mount */
  constructor(mount) {
    this.mount = mount;
    this.flame = new Flamegraph(/** @type {HTMLElement} */ (mount.querySelector(".graph")));
    this.fields = /** @type {(HTMLInputElement | HTMLSelectElement)[]} */ ([...mount.querySelectorAll("[name]")]);
    this.palette = new Palette(mount);
    this.panels = new Panels(this);
    this.table = new Table(this);
    this.walk = new Walk(this);
    /** @type {Chart[]} */
    this.charts = [];
    /** @type {Model | null} */
    this.model = null;
    /** The frame that the keyboard is at. @type {Spot} */
    this.spot = { pane: 0, node: 0 };
    /** What the search means, by frame. @type {Uint8Array | null} */
    this.matches = null;
    /** The kind of every function's leak. @type {(Kind | null)[] | null} */
    this.kinds = null;
    /** What is on display. @type {{settings: Settings, panes: Graph[], zoom: Spot}} */
    this.now = /** @type {any} */ (null);
    this.later = 0;
  }

  /** @param {string} name */
  part(name) {
    return /** @type {HTMLElement} */ (this.mount.querySelector(`[data-part=${name}]`));
  }

  /** @param {string} name */
  field(name) {
    return /** @type {HTMLSelectElement} */ (this.fields.find((field) => field.name === name));
  }

  get shown() {
    return /** @type {Model} */ (this.model);
  }

  /** The place of the viewer in the open tab. @returns {HTMLElement | null} */
  slot() {
    return /** @type {HTMLElement[]} */ ([...document.querySelectorAll(".viewer-slot")]).find((slot) => !slot.closest("[hidden]")) || null;
  }

  async start() {
    const { capture = "", src = "" } = this.mount.dataset;
    const model = (this.model = new Model(await sitegen.load(capture, src)));
    const thread = this.field("thread");
    model.analysis.threads.forEach((/** @type {any} */ _, /** @type {number} */ i) => thread.append(new Option(this.thread(i), String(i))));
    if (model.analysis.threads.length < 2) /** @type {HTMLElement} */ (thread.closest("label")).hidden = true;
    this.charts = /** @type {SVGSVGElement[]} */ ([...document.querySelectorAll("svg.memory-chart")]).map((svg) => new Chart(svg, this));
    controls(this);
    state.listen(() => this.refresh());
    this.palette.listen(() => {
      this.flame.restyle();
      this.refresh();
    });
    document.documentElement.dataset.viewer = "true";
    this.mount.hidden = false;
    this.flame.restyle();
    await this.refresh();
  }

  /** What a thread is called. @param {number} index */
  thread(index) {
    const { threads, facts } = this.shown.analysis;
    const { id, name } = threads[index];
    return `${name || (id === facts.main_thread ? "main thread" : "thread")} 0x${id.toString(16)}`;
  }

  /** The view of the open tab; the tab of the table shows the one that the fragment names. */
  view() {
    const view = this.slot()?.dataset.view || "peak";
    return /** @type {View} */ (view === "table" ? state.get("view") || "peak" : view);
  }

  /** @returns {Settings} */
  settings() {
    const view = this.view();
    const timed = (/** @type {string} */ name) => (view === "temporal" ? state.get(name) : "");
    return {
      view, metric: state.get("metric") === "count" ? "count" : "bytes",
      thread: this.shown.analysis.threads[state.get("thread")] ? Number(state.get("thread")) : -1,
      irrelevant: state.get("irrelevant") === "show", imports: state.get("imports") !== "hide",
      inverted: state.get("inverted") === "1", of: this.groupNamed(state.get("of")),
      range: timed("range"), mode: timed("mode"), life: timed("life"), suppressed: state.get("suppressed") === "show",
    };
  }

  /** A function by what the fragment calls it, `file:function`; 0 for none. @param {string} text */
  groupNamed(text) {
    const { groups, files } = this.shown.names;
    return text ? Math.max(0, groups.findIndex(({ name, file }) => file >= 0 && `${files[file].name}:${name}` === text)) : 0;
  }

  /** @param {number} group */
  groupText(group) {
    const { groups, files } = this.shown.names;
    return group > 0 ? `${files[groups[group].file].name}:${groups[group].name}` : "";
  }

  /** The function of a node, 0 for none. @param {Spot} spot */
  groupAt({ pane, node }) {
    const { panes, settings } = this.now;
    const graph = panes[pane];
    if (!node) return settings.of;
    return graph.plain ? this.shown.shape(settings).group[node] : this.shown.names.groupOf[graph.frame[node]];
  }

  /** Shows what the state says. */
  async refresh() {
    const slot = this.slot();
    if (!slot) return ready();
    if (this.mount.parentElement !== slot) slot.append(this.mount);
    this.mount.dataset.shows = slot.dataset.view;
    const view = this.view();
    if (view === "temporal" && !(await this.temporal())) return ready();
    const settings = this.settings();
    this.sync(settings);
    this.kinds = view === "leaks" && this.shown.temporal ? leaks.kinds(this.shown, settings) : null;
    const panes = this.shown.panes(settings);
    this.now = { settings, panes, zoom: this.zoomed(panes, settings) };
    if (this.spot.pane >= panes.length || this.spot.node >= panes[this.spot.pane].value.length) this.spot = this.now.zoom;
    const query = state.get("q");
    this.matches = query ? search.frames(query, this.shown.names) : null;
    this.draw();
    this.panels.show();
    for (const chart of this.charts) chart.show();
    // While a range is dragged the table can wait; the graph cannot.
    clearTimeout(this.later);
    if (this.dragging) this.later = setTimeout(() => this.table.show(), 120);
    else this.table.show();
    ready();
    if (view === "leaks" && !this.shown.temporal && (await this.temporal())) this.refresh();
  }

  /** Loads the intervals; false where there are none. */
  async temporal() {
    const { temporal, capture } = this.mount.dataset;
    if (!this.shown.temporal && temporal) this.shown.join(await sitegen.load(`${capture}#temporal`, temporal));
    return this.shown.temporal;
  }

  get dragging() {
    return this.charts.some((chart) => chart.dragging);
  }

  /** Sets the controls to the state. @param {Settings} settings */
  sync(settings) {
    for (const field of this.fields) {
      const value = field.name === "view" ? settings.view : state.get(field.name);
      if (field.type === "checkbox") /** @type {HTMLInputElement} */ (field).checked = (value === field.value) !== /** @type {HTMLInputElement} */ (field).defaultChecked;
      else if (field.value !== value) field.value = value;
    }
    this.part("time").hidden = settings.view !== "temporal";
  }

  draw() {
    const { settings, panes, zoom } = this.now;
    const { names: frames } = this.shown;
    const { matches, palette } = this;
    const frame = (/** @type {Spot} */ { pane, node }) => panes[pane].frame[node];
    const chosen = this.groupNamed(state.get("fn"));
    const whole = !settings.of;
    const paint = palette.painter(state.get("colour"), frames, panes, panes[0].plain ? () => this.shown.threads(settings) : null);
    this.flame.show({
      panes, zoom, flames: state.get("flames") === "1",
      least: settings.metric === "bytes" ? Number(state.get("least")) : 0,
      label: (spot) => (whole && !spot.node ? [this.panels.root(settings), ""] : [names.label(frames, frame(spot)), names.place(frames, frame(spot))]),
      fill: (spot) => (whole && !spot.node ? palette.root : paint(spot)),
      italic: (spot) => frames.kind[frame(spot)] === "n",
      lit: matches && ((spot) => Boolean(matches[frame(spot)])),
      chosen: (spot) => chosen > 0 && this.groupAt(spot) === chosen,
    });
    this.flame.ring("hover", null);
    this.flame.ring("focus", this.spot);
  }

  /**
   * The node that the fragment zooms to. In a plain graph it is a node of the data file, so that it stays the
   * same in every view and whatever is hidden; in others the way down to it, frame by frame.
   * @param {Graph[]} panes
   * @param {Settings} settings
   * @returns {Spot}
   */
  zoomed(panes, settings) {
    const text = state.get("zoom");
    if (panes[0].plain) {
      let node = this.shown.shape(settings).place[Number(text)] || 0;
      while (node && !(panes[0].value[node] > 0)) node = panes[0].parent[node];
      return { pane: 0, node };
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

  /** A zoom as the fragment has it. @param {Spot} spot */
  zoomText({ pane, node }) {
    const { settings, panes } = this.now;
    const graph = panes[pane];
    if (graph.plain) return node ? String(this.shown.shape(settings).from[node]) : "";
    const steps = [];
    for (let at = node; at; at = graph.parent[at]) steps.push(graph.frame[at]);
    return steps.length ? (pane ? "-" : "") + steps.reverse().join(".") : "";
  }

  /**
   * A change of one control. What is typed is no step that the browser's button takes back.
   * @param {string} name
   * @param {string} value
   */
  change(name, value) {
    if (name === "view" && this.slot()?.dataset.view !== "table") {
      const slot = document.querySelector(`.viewer-slot[data-view=${value}]`);
      return state.set({ tab: slot?.closest("section")?.id || state.tab });
    }
    /** @type {Record<string, string>} */
    const changes = { [name]: name === "view" && value === "peak" ? "" : value, page: "" };
    if (name === "inverted") Object.assign(changes, { zoom: "", of: "" });
    state.set(changes, name === "q" ? "move" : "step");
  }

  /** A click: to the frame, and away from it when it is where we are. @param {Spot} spot */
  choose(spot) {
    const { zoom, panes } = this.now;
    const there = spot.node && spot.pane === zoom.pane && spot.node === zoom.node;
    const to = there ? { pane: spot.pane, node: panes[spot.pane].parent[spot.node] } : spot;
    this.spot = to;
    state.set({ zoom: this.zoomText(to), fn: this.groupText(this.groupAt(spot)) });
    this.flame.reveal(to);
    this.walk.announce();
  }

  /** One step back to everything: the zoom, the sandwich, then the search and the choice. */
  unzoom() {
    this.spot = { pane: 0, node: 0 };
    if (state.get("zoom")) state.set({ zoom: "" });
    else if (state.get("of")) state.set({ of: "" });
    else state.set({ q: "", fn: "" });
  }

  /** Callers and callees of a function, or back. @param {Spot} spot */
  sandwich(spot = this.spot) {
    const of = this.groupText(this.groupAt(spot)) || state.get("fn");
    if (!of) return this.walk.say("Choose a frame first.");
    this.spot = { pane: 0, node: 0 };
    state.set({ of: of === state.get("of") ? "" : of, fn: of, zoom: "" });
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
