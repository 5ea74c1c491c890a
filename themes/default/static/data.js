"use strict";
/*
 * Data files: loading and decoding. Every script of the viewer defines one constant of its own name.
 *
 * A data file calls `sitegen.data(key, text)`; text is the base64 of a gzipped container, whose layout is
 * described in sitegen/capture/columns.py.
 */

/**
 * @typedef {Uint32Array | Float64Array} Column  Float64Array where a value does not fit 32 bits
 * @typedef {{header: any, columns: Record<string, Column>}} Container
 */

// `var`: data files must reach it as a property of the window too.
var sitegen = (() => {
  /** @type {Map<string, {container: Promise<Container>, arrive: (text: string) => void}>} */
  const files = new Map();

  /** @param {string} key */
  function file(key) {
    let known = files.get(key);
    if (!known) {
      /** @type {(text: string) => void} */
      let arrive = () => {};
      const text = new Promise((/** @type {(text: string) => void} */ resolve) => (arrive = resolve));
      known = { container: text.then(decode), arrive };
      files.set(key, known);
    }
    return known;
  }

  /**
   * What data files call.
   * @param {string} key
   * @param {string} text
   */
  function data(key, text) {
    file(key).arrive(text);
  }

  /**
   * The container of a data file; its script is added to the page when it has not come yet.
   * @param {string} key
   * @param {string} src
   * @returns {Promise<Container>}
   */
  function load(key, src) {
    if (files.has(key)) return file(key).container;
    const { container } = file(key);
    const failed = new Promise((_, reject) => {
      const script = document.createElement("script");
      script.src = src;
      script.onerror = () => {
        files.delete(key);
        reject(new Error(`The data file ${src} could not be loaded.`));
      };
      document.head.append(script);
    });
    return /** @type {Promise<Container>} */ (Promise.race([container, failed]));
  }

  /**
   * @param {string} text base64 of a gzipped container
   * @returns {Promise<Container>}
   */
  async function decode(text) {
    const unzipped = new Blob([bytesOf(text)]).stream().pipeThrough(new DecompressionStream("gzip"));
    const raw = await new Response(unzipped).arrayBuffer();
    const headerEnd = 16 + new DataView(raw).getUint32(12, true);
    const header = JSON.parse(new TextDecoder().decode(new Uint8Array(raw, 16, headerEnd - 16)));
    /** @type {Record<string, Column>} */
    const columns = {};
    let offset = headerEnd;
    for (const [name, rows, planes, asDelta] of header.columns) {
      const block = new Uint8Array(raw, offset, rows * planes);
      const column = integers(block, rows, planes);
      columns[name] = asDelta ? undelta(column) : column;
      offset += rows * planes;
    }
    return { header, columns };
  }

  /**
   * @param {string} text
   * @returns {Uint8Array<ArrayBuffer>}
   */
  function bytesOf(text) {
    const native = /** @type {any} */ (Uint8Array).fromBase64;
    return native ? native(text) : Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  }

  /**
   * Byte planes, lowest first, put together.
   * @param {Uint8Array} block
   * @param {number} rows
   * @param {number} planes
   * @returns {Column}
   */
  function integers(block, rows, planes) {
    const low = new Uint32Array(rows);
    for (let plane = 0; plane < planes && plane < 4; plane++) {
      const base = plane * rows;
      for (let row = 0; row < rows; row++) low[row] |= block[base + row] << (8 * plane);
    }
    if (planes <= 4) return low;
    const wide = Float64Array.from(low);
    for (let plane = 4; plane < planes; plane++) {
      const base = plane * rows;
      const unit = 2 ** (8 * plane);
      for (let row = 0; row < rows; row++) wide[row] += block[base + row] * unit;
    }
    return wide;
  }

  /**
   * Undoes the zigzag-encoded differences.
   * @param {Column} column
   * @returns {Column}
   */
  function undelta(column) {
    const values = new Float64Array(column.length);
    let value = 0;
    let most = 0;
    for (let row = 0; row < column.length; row++) {
      const step = column[row];
      value += step % 2 ? -(step + 1) / 2 : step / 2;
      values[row] = value;
      if (value > most) most = value;
    }
    return most < 2 ** 32 ? Uint32Array.from(values) : values;
  }

  return { data, load, decode };
})();
