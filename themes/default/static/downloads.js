/* Downloads of what is shown: its stacks in formats that other tools read, its table, its picture. */

/** @type {(viewer: Viewer) => Record<string, () => void>} */
const downloads = viewer => {
	const { shown, flame } = viewer,
		{ functions, functionOf, files, fileOf, lineOf, kind } = shown.frames;

	/** @param {string} ending @param {string} content */
	function save(ending, content, href = URL.createObjectURL(new Blob([content]))) {
		const { title, capture } = shown.beside;
		make("a", { href, download: `${title || capture}-${viewer.view()}`.replace(/[^\w.@+-]+/g, "-") + ending }).click();
		setTimeout(URL.revokeObjectURL, 10000, href);
	}

	/** The stacks below the zoom that hold memory: frames from the root, bytes, count. */
	function stacks() {
		const { panes, zoom } = viewer,
			{ tree } = shown.shape(),
			{ bytes, count } = shown.own(),
			top = panes[0].plain ? zoom.node : 0,
			found = [];
		for (let node = top; node < tree.end[top]; node++) {
			const frames = node ? [] : [0];
			for (let at = node; at; at = tree.parent[at]) frames.unshift(tree.frame[at]);
			if (bytes[node] || count[node]) found.push({ frames, bytes: bytes[node], count: count[node] });
		}
		return found;
	}

	/** @param {number} frame @returns {[string, string, number]} */
	const parts = frame => (frame ? [functions[functionOf[frame]], files[fileOf[frame]].path, lineOf[frame]] : [NO_FRAMES, "", 0]);

	/** @param {string} ending @param {(string | number)[][]} rows */
	function saveCsv(ending, rows) {
		const cell = /** @param {string | number} value */ value => (/[",\r\n]/.test(String(value)) ? `"${String(value).replace(/"/g, '""')}"` : value);
		save(`${ending}.csv`, rows.map(row => `${row.map(cell).join(",")}\r\n`).join(""));
	}

	return {
		// As `sitegen export --format speedscope` has it.
		speedscope() {
			const held = stacks(),
				profile = (/** @type {string} */ name, /** @type {string} */ unit, /** @type {Metric} */ metric) => {
					const some = held.filter(stack => stack[metric]),
						weights = some.map(stack => stack[metric]);
					return { type: "sampled", name, unit, startValue: 0, endValue: sumOf(weights), samples: some.map(stack => stack.frames), weights };
				},
				frames = Array.from(kind, (_, frame) => {
					const [name, file, line] = parts(frame);
					return { name, ...((file || !frame) && { file }), ...(line && { line }) };
				});
			save(".speedscope.json", JSON.stringify({
				$schema: "https://www.speedscope.app/file-format-schema.json", shared: { frames },
				profiles: [profile("Memory", "bytes", "bytes"), profile("Allocations", "none", "count")],
				name: shown.analysis.facts.command || "memray", activeProfileIndex: 0, exporter: "sitegen"
			}));
		},

		collapsed() {
			const lines = stacks().map(({ frames, ...figures }) => {
				const text = frames.map(parts).map(([name, file, line]) => (file ? `${name} (${file}:${line})`.replace(/[;\x00-\x1f\x7f\x85\u2028\u2029]/g, "_") : name));
				return `${text.join(";")} ${figures[viewer.settings.metric]}\n`;
			});
			save(".collapsed.txt", lines.join(""));
		},

		csv() {
			const rows = stacks().map(({ frames, bytes, count }) => [count, bytes, frames.map(frame => parts(frame).join(";")).reverse().join("|")]);
			saveCsv("", [["num_allocations", "size", "stack_trace"], ...rows]);
		},

		table() {
			const by = viewer.table.by(),
				rows = viewer.table.rows(by).map(({ name, more, figures }) => [name, more, ...figures]);
			saveCsv("-table", [["name", "where", ...viewer.table.columns()], ...rows]);
		},

		chart() {
			const [time, heap, rss] = ["time", "heap", "rss"].map(name => shown.columns[`snapshots.${name}`]);
			saveCsv("-memory", [["timestamp", "heap_size_bytes", "resident_size_bytes"], ...Array.from(time, (at, i) => [at, heap[i], rss[i]])]);
		},

		svg() {
			const { boxes, rows, width, scene, lit, ink, paper } = flame,
				size = { width, height: rows * ROW },
				root = make("svg", { ...size, "font-family": "sans-serif", "font-size": 12 }, make("rect", { ...size, fill: paper }));
			for (const box of boxes) {
				const [name, place] = scene.label(box),
					room = box.right - box.left,
					y = box.row * ROW,
					fill = scene.lit?.(box) ? lit : scene.fill(box),
					letters = floor((room - 8) / 6.6),
					text = name.length > letters ? `${name.slice(0, letters - 1)}…` : name;
				root.append(make("g",
					make("title", [name, place, ...viewer.panels.about(box).figures].filter(Boolean).join(", ")),
					make("rect", { x: box.left.toFixed(2), y, width: max(room - 1, 0.6).toFixed(2), height: ROW - 1, fill }),
					letters > 2 && make("text", { x: (box.left + 4).toFixed(2), y: y + 14, fill: ink }, text)));
			}
			save(".svg", new XMLSerializer().serializeToString(root));
		},

		png() {
			const canvas = /** @type {HTMLCanvasElement} */ (make("canvas", { width: flame.width * 2, height: min(flame.rows * ROW * 2, 16000) }));
			flame.render(canvas, 2, 0, canvas.height / 2);
			// `toBlob` waits until the browser is idle, which can take for ever.
			save(".png", "", canvas.toDataURL());
		}
	};
};
