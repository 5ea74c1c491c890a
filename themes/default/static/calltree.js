"use strict";
/*
 * The pure part: columns in, trees and sums out. Knows nothing of pages, names or pixels.
 *
 * A tree is columns in preorder: node 0 is the root, `parent[i] < i`, the nodes below i are i+1 ... end[i]-1.
 * Every figure is a sum of rows (of the data file) up the tree.
 */

/**
 * @typedef {{parent: Uint32Array, frame: Uint32Array, end: Uint32Array, depth: Uint32Array}} Tree
 * @typedef {{bytes: Float64Array, count: Float64Array}} Sums  what every node holds
 * @typedef {"bytes" | "count"} Metric
 * @typedef {{node: Column, bytes: Column, count: Column}} Rows
 *
 * What can be drawn. `start` is where a node begins, in units of the metric, from the root's left end;
 * `value` how wide it is.
 * @typedef {object} Graph
 * @property {ArrayLike<number>} parent
 * @property {ArrayLike<number>} frame
 * @property {ArrayLike<number>} depth
 * @property {ArrayLike<number>} start
 * @property {ArrayLike<number>} value
 * @property {ArrayLike<number>} bytes
 * @property {ArrayLike<number>} count
 * @property {Tree | null} tree  the tree that the graph's nodes are of; null where they are of none
 * @property {boolean} plain  whether that tree is the one that the sums are of
 * @property {(root: number, least: number, see: (node: number) => void, skip: (node: number) => void) => void} visit
 *     calls `see` for the nodes from root down, parents first, that are at least `least` wide, and `skip`
 *     for the topmost ones that are not
 * @property {(node: number) => number[]} children
 */

