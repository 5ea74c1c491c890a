"use strict";
/*
 * Data files: loading and decoding. A data file calls `sitegen.data(key, text)`; text is the base64 of a gzipped
 * container, whose layout is described in sitegen/capture/columns.py.
 */

// `var`: data files must reach it as a property of the window too, where other scripts leave things of theirs.
/** @type {Sitegen} */
var sitegen = {
	...window.sitegen,
	controls: "",
	suppressions: [[], []],
	files: new Map(),

	data(key, text) {
		sitegen.file(key).arrive(text);
	},

	file(key) {
		if (!sitegen.files.has(key)) {
			const { promise, resolve } = Promise.withResolvers();
			sitegen.files.set(key, { container: promise.then(sitegen.decode), arrive: resolve });
		}
		return /** @type {any} */ (sitegen.files.get(key));
	},

	load(key, src) {
		const come = sitegen.files.has(key),
			{ container } = sitegen.file(key);
		if (come) return container;
		const missing = new Promise((_, reject) => on(fetchScript(src), "error", () => {
			sitegen.files.delete(key);
			reject(new Error(`The data file ${src} could not be loaded.`));
		}));
		return Promise.race([container, missing]);
	},

	async decode(text) {
		const native = /** @type {any} */ (Uint8Array).fromBase64,
			zipped = native ? native(text) : Uint8Array.from(atob(text), letter => letter.charCodeAt(0)),
			unzipped = new Blob([zipped]).stream().pipeThrough(new DecompressionStream("gzip")),
			raw = await new Response(unzipped).arrayBuffer();
		let offset = 16 + new DataView(raw).getUint32(12, true);
		const header = JSON.parse(new TextDecoder().decode(new Uint8Array(raw, 16, offset - 16))),
			/** @type {Columns} */
			columns = {};
		for (const [name, rows, planes, asDelta] of header.columns) {
			const column = sitegen.integers(new Uint8Array(raw, offset, rows * planes), rows, planes);
			columns[name] = asDelta ? sitegen.undelta(column) : column;
			offset += rows * planes;
		}
		return { header, columns };
	},

	// Byte planes, lowest first, put together. Whole numbers of 32 bits take a third of the time of larger ones.
	integers(block, rows, planes) {
		const values = new Uint32Array(rows);
		for (let plane = 0, at = 0; plane < min(planes, 4); plane++) {
			for (let row = 0; row < rows; row++) values[row] |= block[at++] << (8 * plane);
		}
		if (planes < 5) return values;
		const high = this.integers(block.subarray(4 * rows), rows, planes - 4);
		return Float64Array.from(values, (low, row) => low + high[row] * 2 ** 32);
	},

	// Undoes the zigzag-encoded differences.
	undelta(column) {
		const values = new Float64Array(column.length);
		let value = 0,
			most = 0;
		for (let row = 0; row < column.length; row++) {
			const code = column[row];
			values[row] = value += code & 1 ? -(code + 1) / 2 : code / 2;
			if (value > most) most = value;
		}
		return most < 2 ** 32 ? new Uint32Array(values) : values;
	}
};
