"use strict";
/* The table below the graph: functions, places, packages, or the tree; sorted, filtered, in pages. */

class Table {
	/** By memray's numbers. */
	static ALLOCATORS = [
		"", "pymalloc_free", "pymalloc_malloc", "pymalloc_calloc", "pymalloc_realloc", "free", "malloc", "realloc", "calloc",
		"posix_memalign", "aligned_alloc", "memalign", "valloc", "pvalloc", "mmap", "munmap",
	];

	/** @param {Viewer} viewer */
	constructor(viewer) {
		this.viewer = viewer;
		this.box = viewer.part("table");
		this.chosen = "";
		this.box.addEventListener("click", (event) => {
			const [sort, by, page, key] = ["sort", "by", "page", "key"].map((name) => dataOf(event, name));
			if (sort) state.set({ sort, page: "" });
			if (by !== undefined) state.set({ by, page: "", sort: "" });
			if (page) state.set({ page }, "move");
			if (key) state.set({ fn: key === state.get("fn") ? "" : key });
		});
	}

	/** What the rows are of. @returns {By} */
	by() {
		const by = /** @type {By} */ (state.get("by"));
		return this.kinds().some(([kind]) => kind === by) ? by : "";
	}

	kinds() {
		const kinds = [["", "Functions"], ["places", "Places"], ["packages", "Packages"], ["tree", "Tree"]];
		return kinds.filter(([kind]) => kind !== "places" || !this.viewer.diff);
	}

	/** The columns after the name. @param {By} by */
	columns(by) {
		const { metric } = this.viewer.now.settings;
		if (this.viewer.diff) return ["Own change", "With callees", "Own before", "Own after"];
		const figures = metric === "bytes" ? ["Own", "With callees", "Allocations"] : ["Own allocations", "With callees", "Bytes"];
		if (by === "places") figures.splice(1, 1);
		return !by && this.viewer.kinds ? [...figures, "When"] : figures;
	}

	show() {
		const by = this.by();
		const focus = this.box.contains(document.activeElement) ? /** @type {HTMLElement} */ (document.activeElement) : null;
		const again = focus && Object.entries(focus.dataset).map(([name, value]) => `[data-${name}="${CSS.escape(value || "")}"]`).join("");
		const kinds = this.kinds().map(([kind, text]) => make("button", { type: "button", "data-by": kind, "aria-pressed": `${kind === by}` }, text));
		const choice = make("div", { class: "viewer-by", role: "group", "aria-label": "Rows" }, ...kinds);
		this.box.replaceChildren(choice, ...(by === "tree" ? [this.tree()] : this.table(by)));
		// What had the focus was replaced.
		if (focus) (find(this.box, again || "button") || find(this.box, `[title="${focus.title || "-"}"]`))?.focus();
	}

	/** How rows are sorted: column, and whether upwards. */
	order() {
		const [column, up] = (state.get("sort") || "0").split("-");
		return { column, up: up === "up" };
	}

	/** The rows as they are shown: filtered and sorted. @param {Exclude<By, "tree">} by */
	rows(by) {
		const { viewer } = this;
		const { column, up } = this.order();
		const least = Math.max(viewer.least(), 1);
		const kind = this.columns(by)[Number(column)] === "When";
		const rows = this[by || "functions"]().filter(({ figures }) => figures.slice(0, by === "places" ? 1 : 2).some((figure) => Math.abs(figure) >= least));
		const value = (/** @type {TableRow} */ { figures, kind: of }) => (kind ? (of?.rank || 0) * 2 ** 50 + figures[0] : viewer.diff ? Math.abs(figures[+column]) : figures[+column]);
		const byName = (/** @type {TableRow} */ a, /** @type {TableRow} */ b) => (a.name === b.name ? (a.more < b.more ? -1 : 1) : a.name < b.name ? -1 : 1);
		rows.sort((a, b) => (column === "name" ? byName(a, b) : value(b) - value(a) || byName(a, b)));
		return up ? rows.reverse() : rows;
	}

