"use strict";
/* Downloads of what is shown: its stacks in formats that other tools read, its table, its picture. */

/** @type {(viewer: Viewer) => Record<string, () => void>} */
const downloads = (viewer) => {
	const { shown, flame } = viewer;
	const { functions, functionOf, files, fileOf, lineOf, kind } = shown.frames;

	/** @param {string} ending @param {BlobPart} content */
	function save(ending, content) {
		const { title, capture } = shown.beside;
		const href = URL.createObjectURL(new Blob([content]));
		make("a", { href, download: `${title || capture}-${viewer.view()}`.replace(/[^\w.@+-]+/g, "-") + ending }).click();
		setTimeout(() => URL.revokeObjectURL(href), 10000);
	}

	/** The stacks below the zoom that hold memory: frames from the root, bytes, count. */
	function stacks() {
		const { now } = viewer;
		const { tree } = shown.shape(now.settings);
		const { bytes, count } = shown.own(now.settings);
		const top = now.panes[0].plain ? now.zoom.node : 0;
		const found = [];
		for (let node = top; node < tree.end[top]; node++) {
			const frames = node ? [] : [0];
			for (let at = node; at; at = tree.parent[at]) frames.unshift(tree.frame[at]);
			if (bytes[node] || count[node]) found.push({ frames, bytes: bytes[node], count: count[node] });
		}
		return found;
	}

	/** @param {number} frame @returns {[string, string, number]} */
	function parts(frame) {
		return frame ? [functions[functionOf[frame]], files[fileOf[frame]].path, lineOf[frame]] : [names.NO_FRAMES, "", 0];
	}

	/** @param {(string | number)[][]} rows */
	function csv(rows) {
		const cell = (/** @type {string | number} */ value) => (/[",\r\n]/.test(String(value)) ? `"${String(value).replace(/"/g, '""')}"` : value);
		return rows.map((row) => `${row.map(cell).join(",")}\r\n`).join("");
	}

	return {
		// As `sitegen export --format speedscope` has it.
		speedscope() {
			const held = stacks();
			const profile = (/** @type {string} */ name, /** @type {string} */ unit, /** @type {Metric} */ metric) => {
				const some = held.filter((stack) => stack[metric]);
				const weights = some.map((stack) => stack[metric]);
				return { type: "sampled", name, unit, startValue: 0, endValue: sumOf(weights), samples: some.map(({ frames }) => frames), weights };
			};
			const frames = Array.from(kind, (_, frame) => {
				const [name, file, line] = parts(frame);
				return { name, ...((file || !frame) && { file }), ...(line && { line }) };
			});
			save(".speedscope.json", JSON.stringify({
				$schema: "https://www.speedscope.app/file-format-schema.json", shared: { frames },
				profiles: [profile("Memory", "bytes", "bytes"), profile("Allocations", "none", "count")],
				name: shown.analysis.facts.command || "memray", activeProfileIndex: 0, exporter: "sitegen",
			}));
		},

		collapsed() {
			const lines = stacks().map(({ frames, ...figures }) => {
				const text = frames.map(parts).map(([name, file, line]) => (file ? `${name} (${file}:${line})`.replace(/[;\x00-\x1f\x7f\x85\u2028\u2029]/g, "_") : name));
				return `${text.join(";")} ${figures[viewer.now.settings.metric]}\n`;
			});
			save(".collapsed.txt", lines.join(""));
		},

		csv() {
			const rows = stacks().map(({ frames, bytes, count }) => [count, bytes, frames.map((frame) => parts(frame).join(";")).reverse().join("|")]);
			save(".csv", csv([["num_allocations", "size", "stack_trace"], ...rows]));
		},

		table() {
			const by = viewer.table.by();
			const rows = viewer.table.rows(by === "tree" ? "" : by).map(({ name, more, figures }) => [name, more, ...figures]);
			save("-table.csv", csv([["name", "where", ...viewer.table.columns()], ...rows]));
		},

		chart() {
			const [time, heap, rss] = ["time", "heap", "rss"].map((name) => shown.columns[`snapshots.${name}`]);
			save("-memory.csv", csv([["timestamp", "heap_size_bytes", "resident_size_bytes"], ...Array.from(time, (at, i) => [at, heap[i], rss[i]])]));
		},

		svg() {
			const { boxes, rows, width, scene, lit, ink, paper } = flame;
			const size = { width, height: rows * ROW };
			const root = make("svg", { ...size, "font-family": "sans-serif", "font-size": 12 }, make("rect", { ...size, fill: paper }));
			for (const box of boxes) {
				const [name, place] = scene.label(box);
				const room = box.right - box.left;
				const y = box.row * ROW;
				const fill = scene.lit?.(box) ? lit : scene.fill(box);
				const shape = make("rect", { x: box.left.toFixed(2), y, width: Math.max(room - 1, 0.6).toFixed(2), height: ROW - 1, fill });
				const group = make("g", {}, make("title", {}, [name, place, ...viewer.panels.about(box).figures].filter(Boolean).join(", ")), shape);
				const letters = Math.floor((room - 8) / 6.6);
				const text = name.length > letters ? `${name.slice(0, letters - 1)}…` : name;
				if (letters > 2) group.append(make("text", { x: (box.left + 4).toFixed(2), y: y + 14, fill: ink }, text));
				root.append(group);
			}
			save(".svg", new XMLSerializer().serializeToString(root));
		},

		png() {
			const canvas = /** @type {HTMLCanvasElement} */ (make("canvas", { width: flame.width * 2, height: Math.min(flame.rows * ROW * 2, 16000) }));
			flame.render(canvas, 2, 0, canvas.height / 2);
			// `toBlob` waits until the browser is idle, which can take for ever.
			save(".png", Uint8Array.from(atob(canvas.toDataURL().split(",")[1]), (letter) => letter.charCodeAt(0)));
		},
	};
};
