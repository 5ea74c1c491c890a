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
	suppressions: [],
	files: new Map(),

	data(key, text) {
		sitegen.file(key).arrive(text);
	},

	file(key) {
		let known = sitegen.files.get(key);
		if (!known) {
			/** @type {(text: string) => void} */
			let arrive = () => {};
			const container = new Promise((/** @type {(text: string) => void} */ resolve) => (arrive = resolve)).then(sitegen.decode);
			sitegen.files.set(key, (known = { container, arrive }));
		}
		return known;
	},

	load(key, src) {
		const come = sitegen.files.has(key);
		const { container } = sitegen.file(key);
		if (come) return container;
		const script = fetchScript(src);
		return new Promise((resolve, reject) => {
			container.then(resolve, reject);
			script.onerror = () => {
				sitegen.files.delete(key);
				reject(new Error(`The data file ${src} could not be loaded.`));
			};
		});
	},

	async decode(text) {
		const native = /** @type {any} */ (Uint8Array).fromBase64;
		const zipped = native ? native(text) : Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
		const unzipped = new Blob([zipped]).stream().pipeThrough(new DecompressionStream("gzip"));
		const raw = await new Response(unzipped).arrayBuffer();
		let offset = 16 + new DataView(raw).getUint32(12, true);
		const header = JSON.parse(new TextDecoder().decode(new Uint8Array(raw, 16, offset - 16)));
		/** @type {Columns} */
		const columns = {};
		for (const [name, rows, planes, asDelta] of header.columns) {
			const column = sitegen.integers(new Uint8Array(raw, offset, rows * planes), rows, planes);
			columns[name] = asDelta ? sitegen.undelta(column) : column;
			offset += rows * planes;
		}
		return { header, columns };
	},

	// Byte planes, lowest first, put together.
	integers(block, rows, planes) {
		const low = new Uint32Array(rows);
		for (let plane = 0; plane < planes && plane < 4; plane++) {
			for (let row = 0; row < rows; row++) low[row] |= block[plane * rows + row] << (8 * plane);
		}
		if (planes <= 4) return low;
		const wide = Float64Array.from(low);
		for (let plane = 4; plane < planes; plane++) {
			for (let row = 0; row < rows; row++) wide[row] += block[plane * rows + row] * 2 ** (8 * plane);
		}
		return wide;
	},

	// Undoes the zigzag-encoded differences.
	undelta(column) {
		const values = new Float64Array(column.length);
		let value = 0;
		let most = 0;
		for (let row = 0; row < column.length; row++) {
			value += column[row] % 2 ? -(column[row] + 1) / 2 : column[row] / 2;
			values[row] = value;
			if (value > most) most = value;
		}
		return most < 2 ** 32 ? Uint32Array.from(values) : values;
	},
};
