"use strict";
/* The table below the graph: functions, places, packages, or the tree; sorted, filtered, in pages. */

/**
 * @typedef {object} Row
 * @property {string} key  what the fragment calls it; "" where it cannot be chosen
 * @property {string} name
 * @property {string} more  file, allocator
 * @property {number[]} figures  by column; bytes and counts of it itself, of all below too
 * @property {Kind | null} [kind]  of a leak
 */

class Table {
  /** @param {Viewer} viewer */
  constructor(viewer) {
    this.viewer = viewer;
    this.box = viewer.part("table");
    this.chosen = "";
    this.box.addEventListener("click", (event) => {
      const target = /** @type {HTMLElement} */ (event.target);
      const { sort, by, page } = /** @type {HTMLElement} */ (target.closest("[data-sort], [data-by], [data-page]") || target).dataset;
      if (sort) state.set({ sort, page: "" });
      if (by !== undefined) state.set({ by, page: "", sort: "" });
      if (page) state.set({ page }, "move");
      const key = /** @type {HTMLElement | null} */ (target.closest("[data-key]"))?.dataset.key;
      if (key) state.set({ fn: key === state.get("fn") ? "" : key });
      const focus = sort ? `[data-sort="${sort}"]` : page && target.title ? `[title="${target.title}"]` : key ? "[data-key][aria-pressed=true]" : "";
      if (focus) /** @type {HTMLElement | null} */ (this.box.querySelector(focus))?.focus();
    });
  }

  /** @param {"" | "places" | "packages" | "tree"} by */
  columns(by) {
    const { settings } = this.viewer.now;
    const own = settings.metric === "bytes" ? "Own" : "Own allocations";
    const other = settings.metric === "bytes" ? "Allocations" : "Bytes";
    if (by === "places") return [settings.metric === "bytes" ? "Bytes" : "Allocations", other];
    return settings.view === "leaks" && this.viewer.kinds ? [own, "With callees", other, "When"] : [own, "With callees", other];
  }

  show() {
    const by = /** @type {"" | "places" | "packages" | "tree"} */ (state.get("by"));
    const choice = [["", "Functions"], ["places", "Places"], ["packages", "Packages"], ["tree", "Tree"]].map(([value, text]) =>
      make("button", { type: "button", "data-by": value, "aria-pressed": String(value === by) }, text),
    );
    const head = make("div", { class: "viewer-by", role: "group", "aria-label": "Rows" }, ...choice);
    const kept = /** @type {HTMLElement | null} */ (document.activeElement)?.dataset.by;
    this.box.replaceChildren(head, ...(by === "tree" ? [this.tree()] : this.table(by)));
    if (kept !== undefined) choice.find((button) => button.dataset.by === kept)?.focus();
  }

  /** The rows as they are shown: filtered and sorted. @param {"" | "places" | "packages"} by */
  rows(by) {
    const { settings } = this.viewer.now;
    const least = settings.metric === "bytes" ? Number(state.get("least")) : 0;
    const rows = this[by || "functions"]().filter(({ figures }) => Math.max(figures[0], by === "places" ? 0 : figures[1]) > Math.max(0, least - 1));
    const [column, turned] = (state.get("sort") || "0").split("-");
    const sign = turned === "up" ? 1 : -1;
    const value = (/** @type {Row} */ row) => (column === "3" ? row.kind?.rank || 0 : row.figures[Number(column)] || 0);
    const byName = (/** @type {Row} */ a, /** @type {Row} */ b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.more < b.more ? -1 : 1);
    return rows.sort((a, b) => (column === "name" ? -sign * byName(a, b) : sign * (value(a) - value(b)) || byName(a, b)));
  }