const calltree = (() => {
  /** What becomes of a node: kept, spliced out (its callers take its place), put at the root, or left out. */
  const KEEP = 0;
  const SPLICE = 1;
  const TOP = 2;
  const OUT = 3;
  const NOWHERE = 0xffffffff;

  /**
   * A tree of columns that are in preorder already.
   * @param {Uint32Array} parent
   * @param {Uint32Array} frame
   * @returns {Tree}
   */
  function plant(parent, frame) {
    const size = parent.length;
    const depth = new Uint32Array(size);
    const end = new Uint32Array(size);
    for (let node = 1; node < size; node++) depth[node] = depth[parent[node]] + 1;
    for (let node = size - 1; node >= 0; node--) {
      if (!end[node]) end[node] = node + 1;
      if (node && !end[parent[node]]) end[parent[node]] = end[node];
    }
    return { parent, frame, end, depth };
  }

  /**
   * The tree that is left when every node meets its fate. Siblings that become equal are merged.
   * `parent[i] < i` is all that is asked of the old tree.
   * @param {Uint32Array} parent
   * @param {Uint32Array} frame
   * @param {Uint8Array} fate one for each node
   * @returns {{tree: Tree, place: Uint32Array}} place: old node -> new node, or NOWHERE
   */
  function regrow(parent, frame, fate) {
    const size = parent.length;
    const place = new Uint32Array(size);
    const above = new Uint32Array(size);
    const label = new Uint32Array(size);
    let bits = 4;
    while (1 << bits < 2 * size) bits++;
    const slots = new Uint32Array(1 << bits); // open addressing: 0 is empty, else the new node
    const mask = (1 << bits) - 1;
    let made = 1;
    label[0] = frame[0];
    for (let node = 1; node < size; node++) {
      const at = fate[node];
      if (at === TOP) continue;
      const top = place[parent[node]];
      if (at !== KEEP) {
        place[node] = at === OUT ? NOWHERE : top;
        continue;
      }
      const name = frame[node];
      let slot = (Math.imul(top, 0x9e3779b1) ^ Math.imul(name, 0x85ebca6b)) >>> (32 - bits);
      let found = slots[slot];
      while (found && (above[found] !== top || label[found] !== name)) found = slots[(slot = (slot + 1) & mask)];
      if (!found) {
        found = slots[slot] = made++;
        above[found] = top;
        label[found] = name;
      }
      place[node] = found;
    }
    return inPreorder(above.subarray(0, made), label.subarray(0, made), place);
  }

  /**
   * @param {Uint32Array} parent
   * @param {Uint32Array} frame
   * @param {Uint32Array} place changed in place to the new numbers
   */
  function inPreorder(parent, frame, place) {
    const size = parent.length;
    const child = new Uint32Array(size);
    const sibling = new Uint32Array(size);
    for (let node = size - 1; node > 0; node--) {
      sibling[node] = child[parent[node]];
      child[parent[node]] = node;
    }
    const number = new Uint32Array(size);
    const newParent = new Uint32Array(size);
    const newFrame = new Uint32Array(size);
    newFrame[0] = frame[0];
    let next = 1;
    for (let node = child[0]; node; ) {
      number[node] = next;
      newParent[next] = number[parent[node]];
      newFrame[next++] = frame[node];
      if (child[node]) node = child[node];
      else {
        while (node && !sibling[node]) node = parent[node];
        node = sibling[node];
      }
    }
    for (let node = 0; node < place.length; node++) {
      if (place[node] !== NOWHERE) place[node] = number[place[node]];
    }
    return { tree: plant(newParent, newFrame), place };
  }

  /**
   * The tree without hidden frames. A frame of fate SPLICE gives way to what it calls; a frame of fate OUT
   * goes with everything below it, and what that holds counts for the caller.
   * @param {Tree} tree
   * @param {Uint8Array} fateOfFrame
   */
  function hide(tree, fateOfFrame) {
    const size = tree.parent.length;
    const fate = new Uint8Array(size);
    for (let node = 1; node < size; node++) {
      const at = fateOfFrame[tree.frame[node]];
      if (at !== OUT) fate[node] = at;
      else {
        fate.fill(SPLICE, node, tree.end[node]);
        node = tree.end[node] - 1;
      }
    }
    return regrow(tree.parent, tree.frame, fate);
  }

  /**
   * What every node holds itself.
   * @param {Rows} rows
   * @param {Uint32Array} place row's node -> node of the tree; rows of nodes that are NOWHERE do not count
   * @param {number} size of the tree
   * @param {((row: number) => boolean) | null} keep which rows count
   * @returns {Sums}
   */
  function weigh(rows, place, size, keep) {
    const bytes = new Float64Array(size);
    const count = new Float64Array(size);
    for (let row = 0; row < rows.node.length; row++) {
      const node = place[rows.node[row]];
      if (node === NOWHERE || (keep && !keep(row))) continue;
      bytes[node] += rows.bytes[row];
      count[node] += rows.count[row];
    }
    return { bytes, count };
  }

  /**
   * What every node holds with all below it.
   * @param {Tree} tree
   * @param {Float64Array} own
   */
  function sumUp({ parent }, own) {
    const total = own.slice();
    for (let node = total.length - 1; node > 0; node--) total[parent[node]] += total[node];
    return total;
  }

  /**
   * The graph of a tree, callers above.
   * @param {Tree} tree
   * @param {Sums} own
   * @param {Metric} metric
   * @returns {Graph}
   */
  function graph(tree, own, metric) {
    const { parent, frame, depth, end } = tree;
    const bytes = sumUp(tree, own.bytes);
    const count = sumUp(tree, own.count);
    const value = metric === "bytes" ? bytes : count;
    const start = new Float64Array(parent.length);
    const cursor = new Float64Array(parent.length);
    for (let node = 1; node < parent.length; node++) {
      const above = parent[node];
      start[node] = cursor[node] = cursor[above];
      cursor[above] += value[node];
    }
    /** @type {Graph["visit"]} */
    function visit(root, least, see, skip) {
      for (let node = root; node < end[root]; ) {
        if (value[node] >= least && value[node] > 0) see(node++);
        else {
          if (value[node] > 0) skip(node);
          node = end[node];
        }
      }
    }
    /** @param {number} node */
    function children(node) {
      const below = [];
      for (let at = node + 1; at < end[node]; at = end[at]) if (value[at] > 0) below.push(at);
      return below;
    }
    return { parent, frame, depth, start, value, bytes, count, tree, plain: true, visit, children };
  }

  /**
   * A graph that grows upwards from the places `at`, which hold `held`: the children of a node are its
   * callers, largest first. It grows as it is looked at, because a whole inverted tree can be thirty times
   * as large as the tree. `joined`: the places are one node, the root (callers of one function); else they
   * are the root's children (inverted graph).
   * @param {Tree} tree
   * @param {ArrayLike<number>} at
   * @param {Sums} held by node of the tree
   * @param {{bytes: number, count: number}} whole what the root holds
   * @param {Metric} metric
   * @param {boolean} joined
   * @returns {Graph}
   */
  function upwards(tree, at, held, whole, metric, joined) {
    /** @typedef {{at: ArrayLike<number>, bytes: ArrayLike<number>, count: ArrayLike<number>}} Members */
    const [parent, frame, depth, start] = [[0], [tree.frame[0]], [0], [0]];
    const [bytes, count] = [[whole.bytes], [whole.count]];
    const value = metric === "bytes" ? bytes : count;
    /** @type {(Members | null)[]} */
    const members = [
      { at, bytes: Array.from(at, (node) => held.bytes[node]), count: Array.from(at, (node) => held.count[node]) },
    ];
    /** @type {(number[] | null)[]} */
    const below = [null];
    const seen = new Uint32Array(tree.parent.length); // by node of the tree: its group, while `mark` is right
    const mark = new Uint32Array(tree.parent.length);

    /** @param {number} node */
    function children(node) {
      const known = below[node];
      if (known) return known;
      const own = /** @type {Members} */ (members[node]);
      members[node] = null;
      const direct = node === 0 && !joined;
      // Places with the same caller go the same way from there: one member for them all.
      /** @type {number[]} */
      const merged = [];
      /** @type {number[]} */
      const sumBytes = [];
      /** @type {number[]} */
      const sumCount = [];
      for (let i = 0; i < own.at.length; i++) {
        const next = direct ? own.at[i] : tree.parent[own.at[i]];
        if (!next) continue;
        if (mark[next] !== node + 1) {
          mark[next] = node + 1;
          seen[next] = merged.length;
          merged.push(next);
          sumBytes.push(0);
          sumCount.push(0);
        }
        sumBytes[seen[next]] += own.bytes[i];
        sumCount[seen[next]] += own.count[i];
      }
      /** @type {Map<number, number[]>} */
      const byFrame = new Map();
      for (let i = 0; i < merged.length; i++) {
        const name = tree.frame[merged[i]];
        const group = byFrame.get(name);
        if (group) group.push(i);
        else byFrame.set(name, [i]);
      }
      const groups = [...byFrame].map(([name, rows]) => {
        const group = { at: rows.map((i) => merged[i]), bytes: rows.map((i) => sumBytes[i]), count: rows.map((i) => sumCount[i]) };
        const total = { bytes: sum(group.bytes), count: sum(group.count) };
        return { name, group, total };
      });
      groups.sort((a, b) => b.total[metric] - a.total[metric] || a.name - b.name);
      let cursor = start[node];
      const made = groups.map(({ name, group, total }) => {
        const number = parent.length;
        parent.push(node);
        frame.push(name);
        depth.push(depth[node] + 1);
        start.push(cursor);
        bytes.push(total.bytes);
        count.push(total.count);
        members.push(group);
        below.push(null);
        cursor += total[metric];
        return number;
      });
      below[node] = made;
      return made;
    }

    /** @type {Graph["visit"]} */
    function visit(root, least, see, skip) {
      const waiting = [root];
      while (waiting.length) {
        const node = /** @type {number} */ (waiting.pop());
        if (value[node] >= least && value[node] > 0) {
          see(node);
          const next = children(node);
          for (let i = next.length - 1; i >= 0; i--) waiting.push(next[i]);
        } else if (value[node] > 0) skip(node);
      }
    }
    return { parent, frame, depth, start, value, bytes, count, tree: null, plain: false, visit, children };
  }

  /** @param {number[]} values */
  function sum(values) {
    let total = 0;
    for (const value of values) total += value;
    return total;
  }

  /**
   * The graph with the places that allocate on top and their callers below.
   * @param {Tree} tree
   * @param {Sums} own
   * @param {Metric} metric
   */
  function inverted(tree, own, metric) {
    const at = [];
    for (let node = 1; node < own.bytes.length; node++) if (own.bytes[node] || own.count[node]) at.push(node);
    const whole = { bytes: sum(Array.from(own.bytes)), count: sum(Array.from(own.count)) };
    return upwards(tree, at, own, whole, metric, false);
  }

  /**
   * Which nodes are the first of their group on their way from the root. What a group holds in total is
   * what these hold, so that recursion counts once.
   * @param {Tree} tree
   * @param {Uint32Array} group of every node
   * @param {number} groups how many
   */
  function outermost({ depth }, group, groups) {
    const open = new Uint32Array(groups);
    const path = [];
    const first = new Uint8Array(group.length);
    for (let node = 1; node < group.length; node++) {
      while (path.length >= depth[node]) open[/** @type {number} */ (path.pop())]--;
      first[node] = open[group[node]] ? 0 : 1;
      open[group[node]]++;
      path.push(group[node]);
    }
    return first;
  }

  /**
   * Both halves of the sandwich of a group: everything that its places call, merged, and all their callers.
   * Node 0 of both is the group.
   * @param {Tree} tree
   * @param {Sums} own
   * @param {Metric} metric
   * @param {Uint32Array} group of every node
   * @param {number} chosen group
   */
  function sandwich(tree, own, metric, group, chosen) {
    const size = tree.parent.length;
    const fate = new Uint8Array(size).fill(OUT);
    const at = [];
    for (let node = 1; node < size; node++) {
      if (group[node] !== chosen) continue;
      at.push(node);
      fate.fill(KEEP, node + 1, tree.end[node]);
      fate[node] = TOP;
      node = tree.end[node] - 1;
    }
    const grown = regrow(tree.parent, tree.frame, fate);
    grown.tree.frame[0] = tree.frame[at[0] || 0];
    const rows = { node: Uint32Array.from({ length: size }, (_, node) => node), bytes: own.bytes, count: own.count };
    const place = grown.place;
    place[0] = at[0] === 0 ? 0 : NOWHERE;
    const below = { ...graph(grown.tree, weigh(rows, place, grown.tree.parent.length, null), metric), plain: false };
    const held = { bytes: sumUp(tree, own.bytes), count: sumUp(tree, own.count) };
    const whole = { bytes: below.bytes[0], count: below.count[0] };
    const above = upwards(tree, at, held, whole, metric, true);
    /** @type {number[]} */ (above.frame)[0] = grown.tree.frame[0];
    return { above, below, places: at.length };
  }

  /**
   * What the frames of a choice hold, each byte once.
   * @param {Tree} tree
   * @param {ArrayLike<number>} total by node
   * @param {Uint8Array} chosen one for each frame
   */
  function held(tree, total, chosen) {
    let sum = 0;
    for (let node = 1; node < tree.parent.length; ) {
      if (chosen[tree.frame[node]]) {
        sum += total[node];
        node = tree.end[node];
      } else node++;
    }
    return sum;
  }

  /**
   * Own and total figures by group (function, package).
   * @param {Tree} tree
   * @param {Uint32Array} group of every node; the root's counts own only
   * @param {number} groups
   * @param {Uint8Array} first as `outermost` gives it
   * @param {Float64Array} own
   * @param {ArrayLike<number>} total
   */
  function byGroup(tree, group, groups, first, own, total) {
    const self = new Float64Array(groups);
    const whole = new Float64Array(groups);
    self[group[0]] = whole[group[0]] = own[0];
    for (let node = 1; node < tree.parent.length; node++) {
      self[group[node]] += own[node];
      if (first[node]) whole[group[node]] += total[node];
    }
    return { self, whole };
  }

  return {
    KEEP, SPLICE, TOP, OUT, NOWHERE,
    plant, regrow, hide, weigh, sumUp, graph, inverted, outermost, sandwich, held, byGroup,
  };
})();
