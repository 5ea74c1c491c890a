"use strict";
/* The table below the graph: functions, places, packages, or the tree; sorted, filtered, in pages. */

/** By memray's numbers. */
const ALLOCATORS = [
	"", "pymalloc_free", "pymalloc_malloc", "pymalloc_calloc", "pymalloc_realloc", "free", "malloc", "realloc", "calloc",
	"posix_memalign", "aligned_alloc", "memalign", "valloc", "pvalloc", "mmap", "munmap",
];

/** @type {(viewer: Viewer) => Table} */
const table = (viewer) => {
	const box = viewer.part("table");
	const [own, two] = viewer.diff ? [["files", "Files", "File"], [["stacks", "Stacks", "Where it was allocated, and who called"]]] : [["places", "Places", "Place"], []];
	const kinds = [["", "Functions", "Function"], own, ["packages", "Packages", "Package"], ...two, ["tree", "Tree", ""]];
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

	/** @type {Table} */
	const self = {
		by: () => /** @type {By} */ (kinds.find(([kind]) => kind === state.get("by"))?.[0] || ""),

		columns() {
			if (self.by() === "stacks") return ["Change", "Before", "After"];
			if (viewer.diff) return ["Own change", "With callees", "Own before", "Own after", "Before with callees", "After with callees"];
			const figures = other() === "count" ? ["Own", "With callees", "Allocations"] : ["Own allocations", "With callees", "Bytes"];
			if (self.by() === "places") figures.splice(1, 1);
			return !self.by() && viewer.kinds ? [...figures, "When"] : figures;
		},

		show() {
			const by = self.by();
			const { now, shown, matches, kinds: leaking, mount } = viewer;
			// All that the table depends on: what else changes leaves it alone.
			const { zoom } = by === "tree" ? now : { zoom: null };
			const key = [by, shown.own(now.settings), now.settings.metric, matches, leaking?.length, mount.dataset.shows, zoom, now.panes[0], ...["sort", "page", "fn", "least"].map(state.get)];
			if (key.every((part, i) => part === drawn[i])) return;
			drawn = key;
			const focus = /** @type {HTMLElement} */ (box.contains(document.activeElement) ? document.activeElement : box);
			const again = Object.entries(focus.dataset).map(([name, value]) => `[data-${name}="${CSS.escape(value || "")}"]`);
			const choice = kinds.map(([kind, text]) => button({ "data-by": kind, "aria-pressed": `${kind === by}` }, text));
			box.replaceChildren(make("div", { class: "viewer-by", role: "group", "aria-label": "Rows" }, ...choice), ...(by === "tree" ? [self.tree()] : self.table(by)));
			// What had the focus was replaced.
			if (focus !== box) (find(box, again.join("") || "button") || find(box, `[title="${focus.title}"]`) || choice[0]).focus();
		},

		rows(by) {
			const { column, up } = order();
			const least = Math.max(viewer.least(), 1);
			note = "";
			const found = { "": self.functions, files: self.files, packages: self.packages, places: self.places, stacks: self.stacks, tree: self.functions }[by]();
			const rows = found.filter(({ figures }) => figures.slice(0, /places|stacks/.test(by) ? 1 : 2).some((figure) => Math.abs(figure) >= least));
			const kind = self.columns()[+column] === "When";
			const value = (/** @type {TableRow} */ row) => (kind ? (row.kind?.rank || 0) * 2 ** 50 + row.figures[0] : viewer.diff ? Math.abs(row.figures[+column]) : row.figures[+column]);
			const byName = (/** @type {TableRow} */ a, /** @type {TableRow} */ b) => (`${a.name}\0${a.more}` < `${b.name}\0${b.more}` ? -1 : 1);
			rows.sort((a, b) => (column === "name" ? 0 : value(b) - value(a) || (viewer.diff ? Math.abs(b.figures[1]) - Math.abs(a.figures[1]) : 0)) || byName(a, b));
			return up ? rows.reverse() : rows;
		},

		table(by) {
			const rows = self.rows(by);
			const size = viewer.mount.dataset.shows === "table" ? 50 : 15;
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
				const sorted = on ? (up ? "ascending" : "descending") : "none";
				return make("th", { scope: "col", class: i && title !== "When" ? "num" : "", "aria-sort": sorted }, button({ "data-sort": on && !up ? `${name}-up` : name, title: `Sort by ${title}` }, title));
			});
			const shown = rows.slice(page * size, (page + 1) * size);
			const body = shown.map((row) => self.row(row, columns.length));
			if (!body.length) body.push(make("tr", {}, make("td", { colspan: columns.length + 1, class: "empty" }, "Nothing.")));
			const figures = make("table", { class: "figures" }, make("thead", {}, make("tr", {}, ...heads)), make("tbody", {}, ...body));
			const turn = (/** @type {string} */ title, /** @type {string} */ text, /** @type {number} */ to) => button({ title, "aria-label": title, "data-page": to, ...((to < 0 || to > end) && { disabled: "" }) }, text);
			const where = `${page * size + 1} – ${page * size + shown.length} of ${names.count(rows.length)}`;
			const pages = make("div", { class: "viewer-pages" }, turn("Previous page", "‹", page - 1), where, turn("Next page", "›", page + 1));
			return [...(note ? [make("p", { class: "viewer-note" }, note)] : []), make("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Table" }, figures), ...(end ? [pages] : [])];
		},

		row({ key, name, more, figures, kind, callers, how }, columns) {
			const { metric } = viewer.now.settings;
			const on = Boolean(key) && key === state.get("fn");
			const label = make("code", { class: "function" }, name);
			const head = key ? button({ class: "viewer-pick", "data-key": key, "aria-pressed": `${on}` }, label) : label;
			const cells = figures.map((figure, i) => {
				const of = i < figures.length - 1 || viewer.diff ? metric : other();
				const change = viewer.diff && i < (callers ? 1 : 2);
				const way = change && figure ? (figure > 0 ? "up" : "down") : "";
				const cell = make("td", { class: `num ${way}`, title: of === "bytes" ? `${names.count(figure)} bytes` : "" }, change ? names.change(figure, of) : names.figure(figure, of));
				if (viewer.diff ? !i : of === metric) cell.append(" ", make("small", { class: "part" }, names.share(Math.abs(figure), viewer.diff ? changed : viewer.now.whole)));
				return cell;
			});
			if (callers?.length) {
				const place = make("details", {}, make("summary", {}, label, " ", make("span", { class: "file" }, more)));
				const list = () => place.children.length > 1 || place.append(make("ol", {}, ...callers.slice(0, 200).map(([name, where]) => make("li", {}, make("code", { class: "function" }, name), " ", make("span", { class: "file" }, where)))));
				place.addEventListener("toggle", list);
				return make("tr", {}, make("th", { scope: "row" }, place), ...cells);
			}
			if (columns > figures.length) cells.push(make("td", { class: "viewer-when" }, ...(kind ? [leaks.spark(kind), ` ${leaks.RANK[kind.rank]}`] : [])));
			return make("tr", { class: on ? "chosen" : "" }, make("th", { scope: "row" }, head, " ", make("span", { class: "file" }, more), ...(how ? [" ", make("small", { class: "viewer-how" }, how)] : [])), ...cells);
		},

		grouped(group, ofFrame, first, rows) {
			const { shown, now, matches } = viewer;
			const { settings } = now;
			if (isDiff(shown)) {
				shown.changes(settings, ofFrame, rows.length).forEach((figures, i) => {
					rows[i].figures = figures;
					if (figures[1] && !(figures[4] && figures[5])) rows[i].how = figures[5] ? "new" : "gone";
				});
				changed = rows.reduce((sum, { figures }) => sum + Math.abs(figures[0]), 0);
			} else {
				const own = shown.own(settings);
				const { tree } = shown.shape(settings);
				const sums = calltree.byGroup(tree, /** @type {Uint32Array} */ (group), rows.length, first, own[settings.metric], shown.upright(settings).value);
				const beside = calltree.byGroup(tree, /** @type {Uint32Array} */ (group), rows.length, first, own[other()], own[other()]);
				rows.forEach((row, i) => (row.figures = [sums.self[i], sums.whole[i], beside.self[i]]));
			}
			const hits = new Set(matches && Array.from(ofFrame).filter((_, frame) => matches[frame]));
			return matches ? rows.filter((_, i) => hits.has(i)) : rows;
		},

		functions() {
			const { frames, analysis, beside } = viewer.shown;
			const { settings } = viewer.now;
			const { view, thread, metric } = settings;
			// Where small stacks are folded, the table of everything was made before.
			const filtered = viewer.matches || thread >= 0 || (view === "leaks" && beside.suppressions?.length && !settings.suppressed);
			const exact = !filtered && analysis.folded?.functions.find((/** @type {any} */ [of]) => of === view);
			if (exact) {
				return exact[1].map((/** @type {any} */ row) => {
					const key = `${row.file}:${row.function}`;
					const [own, other] = metric === "bytes" ? ["bytes", "count"] : ["count", "bytes"];
					const figures = [row[`self_${own}`], row[`total_${own}`], row[`self_${other}`]];
					return { key: row.file && key, name: row.function === "<module>" ? row.file : row.function, more: row.function === "<module>" ? "" : row.file, figures, kind: viewer.kinds?.[viewer.groupNamed(key)] };
				});
			}
			const { group, first } = viewer.shown.shape(settings);
			const rows = frames.groups.map(({ name, file }, i) => ({
				key: viewer.groupText(i), name: names.called(frames, name, file), more: file < 0 || name === "<module>" ? "" : frames.files[file].name,
				figures: [], kind: viewer.kinds?.[i],
			}));
			return self.grouped(group, frames.groupOf, first, rows);
		},

		packages() {
			const { files, fileOf } = viewer.shown.frames;
			const known = new Map([[names.NO_FRAMES, 0]]);
			for (const file of files) known.has(file.package) || known.set(file.package, known.size);
			const ofFrame = Array.from(fileOf, (file, frame) => (frame && known.get(files[file].package)) || 0);
			const { tree } = viewer.shown.shape(viewer.now.settings);
			const group = tree.frame.map((frame) => ofFrame[frame]);
			const rows = [...known.keys()].map((name) => ({ key: "", name, more: files.find((file) => file.package === name)?.origin || "", figures: [] }));
			return self.grouped(group, ofFrame, calltree.outermost(tree, group, known.size), rows);
		},

		// Of a comparison.
		files() {
			const { files, fileOf } = viewer.shown.frames;
			const rows = files.map(({ name, package: of }) => ({ key: "", name: name || names.NO_FRAMES, more: of === name ? "" : of, figures: [] }));
			return self.grouped(fileOf, fileOf, new Uint8Array(0), rows);
		},

		// The fewest stacks whose changes, up or down, make nine tenths of all.
		stacks() {
			const { shown, now, matches } = viewer;
			if (!isDiff(shown)) return [];
			const { frames, base } = shown;
			const lines = shown.lines(now.settings);
			const { files, fileOf } = frames;
			const [before, after] = shown.stacks(now.settings);
			const size = (/** @type {number} */ node) => Math.abs(after[node] - before[node]);
			const all = [...before.keys()].filter(size).sort((a, b) => size(b) - size(a));
			changed = all.reduce((sum, node) => sum + size(node), 0);
			let rest = changed * 0.9;
			const few = all.filter((node) => rest > 0 && ((rest -= size(node)), true));
			note = all.length ? `${names.count(few.length)} of ${names.count(all.length)} stacks that changed explain 90 % of all changes added up.` : "";
			const called = (/** @type {number} */ node) => {
				const file = fileOf[base.frame[node]];
				return node ? [names.label(frames, base.frame[node]), files[file].name + (lines[node] ? `:${lines[node]}` : "")] : [names.NO_FRAMES, ""];
			};
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
			const { shown, now, matches } = viewer;
			const rows = shown.asked(now.settings);
			const keep = shown.keep(now.settings, rows);
			const { functions, functionOf, fileOf, lineOf, files, groupOf } = shown.frames;
			const figures = [rows[now.settings.metric], rows[other()]];
			/** @type {Map<number, TableRow>} */
			const found = new Map();
			for (let row = 0; row < rows.node.length; row++) {
				const frame = shown.base.frame[rows.node[row]];
				if ((keep && !keep(row)) || (matches && !matches[frame])) continue;
				const allocator = rows.allocator ? rows.allocator[row] : 0;
				let sum = found.get(frame * 16 + allocator);
				if (!sum) {
					const more = [frame ? `${files[fileOf[frame]].name}:${lineOf[frame]}` : "", ALLOCATORS[allocator]].filter(Boolean).join(" · ");
					sum = { key: viewer.groupText(groupOf[frame]), name: frame ? functions[functionOf[frame]] : names.NO_FRAMES, more, figures: [0, 0] };
					found.set(frame * 16 + allocator, sum);
				}
				for (const i of [0, 1]) sum.figures[i] += figures[i][row];
			}
			return [...found.values()];
		},

		// The graph as a tree that opens, largest branch first.
		tree() {
			const { panes, zoom } = viewer.now;
			const pane = panes.length - 1;
			const list = self.branches(pane, zoom.pane === pane ? zoom.node : 0, 8);
			return make("div", { class: "viewer-tree" }, panes[pane].value[0] ? list : make("p", { class: "empty" }, "Nothing."));
		},

		branches(pane, above, open) {
			const { panes, settings, whole } = viewer.now;
			const { frames } = viewer.shown;
			const { value, frame, children } = panes[pane];
			const below = children(above).slice().sort((a, b) => value[b] - value[a]);
			const large = below.filter((node) => value[node] >= Math.max(viewer.least(), whole / 5000));
			const items = large.map((node, i) => {
				const texts = { num: names.figure(value[node], settings.metric), "num part": names.share(value[node], whole), function: names.label(frames, frame[node]), file: names.place(frames, frame[node]) };
				const figures = Object.entries(texts).flatMap(([name, text]) => [make(name === "function" ? "code" : "span", { class: name }, text), " "]);
				if (!children(node).length) return make("li", {}, make("div", { class: "leaf" }, ...figures));
				const branch = /** @type {HTMLDetailsElement} */ (make("details", {}, make("summary", {}, ...figures)));
				const grow = () => branch.children.length > 1 || branch.append(self.branches(pane, node, i ? 0 : open - 1));
				branch.addEventListener("toggle", grow);
				branch.open = open > 0 && !i;
				if (branch.open) grow();
				return make("li", {}, branch);
			});
			const rest = below.length - large.length;
			if (rest) items.push(make("li", {}, make("div", { class: "leaf file" }, `and ${names.count(rest)} smaller`)));
			return make("ul", { class: "tree" }, ...items);
		},
	};
	return self;
};
