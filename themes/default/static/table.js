/* The table below the graph: functions, places, packages, or the tree; sorted, filtered, in pages. */

/** By memray's numbers. */
const ALLOCATORS =
	" pymalloc_free pymalloc_malloc pymalloc_calloc pymalloc_realloc free malloc realloc calloc posix_memalign aligned_alloc memalign valloc pvalloc mmap munmap".split(" ");

/** @type {(viewer: Viewer) => Table} */
const table = viewer => {
	const { get } = state,
		{ shown, mount, diff: compared } = viewer,
		{ frames, base } = shown,
		{ files, fileOf, lineOf, groups, groupOf } = frames,
		box = viewer.part("table");
	/** What rows can be of. @type {Record<string, string>} */
	const kinds = {
		"": "Functions", ...(compared ? { files: "Files" } : { places: "Places" }), packages: "Packages", ...(compared && { stacks: "Stacks" }), tree: "Tree"
	};
	let chosen = "";
	/** All changes of a comparison added up, and what is to say of the rows. */
	let [changed, note] = [0, ""];
	/** @type {any[]} */
	let drawn = [];
	on(box, "click", event => {
		const [sort, by, page, key] = ["sort", "by", "page", "key"].map(name => dataOf(event, name));
		if (sort) state.set({ sort, page: "" });
		if (by !== undefined) state.set({ by, page: "", sort: "" });
		if (page) state.set({ page });
		if (key) state.set({ fn: key === get("fn") ? "" : key });
	});

	/** How rows are sorted: column, and whether upwards. */
	const order = () => (get("sort") || "0").split("-"),
		other = /** @returns {Metric} */ () => (viewer.settings.metric === "bytes" ? "count" : "bytes");
	/** A function and where it is. @param {Part} name @param {string} where */
	const placed = (name, where) => [typeof name === "string" ? make("code.function", name) : name, " ", make("span.file", where)];
	/** A head that opens; what is below is made when it is. @param {Part} head @param {() => Node} below @param {boolean} [open] */
	const opening = (head, below, open) => {
		const details = make("details", open && { open }, make("summary", head), open && below());
		on(details, "toggle", () => details.children[1] || details.append(below()));
		return details;
	};

	/** @param {TableRow} row @param {number} columns how many the table has */
	const drawnRow = ({ key, name, more, figures, kind, callers, how }, columns) => {
		const { metric } = viewer.settings,
			picked = key && key === get("fn"),
			cells = figures.map((figure, i) => {
				const of = i < figures.length - 1 || compared ? metric : other(),
					change = compared && i < (callers ? 1 : 2),
					part = compared ? !i && changed : of === metric && viewer.whole;
				return make("td", { class: `num ${change && figure ? (figure > 0 ? "up" : "down") : ""}`, title: of === "bytes" ? `${names.count(figure)} bytes` : "" },
					(change ? names.change : names.figure)(figure, of), part !== false && [" ", make("small.part", names.share(abs(figure), part))]);
			});
		if (columns > figures.length) cells.push(kind ? leaks.cell(kind) : make("td"));
		const pick = key ? make("button.viewer-pick", { "data-key": key, "aria-pressed": picked }, make("code.function", name)) : name,
			list = () => make("ol", callers?.slice(0, 200).map(([name, where]) => make("li", placed(name, where))));
		return make("tr", picked && { class: "chosen" },
			make("th", { scope: "row" }, callers?.[0] ? opening(placed(name, more), list) : [placed(pick, more), how && [" ", make("small.viewer-how", how)]]), cells);
	};

	/** @param {By} by */
	const drawnTable = by => {
		const rows = self.rows(by),
			size = mount.dataset.shows === "table" ? 50 : 15,
			end = max(0, ceil(rows.length / size) - 1);
		let page = min(+get("page"), end);
		// A function chosen in the graph is shown, on whatever page it is.
		const fn = get("fn"),
			at = fn === chosen ? -1 : rows.findIndex(({ key }) => key === fn);
		if (at >= 0) page = floor(at / size);
		chosen = fn;
		const [column, up] = order(),
			columns = self.columns(),
			heads = [by === "stacks" ? "Where it was allocated, and who called" : kinds[by].slice(0, -1), ...columns].map((title, i) => {
				const name = i ? `${i - 1}` : "name",
					sorted = name === column;
				return make("th", { scope: "col", class: i && title !== "When" ? "num" : "", "aria-sort": !sorted ? "none" : up ? "ascending" : "descending" },
					make("button", { "data-sort": sorted && !up ? `${name}-up` : name, title: `Sort by ${title}` }, title));
			}),
			some = rows.slice(page * size, (page + 1) * size),
			body = some[0] ? some.map(row => drawnRow(row, columns.length)) : make("tr", make("td.empty", { colspan: columns.length + 1 }, "Nothing.")),
			turn = (/** @type {string} */ title, /** @type {string} */ text, /** @type {number} */ to) =>
			make("button", { title, "aria-label": title, "data-page": to }, !rows[to * size] && { disabled: "" }, text),
			where = `${page * size + 1} – ${page * size + some.length} of ${names.count(rows.length)}`;
		return [
			note && make("p.viewer-note", note), make("div.scroll", { tabindex: 0, role: "region", "aria-label": "Table" }, figuresTable(heads, body)),
			end > 0 && make("div.viewer-pages", turn("Previous page", "‹", page - 1), where, turn("Next page", "›", page + 1))
		];
	};

	/**
	 * Rows by group of nodes, with their figures; those that the search does not mean are left out.
	 * @param {ArrayLike<number>} ofFrame frame -> row @param {TableRow[]} rows @param {{ group: Uint32Array, first: Uint8Array }} [shape] of the nodes
	 */
	const grouped = (ofFrame, rows, shape) => {
		const { settings: { metric }, matches } = viewer;
		if (isDiff(shown)) {
			shown.changes(ofFrame, rows.length).forEach((figures, i) => {
				const [, change, , , before, after] = (rows[i].figures = figures);
				if (change && !(before && after)) rows[i].how = after ? "new" : "gone";
			});
			changed = sumOf(rows.map(({ figures }) => abs(figures[0])));
		} else {
			const { tree } = shown.shape(),
				own = shown.own(),
				held = shown.held(),
				group = shape?.group || tree.frame.map(frame => ofFrame[frame]),
				first = shape?.first || calltree.outermost(tree, group, rows.length),
				[of, beside] = [metric, other()].map(name => calltree.byGroup(tree, group, rows.length, own[name], first, held[name]));
			rows.forEach((row, i) => (row.figures = [of.self[i], of.whole[i], beside.self[i]]));
		}
		const hits = new Set(matches && [.../** @type {number[]} */ (ofFrame)].filter((_, frame) => matches[frame]));
		return matches ? rows.filter((_, i) => hits.has(i)) : rows;
	};

	/** A row without figures. @param {string} name @returns {TableRow} */
	const row = (name, more = "", key = "") => ({ key, name, more, text: `${name}\0${more}`, figures: [] });

	/** A function's row; of a module's own code the file says all. @param {string} key @param {string} name @param {string} file @param {number} group */
	const functionRow = (key, name, file, group) => ({ ...(name === "<module>" && file ? row(file, "", key) : row(name || "?", file, key)), kind: viewer.kinds?.[group] });

	/** The rows of every kind; a tree's are its functions. @type {Record<string, () => TableRow[]>} */
	const found = {
		""() {
			const { view, thread, metric, suppressed } = viewer.settings,
				// Where small stacks are folded, the table of everything was made before.
				filtered = viewer.matches || thread >= 0 || (view === "leaks" && !suppressed),
				exact = !filtered && shown.exact(view);
			if (!exact) return grouped(groupOf, groups.map(({ name, file }, i) => functionRow(viewer.groupText(i), name || frames.short[file], files[file]?.name || "", i)), shown.shape());
			return exact.map(/** @param {any} of */ of => {
				const key = of.file && `${of.file}:${of.function}`,
					figures = [of[`self_${metric}`], of[`total_${metric}`], of[`self_${other()}`]];
				return { ...functionRow(key, of.function, of.file, viewer.groupNamed(key)), figures };
			});
		},

		packages() {
			const known = new Map([[NO_FRAMES, ""], ...files.map(file => /** @type {[string, string]} */ ([file.package, file.origin])).reverse()]),
				at = [...known.keys()],
				ofFile = files.map(file => at.indexOf(file.package));
			return grouped(Array.from(fileOf, (file, frame) => (frame ? ofFile[file] : 0)), [...known].map(([name, origin]) => row(name, origin)));
		},

		// Of a comparison.
		files: () => grouped(fileOf, files.map(({ name, package: of }) => row(name || NO_FRAMES, of === name ? "" : of))),

		// The fewest stacks whose changes, up or down, make nine tenths of all.
		stacks() {
			if (!isDiff(shown)) return [];
			const { matches } = viewer,
				lines = shown.lines(),
				[before, after] = shown.stacks(),
				size = /** @param {number} node */ node => abs(after[node] - before[node]),
				all = [...before.keys()].filter(size).sort((a, b) => size(b) - size(a));
			changed = sumOf(all.map(size));
			let rest = changed * 0.9;
			const few = all.filter(node => rest > 0 && ((rest -= size(node)), true));
			if (few[0]) note = `${names.count(few.length)} of ${names.count(all.length)} stacks that changed explain 90 % of all changes added up.`;
			const called = /** @param {number} node */ node =>
				node ? [frames.label(base.frame[node]), files[fileOf[base.frame[node]]].name + (lines[node] ? `:${lines[node]}` : "")] : [NO_FRAMES, ""],
				rows = few.map(node => {
					const path = [];
					for (let at = node; at; at = base.parent[at]) path.push(at);
					const [name, more] = called(node);
					return { ...row(name, more), figures: [after[node] - before[node], before[node], after[node]], callers: path.slice(1).map(called), path };
				});
			return matches ? rows.filter(({ path }) => path.some(at => matches[base.frame[at]])) : rows;
		},

		// What `memray table` lists: the places that allocate, by allocator, whatever the graph hides.
		places() {
			const { settings, matches } = viewer,
				rows = shown.asked(),
				keep = shown.keep(rows),
				figures = [rows[settings.metric], rows[other()]],
				/** @type {Map<number, TableRow>} */
				sums = new Map();
			rows.node.forEach((node, at) => {
				const frame = base.frame[node];
				if ((keep && !keep(at)) || (matches && !matches[frame])) return;
				const allocator = rows.allocator?.[at] || 0;
				let sum = sums.get(frame * 16 + allocator);
				if (!sum) {
					const name = frame ? frames.label(frame) : NO_FRAMES,
						more = [frame && `${files[fileOf[frame]].name}:${lineOf[frame]}`, ALLOCATORS[allocator]].filter(Boolean).join(" · ");
					sums.set(frame * 16 + allocator, (sum = { ...row(name, more, viewer.groupText(groupOf[frame])), figures: [0, 0] }));
				}
				for (const i of [0, 1]) sum.figures[i] += figures[i][at];
			});
			return [...sums.values()];
		},
	};

	/** The graph as a tree that opens, largest branch first. */
	const tree = () => {
		const { panes, zoom } = viewer,
			pane = panes.length - 1;
		return make("div.viewer-tree", panes[pane].value[0] ? branches(pane, zoom.pane === pane ? zoom.node : 0, 8) : make("p.empty", "Nothing."));
	};

	/** @param {number} pane @param {number} above @param {number} open how far the largest branch is opened @returns {HTMLElement} */
	const branches = (pane, above, open) => {
		const { panes, settings: { metric }, whole } = viewer,
			{ value, frame, children } = panes[pane],
			below = children(above).slice().sort((a, b) => value[b] - value[a]),
			large = below.filter(node => value[node] >= max(viewer.least(), whole / 5000)),
			rest = below.length - large.length,
			items = large.map((node, i) => {
				const figures = [
						make("span.num", names.figure(value[node], metric)), " ", make("span.num.part", names.share(value[node], whole)), " ",
						placed(frames.label(frame[node]), frames.place(frame[node]))
					],
					more = () => branches(pane, node, i ? 0 : open - 1);
				return make("li", children(node)[0] ? opening(figures, more, open > 0 && !i) : make("div.leaf", figures));
			});
		return make("ul.tree", items, rest > 0 && make("li", make("div.leaf.file", `and ${names.count(rest)} smaller`)));
	};

	/** @type {Table} */
	const self = {
		by: () => /** @type {By} */ (Object.keys(kinds).find(kind => kind === get("by")) || ""),

		columns() {
			if (self.by() === "stacks") return ["Change", "Before", "After"];
			if (compared) return ["Own change", "With callees", "Own before", "Own after", "Before with callees", "After with callees"];
			const figures = other() === "count" ? ["Own", "With callees", "Allocations"] : ["Own allocations", "With callees", "Bytes"];
			if (self.by() === "places") figures.splice(1, 1);
			return !self.by() && viewer.kinds ? [...figures, "When"] : figures;
		},

		rows(by) {
			const { settings: { metric }, matches, kinds } = viewer,
				least = max(viewer.least(), 1);
			/** @type {TableRow[]} */
			let rows;
			[rows, changed, note] = shown.once("rows" + by + metric, [shown.own(), matches, kinds?.length, get("sort"), least], () => {
				note = "";
				const [column, up] = order(),
					at = +column,
					some = (found[by] || found[""])().filter(({ figures }) => figures.slice(0, /places|stacks/.test(by) ? 1 : 2).some(figure => abs(figure) >= least)),
					when = self.columns()[at] === "When",
					value = (/** @type {TableRow} */ { kind, figures }) => (when ? (kind?.rank || 0) * 2 ** 50 + figures[0] : compared ? abs(figures[at]) : figures[at]);
				some.sort((a, b) => (column === "name" ? 0 : value(b) - value(a) || (compared ? abs(b.figures[1]) - abs(a.figures[1]) : 0)) || (a.text < b.text ? -1 : 1));
				return [up ? some.reverse() : some, changed, note];
			});
			return rows;
		},

		show() {
			const by = self.by(),
				// All that the table depends on: what else changes leaves it alone.
				key = [...(by === "tree" ? [viewer.zoom, viewer.panes[0], get("least")] : [self.rows(by)]), mount.dataset.shows, get("page"), get("fn")];
			if (key.every((part, i) => part === drawn[i])) return;
			drawn = key;
			const focus = /** @type {HTMLElement} */ (box.contains(document.activeElement) ? document.activeElement : box),
				again = Object.entries(focus.dataset).map(([name, value = ""]) => `[data-${name}="${CSS.escape(value)}"]`),
				choices = Object.keys(kinds).map(kind => make("button", { "data-by": kind, "aria-pressed": kind === by }, kinds[kind]));
			fill(box, make("div.viewer-by", { role: "group", "aria-label": "Rows" }, choices), by === "tree" ? tree() : drawnTable(by));
			// What had the focus was replaced.
			if (focus !== box) (find(again.join("") || "button", box) || find(`[title="${focus.title}"]`, box) || choices[0]).focus();
		}
	};
	return self;
};
