"use strict";
/* What things are called and how figures are written. */

/**
 * @typedef {object} Names  the frames of one data file, ready to be shown, searched and grouped
 * @property {string[]} functions
 * @property {{path: string, name: string, package: string, origin: string}[]} files
 * @property {Column} functionOf  frame -> function's name
 * @property {Column} fileOf  frame -> file
 * @property {Column} lineOf
 * @property {string} kind  one letter for each frame
 * @property {Uint32Array} groupOf  frame -> function (name and file), an index of `groups`
 * @property {{name: string, file: number}[]} groups
 * @property {Uint8Array} comprehension  frames that count for the function that calls them
 * @property {string[]} short  by file: as much of its name as tells it from the others
 */

const names = (() => {
  const NO_FRAMES = "<no frames>";
  const UNITS = ["", "k", "M", "G", "T", "P"];
  const integer = new Intl.NumberFormat("en-US");

  /**
   * As memray writes sizes, to the character: decimal units, three decimals, ties to the even digit.
   * @param {number} bytes
   */
  function size(bytes) {
    let value = Math.abs(bytes);
    let unit = 0;
    for (; value >= 1000 && unit < UNITS.length - 1; unit++) value /= 1000;
    // At three decimals a double is a tie only where it is an odd sixteenth.
    const text = (value * 16) % 2 === 1 ? (2 * Math.round(value * 500)) / 1000 : value;
    return `${bytes < 0 ? "-" : ""}${text.toFixed(3)}${UNITS[unit]}B`;
  }

  /** @param {number} value */
  function count(value) {
    return integer.format(value);
  }

  /**
   * @param {number} value
   * @param {Metric} metric
   */
  function figure(value, metric) {
    return metric === "bytes" ? size(value) : count(value);
  }

  /** @param {number} value */
  function allocations(value) {
    return `${count(value)} allocation${value === 1 ? "" : "s"}`;
  }

  /**
   * @param {number} part
   * @param {number} whole
   */
  function share(part, whole) {
    if (!whole || !part) return "0 %";
    const percent = (100 * part) / whole;
    return percent < 0.01 && percent > -0.01 ? "<0.01 %" : `${percent.toFixed(Math.abs(percent) < 1 ? 2 : 1)} %`;
  }

  /** @param {number} milliseconds */
  function duration(milliseconds) {
    const seconds = milliseconds / 1000;
    if (seconds < 59.95) return `${seconds.toFixed(seconds < 9.995 ? 2 : 1)} s`;
    const whole = Math.round(seconds);
    if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
    return `${Math.floor(whole / 3600)} h ${Math.floor(whole / 60) % 60} min`;
  }

  /**
   * @param {any} analysis the data file's header
   * @param {Record<string, Column>} columns
   * @returns {Names}
   */
  function ofFrames(analysis, columns) {
    const { functions, files, kind } = analysis;
    const functionOf = columns["frames.function"];
    const fileOf = columns["frames.file"];
    const groupOf = new Uint32Array(functionOf.length);
    const groups = [{ name: NO_FRAMES, file: -1 }];
    /** @type {Map<string, number>} */
    const known = new Map();
    const comprehension = new Uint8Array(functionOf.length);
    const unnamed = new Set(["<listcomp>", "<dictcomp>", "<setcomp>"]);
    for (let frame = 1; frame < functionOf.length; frame++) {
      const name = functions[functionOf[frame]];
      const key = `${files[fileOf[frame]].name}\0${name}`;
      let group = known.get(key);
      if (group === undefined) {
        group = groups.length;
        known.set(key, group);
        groups.push({ name, file: fileOf[frame] });
      }
      groupOf[frame] = group;
      if (unnamed.has(name)) comprehension[frame] = 1;
    }
    const short = shortest(files.map((/** @type {{name: string}} */ file) => file.name));
    return { functions, files, functionOf, fileOf, lineOf: columns["frames.line"], kind, groupOf, groups, comprehension, short };
  }

  /**
   * For each path the shortest end of it that no other path has.
   * @param {string[]} paths
   */
  function shortest(paths) {
    const parts = paths.map((path) => path.split("/"));
    const shown = parts.map((part) => part[part.length - 1]);
    for (let depth = 2; depth < 6; depth++) {
      /** @type {Map<string, Set<string>>} */
      const owners = new Map();
      shown.forEach((name, i) => (owners.get(name) || owners.set(name, new Set()).get(name))?.add(paths[i]));
      shown.forEach((name, i) => {
        if ((owners.get(name)?.size || 0) > 1) shown[i] = parts[i].slice(-depth).join("/");
      });
    }
    return shown;
  }

  /**
   * What a function is called: a module's own code by its file, for `<module>` says nothing.
   * @param {Names} frames
   * @param {string} name
   * @param {number} file
   */
  function called(frames, name, file) {
    if (file < 0) return name;
    if (name === "<module>") return frames.files[file].name;
    return name || frames.short[file] || "?";
  }

  /**
   * @param {Names} frames
   * @param {number} frame
   */
  function label(frames, frame) {
    return called(frames, frames.functions[frames.functionOf[frame]], frames.fileOf[frame]);
  }

  /**
   * Where a frame is: its file, shortened, and its line.
   * @param {Names} frames
   * @param {number} frame
   */
  function place(frames, frame) {
    const file = frames.short[frames.fileOf[frame]];
    return frames.lineOf[frame] ? `${file}:${frames.lineOf[frame]}` : file;
  }

  /**
   * The function of every node: a comprehension counts for the function of the same file that calls it.
   * @param {Names} frames
   * @param {Tree} tree
   */
  function groupsOf(frames, tree) {
    const group = new Uint32Array(tree.parent.length);
    for (let node = 1; node < group.length; node++) {
      const frame = tree.frame[node];
      group[node] = frames.groupOf[frame];
      if (!frames.comprehension[frame]) continue;
      const above = group[tree.parent[node]];
      const file = frames.groups[above].file;
      if (file >= 0 && frames.files[file].name === frames.files[frames.fileOf[frame]].name) group[node] = above;
    }
    return group;
  }

  return { NO_FRAMES, size, count, figure, allocations, share, duration, ofFrames, called, label, place, groupsOf };
})();
