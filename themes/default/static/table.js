"use strict";
/* The table below the graph: functions, places, packages, or the tree; sorted, filtered, in pages. */

/** By memray's numbers. */
const ALLOCATORS = [
	"", "pymalloc_free", "pymalloc_malloc", "pymalloc_calloc", "pymalloc_realloc", "free", "malloc", "realloc", "calloc",
	"posix_memalign", "aligned_alloc", "memalign", "valloc", "pvalloc", "mmap", "munmap",
];

/** @type {(viewer: Viewer) => Table} */
const table = (viewer) => {
	const { shown, mount, diff: compared } = viewer;
	const { frames, base, analysis } = shown;
	const { functions, files, functionOf, fileOf, lineOf, groups, groupOf } = frames;
	const box = viewer.part("table");
	const kinds = [
		["", "Functions", "Function"], compared ? ["files", "Files", "File"] : ["places", "Places", "Place"], ["packages", "Packages", "Package"],
		...(compared ? [["stacks", "Stacks", "Where it was allocated, and who called"]] : []), ["tree", "Tree", ""],
	];
	let chosen = "";
	/** All changes of a comparison added up, and what is to say of the rows. */
	let [changed, note] = [0, ""];
	/** @type {any[]} */
	let drawn = [];
	box.addEventListener("click", (event) => {
		const [sort, by, page, key] = ["sort", "by", "page", "key"].map((name) => dataOf(event, name));
		if (sort) state.set({ sort, page: "" });
		if (by !== undefined) state.set({ by, page: "", sort: "" });
		if (page) state.set({ page });
		if (key) state.set({ fn: key === state.get("fn") ? "" : key });
	});

	/** How rows are sorted: column, and whether upwards. */
	const order = () => {
		const [column, up] = (state.get("sort") || "0").split("-");
		return { column, up: Boolean(up) };
	};
	const other = () => (viewer.now.settings.metric === "bytes" ? "count" : "bytes");
	const code = (/** @type {string} */ text) => make("code.function", {}, text);
	const beside = (/** @type {string} */ text) => make("span.file", {}, text);
	const nothing = (/** @type {string} */ tag, attributes = {}) => make(`${tag}.empty`, attributes, "Nothing.");
	/** A button of the table that knows whether it is chosen. @param {Record<string, unknown>} attributes @param {boolean} on @param {Node | string} child */
	const choice = (attributes, on, child) => button({ ...attributes, "aria-pressed": on }, child);
	/** A head that opens; what is below is made when it is. @param {(Node | string)[]} head @param {() => Node} below */
	const opening = (head, below) => {
		const details = /** @type {HTMLDetailsElement} */ (make("details", {}, make("summary", {}, ...head)));
		details.addEventListener("toggle", () => details.children.length > 1 || details.append(below()));
		return details;
	};

	/** @param {TableRow} row @param {number} columns how many the table has */
	const drawnRow = ({ key, name, more, figures, kind, callers, how }, columns) => {
		const { metric } = viewer.now.settings;
		const on = Boolean(key) && key === state.get("fn");
		const cells = figures.map((figure, i) => {
			const of = i < figures.length - 1 || compared ? metric : other();
			const change = compared && i < (callers ? 1 : 2);
			const way = change && figure ? (figure > 0 ? "up" : "down") : "";
			const title = of === "bytes" ? `${names.count(figure)} bytes` : "";
			const cell = make("td", { class: `num ${way}`, title }, (change ? names.change : names.figure)(figure, of));
			if (compared ? !i : of === metric) cell.append(" ", make("small.part", {}, names.share(Math.abs(figure), compared ? changed : viewer.now.whole)));
			return cell;
		});
		const row = (/** @type {(Node | string)[]} */ ...head) => make("tr", { class: on ? "chosen" : "" }, make("th", { scope: "row" }, ...head), ...cells);
		if (callers?.length) {
			const list = () => make("ol", {}, ...callers.slice(0, 200).map(([name, where]) => make("li", {}, code(name), " ", beside(where))));
			return row(opening([code(name), " ", beside(more)], list));
		}
		if (columns > figures.length) cells.push(make("td.viewer-when", {}, ...(kind ? [leaks.spark(kind), ` ${leaks.RANK[kind.rank]}`] : [])));
		return row(key ? choice({ class: "viewer-pick", "data-key": key }, on, code(name)) : code(name), " ", beside(more), ...(how ? [" ", make("small.viewer-how", {}, how)] : []));
	};

	/** @param {By} by */
	const drawnTable = (by) => {
		const rows = self.rows(by);
		const size = mount.dataset.shows === "table" ? 50 : 15;
		const end = Math.max(0, Math.ceil(rows.length / size) - 1);
		let page = Math.min(+state.get("page"), end);
		// A function chosen in the graph is shown, on whatever page it is.
		const fn = state.get("fn");
		const at = fn === chosen ? -1 : rows.findIndex(({ key }) => key === fn);
		if (at >= 0) page = Math.floor(at / size);
		chosen = fn;
		const { column, up } = order();
		const columns = self.columns();
		const heads = [kinds.find(([kind]) => kind === by)?.[2] || "", ...columns].map((title, i) => {
			const name = i ? String(i - 1) : "name";
			const on = name === column;
			const sort = button({ "data-sort": on && !up ? `${name}-up` : name, title: `Sort by ${title}` }, title);
			return make("th", { scope: "col", class: i && title !== "When" ? "num" : "", "aria-sort": on ? (up ? "ascending" : "descending") : "none" }, sort);
		});
		const some = rows.slice(page * size, (page + 1) * size);
		const body = some.map((row) => drawnRow(row, columns.length));
		if (!some.length) body.push(make("tr", {}, nothing("td", { colspan: columns.length + 1 })));
		const turn = (/** @type {string} */ title, /** @type {string} */ text, /** @type {number} */ to) => button({ title, "aria-label": title, "data-page": to, ...((to < 0 || to > end) && { disabled: "" }) }, text);
		const where = `${page * size + 1} – ${page * size + some.length} of ${names.count(rows.length)}`;
		const drawn = [make("div.scroll", { tabindex: 0, role: "region", "aria-label": "Table" }, figuresTable(heads, body))];
		if (note) drawn.unshift(make("p.viewer-note", {}, note));
		if (end) drawn.push(make("div.viewer-pages", {}, turn("Previous page", "‹", page - 1), where, turn("Next page", "›", page + 1)));
		return drawn;
	};

	/**
	 * Rows by group of nodes, with their figures; those that the search does not mean are left out.
	 * @param {ArrayLike<number>} ofFrame frame -> row @param {TableRow[]} rows @param {{ group: Uint32Array, first: Uint8Array }} [shape] of the nodes
	 */
	const grouped = (ofFrame, rows, shape) => {
		const { now, matches } = viewer;
		const { settings } = now;
		if (isDiff(shown)) {
			shown.changes(settings, ofFrame, rows.length).forEach((figures, i) => {
				rows[i].figures = figures;
				if (figures[1] && !(figures[4] && figures[5])) rows[i].how = figures[5] ? "new" : "gone";
			});
			changed = sumOf(rows.map(({ figures }) => Math.abs(figures[0])));
		} else {
			const { tree } = shown.shape(settings);
			const own = shown.own(settings);
			const group = shape?.group || tree.frame.map((frame) => ofFrame[frame]);
			const first = shape?.first || calltree.outermost(tree, group, rows.length);
			const sums = calltree.byGroup(tree, group, rows.length, first, own[settings.metric], shown.upright(settings).value);
			const others = calltree.byGroup(tree, group, rows.length, first, own[other()], own[other()]);
			rows.forEach((row, i) => (row.figures = [sums.self[i], sums.whole[i], others.self[i]]));
		}
		const hits = new Set(matches && Array.from(ofFrame).filter((_, frame) => matches[frame]));
		return matches ? rows.filter((_, i) => hits.has(i)) : rows;
	};

	/** A function's row; of a module's own code the file says all. @param {string} key @param {string} name @param {string} file @param {number} group @param {number[]} figures @returns {TableRow} */
	const functionRow = (key, name, file, group, figures) => ({
		key, figures, name: name === "<module>" && file ? file : name || "?", more: name === "<module>" ? "" : file, kind: viewer.kinds?.[group],
	});

	/** The rows of every kind. @type {Record<By, () => TableRow[]>} */
	const found = {
		""() {
			const { settings } = viewer.now;
			const { view, thread, metric, suppressed } = settings;
			// Where small stacks are folded, the table of everything was made before.
			const filtered = viewer.matches || thread >= 0 || (view === "leaks" && shown.beside.suppressions?.length && !suppressed);
			const exact = !filtered && analysis.folded?.functions.find((/** @type {any} */ [of]) => of === view);
			if (exact) {
				return exact[1].map((/** @type {any} */ row) => {
					const key = row.file && `${row.file}:${row.function}`;
					return functionRow(key, row.function, row.file, viewer.groupNamed(key), [row[`self_${metric}`], row[`total_${metric}`], row[`self_${other()}`]]);
				});
			}
			return grouped(groupOf, groups.map(({ name, file }, i) => functionRow(viewer.groupText(i), name || frames.short[file], files[file]?.name || "", i, [])), shown.shape(settings));
		},

		packages() {
			const known = new Map([[names.NO_FRAMES, 0]]);
			for (const file of files) known.has(file.package) || known.set(file.package, known.size);
			const ofFrame = Array.from(fileOf, (file, frame) => (frame && known.get(files[file].package)) || 0);
			return grouped(ofFrame, [...known.keys()].map((name) => ({ key: "", name, more: files.find((file) => file.package === name)?.origin || "", figures: [] })));
		},

		// Of a comparison.
		files: () => grouped(fileOf, files.map(({ name, package: of }) => ({ key: "", name: name || names.NO_FRAMES, more: of === name ? "" : of, figures: [] }))),

		// The fewest stacks whose changes, up or down, make nine tenths of all.
		stacks() {
			if (!isDiff(shown)) return [];
			const { settings } = viewer.now;
			const { matches } = viewer;
			const lines = shown.lines(settings);
			const [before, after] = shown.stacks(settings);
			const size = (/** @type {number} */ node) => Math.abs(after[node] - before[node]);
			const all = [...before.keys()].filter(size).sort((a, b) => size(b) - size(a));
			changed = sumOf(all.map(size));
			let rest = changed * 0.9;
			const few = all.filter((node) => rest > 0 && ((rest -= size(node)), true));
			note = all.length ? `${names.count(few.length)} of ${names.count(all.length)} stacks that changed explain 90 % of all changes added up.` : "";
			const called = (/** @type {number} */ node) =>
				node ? [names.label(frames, base.frame[node]), files[fileOf[base.frame[node]]].name + (lines[node] ? `:${lines[node]}` : "")] : [names.NO_FRAMES, ""];
			const rows = few.map((node) => {
				const path = [];
				for (let at = node; at; at = base.parent[at]) path.push(at);
				const [name, more] = called(node);
				return { key: "", name, more, figures: [after[node] - before[node], before[node], after[node]], callers: path.slice(1).map(called), path };
			});
			return matches ? rows.filter(({ path }) => path.some((at) => matches[base.frame[at]])) : rows;
		},

		// What `memray table` lists: the places that allocate, by allocator, whatever the graph hides.
		places() {
			const { settings } = viewer.now;
			const { matches } = viewer;
			const rows = shown.asked(settings);
			const keep = shown.keep(settings, rows);
			const figures = [rows[settings.metric], rows[other()]];
			/** @type {Map<number, TableRow>} */
			const sums = new Map();
			for (let row = 0; row < rows.node.length; row++) {
				const frame = base.frame[rows.node[row]];
				if ((keep && !keep(row)) || (matches && !matches[frame])) continue;
				const allocator = rows.allocator ? rows.allocator[row] : 0;
				let sum = sums.get(frame * 16 + allocator);
				if (!sum) {
					const more = [frame ? `${files[fileOf[frame]].name}:${lineOf[frame]}` : "", ALLOCATORS[allocator]].filter(Boolean).join(" · ");
					sum = { key: viewer.groupText(groupOf[frame]), name: frame ? functions[functionOf[frame]] : names.NO_FRAMES, more, figures: [0, 0] };
					sums.set(frame * 16 + allocator, sum);
				}
				for (const i of [0, 1]) sum.figures[i] += figures[i][row];
			}
			return [...sums.values()];
		},

		// Whose rows are its functions.
		tree: () => found[""](),
	};

	/** The graph as a tree that opens, largest branch first. */
	const tree = () => {
		const { panes, zoom } = viewer.now;
		const pane = panes.length - 1;
		return make("div.viewer-tree", {}, panes[pane].value[0] ? branches(pane, zoom.pane === pane ? zoom.node : 0, 8) : nothing("p"));
	};

	/** @param {number} pane @param {number} above @param {number} open how far the largest branch is opened @returns {HTMLElement} */
	const branches = (pane, above, open) => {
		const { panes, settings, whole } = viewer.now;
		const { value, frame, children } = panes[pane];
		const below = children(above).slice().sort((a, b) => value[b] - value[a]);
		const large = below.filter((node) => value[node] >= Math.max(viewer.least(), whole / 5000));
		const items = large.map((node, i) => {
			const figures = [
				make("span.num", {}, names.figure(value[node], settings.metric)), make("span.num.part", {}, names.share(value[node], whole)),
				code(names.label(frames, frame[node])), beside(names.place(frames, frame[node])),
			].flatMap((part) => [part, " "]);
			if (!children(node).length) return make("li", {}, make("div.leaf", {}, ...figures));
			const more = () => branches(pane, node, i ? 0 : open - 1);
			const branch = opening(figures, more);
			branch.open = open > 0 && !i;
			if (branch.open) branch.append(more());
			return make("li", {}, branch);
		});
		const rest = below.length - large.length;
		if (rest) items.push(make("li", {}, make("div.leaf.file", {}, `and ${names.count(rest)} smaller`)));
		return make("ul.tree", {}, ...items);
	};

	/** @type {Table} */
	const self = {
		by: () => /** @type {By} */ (kinds.find(([kind]) => kind === state.get("by"))?.[0] || ""),

		columns() {
			if (self.by() === "stacks") return ["Change", "Before", "After"];
			if (compared) return ["Own change", "With callees", "Own before", "Own after", "Before with callees", "After with callees"];
			const figures = other() === "count" ? ["Own", "With callees", "Allocations"] : ["Own allocations", "With callees", "Bytes"];
			if (self.by() === "places") figures.splice(1, 1);
			return !self.by() && viewer.kinds ? [...figures, "When"] : figures;
		},

		rows(by) {
			const { column, up } = order();
			const least = Math.max(viewer.least(), 1);
			note = "";
			const rows = found[by]().filter(({ figures }) => figures.slice(0, /places|stacks/.test(by) ? 1 : 2).some((figure) => Math.abs(figure) >= least));
			const kind = self.columns()[+column] === "When";
			const value = (/** @type {TableRow} */ row) => (kind ? (row.kind?.rank || 0) * 2 ** 50 + row.figures[0] : compared ? Math.abs(row.figures[+column]) : row.figures[+column]);
			const byName = (/** @type {TableRow} */ a, /** @type {TableRow} */ b) => (`${a.name}\0${a.more}` < `${b.name}\0${b.more}` ? -1 : 1);
			rows.sort((a, b) => (column === "name" ? 0 : value(b) - value(a) || (compared ? Math.abs(b.figures[1]) - Math.abs(a.figures[1]) : 0)) || byName(a, b));
			return up ? rows.reverse() : rows;
		},

		show() {
			const by = self.by();
			const { now, matches, kinds: leaking } = viewer;
			// All that the table depends on: what else changes leaves it alone.
			const zoom = by === "tree" ? now.zoom : null;
			const key = [by, shown.own(now.settings), now.settings.metric, matches, leaking?.length, mount.dataset.shows, zoom, now.panes[0], ...["sort", "page", "fn", "least"].map(state.get)];
			if (key.every((part, i) => part === drawn[i])) return;
			drawn = key;
			const focus = /** @type {HTMLElement} */ (box.contains(document.activeElement) ? document.activeElement : box);
			const again = Object.entries(focus.dataset).map(([name, value]) => `[data-${name}="${CSS.escape(value || "")}"]`);
			const choices = kinds.map(([kind, text]) => choice({ "data-by": kind }, kind === by, text));
			box.replaceChildren(make("div.viewer-by", { role: "group", "aria-label": "Rows" }, ...choices), ...(by === "tree" ? [tree()] : drawnTable(by)));
			// What had the focus was replaced.
			if (focus !== box) (find(box, again.join("") || "button") || find(box, `[title="${focus.title}"]`) || choices[0]).focus();
		},
	};
	return self;
};