  /** @param {"" | "places" | "packages"} by */
  table(by) {
    const rows = this.rows(by);
    const size = this.viewer.slot()?.dataset.view === "table" ? 50 : 15;
    const last = Math.max(0, Math.ceil(rows.length / size) - 1);
    let page = Math.min(Number(state.get("page")) || 0, last);
    // A function chosen in the graph is shown, on whatever page it is.
    const fn = state.get("fn");
    if (fn && fn !== this.chosen) page = Math.max(0, Math.floor(rows.findIndex(({ key }) => key === fn) / size));
    this.chosen = fn;
    const columns = this.columns(by);
    const [sorted, turned] = (state.get("sort") || "0").split("-");
    const heads = ["name", ...columns.keys()].map((column) => {
      const on = String(column) === sorted;
      const next = on && turned !== "up" ? `${column}-up` : String(column);
      const title = column === "name" ? { "": "Function", places: "Place", packages: "Package" }[by] : columns[Number(column)];
      const attributes = { scope: "col", class: column === "name" || column === 3 ? "" : "num", ...(on && { "aria-sort": turned === "up" ? "ascending" : "descending" }) };
      return make("th", attributes, make("button", { type: "button", "data-sort": next }, title));
    });
    const shown = rows.slice(page * size, (page + 1) * size);
    const body = shown.length ? shown.map((row) => this.row(row, columns.length)) : [make("tr", {}, make("td", { colspan: String(columns.length + 1), class: "empty" }, "Nothing."))];
    const table = make("table", { class: "figures" }, make("thead", {}, make("tr", {}, ...heads)), make("tbody", {}, ...body));
    const parts = [make("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Table" }, table)];
    if (last) {
      const button = (/** @type {string} */ title, /** @type {string} */ text, /** @type {number} */ to) => {
        const made = make("button", { type: "button", title, "aria-label": title, "data-page": String(to) }, text);
        /** @type {HTMLButtonElement} */ (made).disabled = to < 0 || to > last;
        return made;
      };
      const text = `${page * size + 1} – ${page * size + shown.length} of ${names.count(rows.length)}`;
      parts.push(make("div", { class: "viewer-pages" }, button("Previous page", "‹", page - 1), make("span", {}, text), button("Next page", "›", page + 1)));
    }
    return parts;
  }

  /**
   * @param {Row} row
   * @param {number} columns
   */
  row({ key, name, more, figures, kind }, columns) {
    const { settings } = this.viewer.now;
    const other = settings.metric === "bytes" ? "count" : "bytes";
    const whole = this.viewer.shown.upright(settings).value[0];
    const chosen = Boolean(key) && key === state.get("fn");
    const label = make("code", { class: "function" }, name);
    const head = key ? make("button", { type: "button", class: "viewer-pick", "data-key": key, "aria-pressed": String(chosen) }, label) : label;
    const cells = figures.map((figure, i) => {
      const metric = i === figures.length - 1 ? other : settings.metric;
      const cell = make("td", { class: "num", title: metric === "bytes" ? `${names.count(figure)} bytes` : "" }, names.figure(figure, metric));
      if (metric === settings.metric) cell.append(" ", make("small", { class: "part" }, names.share(figure, whole)));
      return cell;
    });
    if (columns > 3) cells.push(make("td", { class: "viewer-when" }, ...(kind ? [leaks.spark(kind), ` ${kind.name}`] : [])));
    return make("tr", chosen ? { class: "chosen" } : {}, make("th", { scope: "row" }, head, " ", make("span", { class: "file" }, more)), ...cells);
  }

  /** Which groups have a frame that the search means. @param {ArrayLike<number>} groupOf  by frame */
  hits(groupOf) {
    const { matches } = this.viewer;
    if (!matches) return null;
    const hit = new Set();
    for (let frame = 1; frame < groupOf.length; frame++) if (matches[frame]) hit.add(groupOf[frame]);
    return hit;
  }

  /** @returns {Row[]} */
  functions() {
    const { viewer } = this;
    const model = viewer.shown;
    const { settings } = viewer.now;
    const { groups, files, groupOf } = model.names;
    const { group, first } = model.shape(settings);
    const sums = this.sums(group, groups.length, first);
    const hits = this.hits(groupOf);
    return groups.map(({ name, file }, i) => ({
      key: viewer.groupText(i), name: names.called(model.names, name, file), more: file < 0 || name === "<module>" ? "" : files[file].name,
      figures: [sums.self[i], sums.whole[i], sums.other[i]], kind: viewer.kinds ? viewer.kinds[i] : null,
    })).filter((_, i) => !hits || hits.has(i));
  }

  /**
   * @param {Uint32Array} group
   * @param {number} size
   * @param {Uint8Array} first
   */
  sums(group, size, first) {
    const model = this.viewer.shown;
    const { settings } = this.viewer.now;
    const { tree } = model.shape(settings);
    const own = model.own(settings);
    const other = settings.metric === "bytes" ? "count" : "bytes";
    const { self, whole } = calltree.byGroup(tree, group, size, first, own[settings.metric], model.upright(settings).value);
    const beside = new Float64Array(size);
    for (let node = 0; node < group.length; node++) beside[group[node]] += own[other][node];
    return { self, whole, other: beside };
  }

  /** @returns {Row[]} */
  packages() {
    const { shown: model, now } = this.viewer;
    const { files, fileOf } = model.names;
    const known = new Map([[names.NO_FRAMES, 0]]);
    const ofFile = files.map(({ package: name }) => known.get(name) ?? (known.set(name, known.size), known.size - 1));
    const ofFrame = Uint32Array.from(fileOf, (file, frame) => (frame ? ofFile[file] : 0));
    const { tree } = model.shape(now.settings);
    const group = Uint32Array.from(tree.frame, (frame) => ofFrame[frame]);
    const sums = this.sums(group, known.size, calltree.outermost(tree, group, known.size));
    const hits = this.hits(ofFrame);
    return [...known].map(([name, i]) => ({ key: "", name, more: files[ofFile.indexOf(i)]?.origin || "", figures: [sums.self[i], sums.whole[i], sums.other[i]] }))
      .filter((_, i) => !hits || hits.has(i));
  }

  /** What `memray table` lists: the places that allocate, by allocator, whatever the graph hides. @returns {Row[]} */
  places() {
    const { shown: model, now, matches } = this.viewer;
    const { settings } = now;
    const rows = model.rows(model.table(settings));
    const keep = model.keep(settings);
    const { functions, functionOf, fileOf, lineOf, files } = model.names;
    /** @type {Map<number, number[]>} */
    const found = new Map();
    for (let row = 0; row < rows.node.length; row++) {
      const frame = model.base.frame[rows.node[row]];
      if ((keep && !keep(row)) || (matches && !matches[frame])) continue;
      const key = frame * 16 + (rows.allocator ? rows.allocator[row] : 0);
      const sums = found.get(key);
      if (sums) {
        sums[0] += rows.bytes[row];
        sums[1] += rows.count[row];
      } else found.set(key, [rows.bytes[row], rows.count[row]]);
    }
    return [...found].map(([key, sums]) => {
      const frame = key >> 4;
      return {
        key: frame ? this.viewer.groupText(model.names.groupOf[frame]) : "",
        name: frame ? functions[functionOf[frame]] : names.NO_FRAMES,
        more: [frame ? `${files[fileOf[frame]].name}:${lineOf[frame]}` : "", Table.ALLOCATORS[key & 15]].filter(Boolean).join(" · "),
        figures: settings.metric === "bytes" ? sums : [sums[1], sums[0]],
      };
    });
  }

  /** By memray's numbers. */
  static ALLOCATORS = [
    "", "pymalloc_free", "pymalloc_malloc", "pymalloc_calloc", "pymalloc_realloc", "free", "malloc", "realloc", "calloc",
    "posix_memalign", "aligned_alloc", "memalign", "valloc", "pvalloc", "mmap", "munmap",
  ];

  /** The graph as a tree that opens, largest branch first. */
  tree() {
    const { panes, zoom, settings } = this.viewer.now;
    const pane = panes.length - 1;
    const list = this.branches({ pane, node: zoom.pane === pane ? zoom.node : 0 }, 8);
    return make("div", { class: "viewer-tree" }, panes[pane].value[0] ? list : make("p", { class: "empty" }, `${this.viewer.panels.root(settings)}: nothing.`));
  }

  /**
   * @param {Spot} above
   * @param {number} open  how far the largest branch is opened
   */
  branches(above, open) {
    const { viewer } = this;
    const { panes, settings } = viewer.now;
    const graph = panes[above.pane];
    const whole = viewer.shown.upright(settings).value[0];
    const least = Math.max(settings.metric === "bytes" ? Number(state.get("least")) : 0, whole / 5000);
    const below = graph.children(above.node).sort((a, b) => graph.value[b] - graph.value[a]);
    const large = below.filter((node) => graph.value[node] >= least);
    const items = large.map((node, i) => {
      const frame = graph.frame[node];
      const figures = [
        make("span", { class: "num" }, names.figure(graph.value[node], settings.metric)), " ",
        make("span", { class: "num part" }, names.share(graph.value[node], whole)), " ",
        make("code", { class: "function" }, names.label(viewer.shown.names, frame)), " ",
        make("span", { class: "file" }, names.place(viewer.shown.names, frame)),
      ];
      if (!graph.children(node).length) return make("li", {}, make("div", { class: "leaf" }, ...figures));
      const branch = /** @type {HTMLDetailsElement} */ (make("details", {}, make("summary", {}, ...figures)));
      const grow = () => {
        if (branch.open && branch.children.length < 2) branch.append(this.branches({ pane: above.pane, node }, i ? 0 : open - 1));
      };
      branch.addEventListener("toggle", grow);
      if (open > 0 && !i) {
        branch.open = true;
        grow();
      }
      return make("li", {}, branch);
    });
    const rest = below.length - large.length;
    if (rest) items.push(make("li", {}, make("div", { class: "leaf file" }, `and ${names.count(rest)} smaller`)));
    return make("ul", { class: "tree" }, ...items);
  }
}