	/** @param {Exclude<By, "tree">} by */
	table(by) {
		const rows = this.rows(by);
		const size = this.viewer.mount.dataset.shows === "table" ? 50 : 15;
		const last = Math.max(0, Math.ceil(rows.length / size) - 1);
		let page = Math.min(Number(state.get("page")), last);
		// A function chosen in the graph is shown, on whatever page it is.
		const fn = state.get("fn");
		const at = fn === this.chosen ? -1 : rows.findIndex(({ key }) => key === fn);
		if (at >= 0) page = Math.floor(at / size);
		this.chosen = fn;
		const { column, up } = this.order();
		const columns = this.columns(by);
		const heads = [{ "": "Function", places: "Place", packages: "Package" }[by], ...columns].map((title, i) => {
			const name = i ? String(i - 1) : "name";
			const on = name === column;
			const sort = on && !up ? `${name}-up` : name;
			const attributes = { scope: "col", class: i && title !== "When" ? "num" : "", ...(on && { "aria-sort": up ? "ascending" : "descending" }) };
			return make("th", attributes, make("button", { type: "button", "data-sort": sort, title: `Sort by ${title}` }, title));
		});
		const shown = rows.slice(page * size, (page + 1) * size);
		const body = shown.map((row) => this.row(row, columns.length));
		if (!body.length) body.push(make("tr", {}, make("td", { colspan: columns.length + 1, class: "empty" }, "Nothing.")));
		const table = make("table", { class: "figures" }, make("thead", {}, make("tr", {}, ...heads)), make("tbody", {}, ...body));
		const parts = [make("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Table" }, table)];
		if (last) {
			const turn = (/** @type {string} */ title, /** @type {string} */ text, /** @type {number} */ to) => make("button", { type: "button", title, "aria-label": title, "data-page": to, ...((to < 0 || to > last) && { disabled: "" }) }, text);
			const where = `${page * size + 1} – ${page * size + shown.length} of ${names.count(rows.length)}`;
			parts.push(make("div", { class: "viewer-pages" }, turn("Previous page", "‹", page - 1), where, turn("Next page", "›", page + 1)));
		}
		return parts;
	}

	/** @param {TableRow} row @param {number} columns */
	row({ key, name, more, figures, kind }, columns) {
		const { diff, shown, now } = this.viewer;
		const { metric } = now.settings;
		const whole = shown.upright(now.settings).value[0];
		const chosen = Boolean(key) && key === state.get("fn");
		const label = make("code", { class: "function" }, name);
		const head = key ? make("button", { type: "button", class: "viewer-pick", "data-key": key, "aria-pressed": `${chosen}` }, label) : label;
		const cells = figures.map((figure, i) => {
			const of = i < figures.length - 1 || diff ? metric : metric === "bytes" ? "count" : "bytes";
			const cell = make("td", { class: "num", title: of === "bytes" ? `${names.count(figure)} bytes` : "" }, diff && i < 2 ? names.change(figure, of) : names.figure(figure, of));
			if (of === metric && !diff) cell.append(" ", make("small", { class: "part" }, names.share(figure, whole)));
			return cell;
		});
		if (columns > figures.length) cells.push(make("td", { class: "viewer-when" }, ...(kind ? [leaks.spark(kind), ` ${kind.name}`] : [])));
		return make("tr", { class: chosen ? "chosen" : "" }, make("th", { scope: "row" }, head, " ", make("span", { class: "file" }, more)), ...cells);
	}

	/**
	 * Rows by group of nodes; those that the search does not mean are left out.
	 * @param {Uint32Array} group  of every node
	 * @param {ArrayLike<number>} ofFrame
	 * @param {Uint8Array} first
	 * @param {TableRow[]} rows  one for each group, without figures
	 */
	grouped(group, ofFrame, first, rows) {
		const { shown, now, matches } = this.viewer;
		const { settings } = now;
		const hits = new Set(matches && Array.from(ofFrame).filter((_, frame) => matches[frame]));
		if (shown instanceof Diff) shown.changes(settings, group, rows.length, first).forEach((figures, i) => (rows[i].figures = figures));
		else {
			const own = shown.own(settings);
			const { self, whole } = calltree.byGroup(shown.shape(settings).tree, group, rows.length, first, own[settings.metric], shown.upright(settings).value);
			const other = own[settings.metric === "bytes" ? "count" : "bytes"];
			rows.forEach((row, i) => (row.figures = [self[i], whole[i], 0]));
			group.forEach((at, node) => (rows[at].figures[2] += other[node]));
		}
		return matches ? rows.filter((_, i) => hits.has(i)) : rows;
	}

	functions() {
		const { viewer } = this;
		const { frames } = viewer.shown;
		const { group, first } = viewer.shown.shape(viewer.now.settings);
		const rows = frames.groups.map(({ name, file }, i) => ({
			key: viewer.groupText(i), name: names.called(frames, name, file), more: file < 0 || name === "<module>" ? "" : frames.files[file].name,
			figures: [], kind: viewer.kinds && viewer.kinds[i],
		}));
		return this.grouped(group, frames.groupOf, first, rows);
	}

	packages() {
		const { shown, now } = this.viewer;
		const { files, fileOf } = shown.frames;
		const known = [...new Set([names.NO_FRAMES, ...files.map((file) => file.package)])];
		const ofFile = files.map((file) => known.indexOf(file.package));
		const ofFrame = Array.from(fileOf, (file, frame) => (frame ? ofFile[file] : 0));
		const { tree } = shown.shape(now.settings);
		const group = tree.frame.map((frame) => ofFrame[frame]);
		const rows = known.map((name, i) => ({ key: "", name, more: files[ofFile.indexOf(i)]?.origin || "", figures: [] }));
		return this.grouped(group, ofFrame, calltree.outermost(tree, group, known.length), rows);
	}

	/** What `memray table` lists: the places that allocate, by allocator, whatever the graph hides. */
	places() {
		const { shown, now, matches } = this.viewer;
		const rows = shown.asked(now.settings);
		const keep = shown.keep(now.settings, rows);
		const { functions, functionOf, fileOf, lineOf, files, groupOf } = shown.frames;
		const order = now.settings.metric === "bytes" ? [rows.bytes, rows.count] : [rows.count, rows.bytes];
		/** @type {Map<number, TableRow>} */
		const found = new Map();
		for (let row = 0; row < rows.node.length; row++) {
			const frame = shown.base.frame[rows.node[row]];
			if ((keep && !keep(row)) || (matches && !matches[frame])) continue;
			const allocator = rows.allocator ? rows.allocator[row] : 0;
			const place = frame ? `${files[fileOf[frame]].name}:${lineOf[frame]}` : "";
			let sum = found.get(frame * 16 + allocator);
			if (!sum) {
				const name = frame ? functions[functionOf[frame]] : names.NO_FRAMES;
				sum = { key: this.viewer.groupText(groupOf[frame]), name, more: [place, Table.ALLOCATORS[allocator]].filter(Boolean).join(" · "), figures: [0, 0] };
				found.set(frame * 16 + allocator, sum);
			}
			sum.figures[0] += order[0][row];
			sum.figures[1] += order[1][row];
		}
		return [...found.values()];
	}

	/** The graph as a tree that opens, largest branch first. */
	tree() {
		const { panes, zoom } = this.viewer.now;
		const pane = panes.length - 1;
		const list = this.branches(pane, zoom.pane === pane ? zoom.node : 0, 8);
		return make("div", { class: "viewer-tree" }, panes[pane].value[0] ? list : make("p", { class: "empty" }, "Nothing."));
	}

	/** @param {number} pane @param {number} above @param {number} open  how far the largest branch is opened */
	branches(pane, above, open) {
		const { shown, now } = this.viewer;
		const { metric } = now.settings;
		const graph = now.panes[pane];
		const whole = shown.upright(now.settings).value[0];
		const below = graph.children(above).slice().sort((a, b) => graph.value[b] - graph.value[a]);
		const large = below.filter((node) => graph.value[node] >= Math.max(this.viewer.least(), whole / 5000));
		const items = large.map((node, i) => {
			const figures = [
				make("span", { class: "num" }, names.figure(graph.value[node], metric)), " ",
				make("span", { class: "num part" }, names.share(graph.value[node], whole)), " ",
				make("code", { class: "function" }, names.label(shown.frames, graph.frame[node])), " ",
				make("span", { class: "file" }, names.place(shown.frames, graph.frame[node])),
			];
			if (!graph.children(node).length) return make("li", {}, make("div", { class: "leaf" }, ...figures));
			const branch = /** @type {HTMLDetailsElement} */ (make("details", {}, make("summary", {}, ...figures)));
			const grow = () => branch.children.length > 1 || branch.append(this.branches(pane, node, i ? 0 : open - 1));
			branch.addEventListener("toggle", grow);
			branch.open = open > 0 && !i;
			if (branch.open) grow();
			return make("li", {}, branch);
		});
		const rest = below.length - large.length;
		if (rest) items.push(make("li", {}, make("div", { class: "leaf file" }, `and ${names.count(rest)} smaller`)));
		return make("ul", { class: "tree" }, ...items);
	}
}
