/*
 * The pure part: columns in, trees and sums out. Knows nothing of pages, names or pixels. Every figure is a sum of rows
 * (of the data file) up a tree.
 */

/** What becomes of a node: kept, spliced out (its callers take its place), put at the root, or left out. */
const [KEEP, SPLICE, TOP, OUT] = [0, 1, 2, 3],
	/** The place of what was left out, and the freeing of what never was. */
	NEVER = 0xffffffff,
	/** Columns of zeros. @type {(many: number, size: number) => Uint32Array<ArrayBuffer>[]} */
	columnsOf = (many, size) => Array.from({ length: many }, () => new Uint32Array(size));

/** @type {Calltree} */
const calltree = {

	// A tree of columns that are in preorder already.
	plant(parent, frame) {
		const [depth, end] = columnsOf(2, parent.length);
		for (let node = 1; node < parent.length; node++) depth[node] = depth[parent[node]] + 1;
		for (let node = parent.length - 1; node >= 0; node--) {
			if (!end[node]) end[node] = node + 1;
			if (!end[parent[node]]) end[parent[node]] = end[node];
		}
		return { parent, frame, end, depth, size: parent.length };
	},

	// The tree that is left when every node has met its fate. Siblings that become equal are merged.
	regrow(parent, frame, fate) {
		const size = parent.length,
			[place, above, label] = columnsOf(3, size),
			bits = ceil(Math.log2(size + 8)) + 1,
			slots = new Uint32Array(1 << bits); // open addressing: 0 is empty, else the new node
		let made = 1;
		label[0] = frame[0];
		for (let node = 1; node < size; node++) {
			if (fate[node] === TOP) continue;
			const top = place[parent[node]],
				name = frame[node];
			if (fate[node] !== KEEP) {
				place[node] = fate[node] === OUT ? NEVER : top;
				continue;
			}
			let slot = (Math.imul(top, 0x9e3779b1) ^ Math.imul(name, 0x85ebca6b)) >>> (32 - bits);
			let found;
			while ((found = slots[slot]) && (above[found] !== top || label[found] !== name)) slot = (slot + 1) % slots.length;
			if (!found) {
				found = slots[slot] = made++;
				above[found] = top;
				label[found] = name;
			}
			place[node] = found;
		}
		// The same tree with its nodes numbered in preorder.
		const [child, sibling, number, parents, frames] = columnsOf(5, made);
		for (let node = made - 1; node > 0; node--) {
			sibling[node] = child[above[node]];
			child[above[node]] = node;
		}
		frames[0] = frame[0];
		let next = 1;
		for (let node = child[0]; node; ) {
			number[node] = next;
			parents[next] = number[above[node]];
			frames[next++] = label[node];
			if (child[node]) node = child[node];
			else {
				while (node && !sibling[node]) node = above[node];
				node = sibling[node];
			}
		}
		for (let node = 0; node < size; node++) if (place[node] !== NEVER) place[node] = number[place[node]];
		return { tree: this.plant(parents, frames), place };
	},

	// The tree without hidden frames. A frame of fate SPLICE gives way to what it calls; a frame of fate OUT goes with
	// everything below it, and what that holds counts for the caller.
	hide(tree, fateOfFrame) {
		if (!fateOfFrame.some(Boolean)) return { tree, place: tree.parent.map((_, node) => node) };
		const fate = new Uint8Array(tree.frame.map(frame => fateOfFrame[frame]));
		fate[0] = KEEP;
		for (let node = 1; node < fate.length; node++) {
			if (fate[node] === OUT) fate.fill(SPLICE, node, tree.end[node]);
		}
		return this.regrow(tree.parent, tree.frame, fate);
	},

	// What every node holds itself.
	weigh({ node, bytes, count }, place, size, keep = null) {
		const own = { bytes: new Float64Array(size), count: new Float64Array(size) };
		for (let row = 0; row < node.length; row++) {
			const at = place ? place[node[row]] : node[row];
			if (at === NEVER || (keep && !keep(row))) continue;
			own.bytes[at] += bytes[row];
			own.count[at] += count[row];
		}
		return own;
	},

	// What every node holds with all below it.
	sumUp({ parent }, own) {
		const total = own.slice();
		for (let node = total.length - 1; node > 0; node--) total[parent[node]] += total[node];
		return total;
	},

	held: (tree, { bytes, count }) => ({ bytes: calltree.sumUp(tree, bytes), count: calltree.sumUp(tree, count) }),

	// The graph of a tree, callers above.
	graph(tree, held, metric) {
		const { parent, frame, depth, end } = tree,
			value = held[metric],
			start = new Float64Array(parent.length),
			cursor = start.slice();
		return {
			parent, frame, depth, start, value, ...held, tree, plain: true,
			visit(root, least, see, skip) {
				cursor[root] = start[root];
				for (let node = root; node < end[root]; ) {
					if (node > root) {
						start[node] = cursor[node] = cursor[parent[node]];
						cursor[parent[node]] += value[node];
					}
					if (value[node] >= least && value[node] > 0) see(node++);
					else {
						if (value[node] > 0) skip(node);
						node = end[node];
					}
				}
			},
			children(node) {
				const below = [];
				for (let at = node + 1; at < end[node]; at = end[at]) if (value[at] > 0) below.push(at);
				return below;
			}
		};
	},

	// A graph that grows from places in the tree towards its root: the children of a node are its callers, largest first.
	// It grows as it is looked at, because a whole inverted tree can be thirty times as large as the tree.
	upwards(tree, places, held, metric, joined) {
		/** @typedef {{at: number[], bytes: number[], count: number[]}} Members */
		const all = { at: places, bytes: places.map(node => held.bytes[node]), count: places.map(node => held.count[node]) },
			/** By node: what it is made of until its children are known, then these. @type {(Members | number[])[]} */
			below = [all],
			[parent, frame, depth, start, bytes, count] = [[0], [tree.frame[0]], [0], [0], [sumOf(all.bytes)], [sumOf(all.count)]],
			value = metric === "bytes" ? bytes : count,
			[member, mark] = columnsOf(2, tree.size); // `mark`: for which node `member` was set

		/** @param {number} node */
		function children(node) {
			const own = below[node];
			if (Array.isArray(own)) return own;
			const direct = !node && !joined,
				/** @type {Map<number, Members>} */
				groups = new Map();
			for (let i = 0; i < own.at.length; i++) {
				const next = direct ? own.at[i] : tree.parent[own.at[i]];
				if (!next) continue;
				let group = groups.get(tree.frame[next]);
				if (!group) groups.set(tree.frame[next], (group = { at: [], bytes: [], count: [] }));
				// Places with the same caller go the same way from there: one member for them all.
				if (mark[next] !== node + 1) {
					mark[next] = node + 1;
					member[next] = group.at.push(next) - 1;
					group.bytes.push(0);
					group.count.push(0);
				}
				group.bytes[member[next]] += own.bytes[i];
				group.count[member[next]] += own.count[i];
			}
			let cursor = start[node];
			return (below[node] = [...groups]
				.map(([name, group]) => ({ name, group, bytes: sumOf(group.bytes), count: sumOf(group.count) }))
				.sort((a, b) => b[metric] - a[metric] || a.name - b.name)
				.map(whole => {
					frame.push(whole.name);
					depth.push(depth[node] + 1);
					start.push(cursor);
					bytes.push(whole.bytes);
					count.push(whole.count);
					below.push(whole.group);
					cursor += whole[metric];
					return parent.push(node) - 1;
				}));
		}

		return {
			parent, frame, depth, start, value, bytes, count, tree: null, plain: false, children,
			visit(root, least, see, skip) {
				const waiting = [root];
				for (let node; (node = waiting.pop()) !== undefined; ) {
					if (value[node] >= least && value[node] > 0) {
						see(node);
						const next = children(node);
						for (let i = next.length - 1; i >= 0; i--) waiting.push(next[i]);
					} else if (value[node] > 0) skip(node);
				}
			}
		};
	},

	// The places that allocate on top, their callers below. What no frame is known of stays the root's own.
	inverted(tree, own, metric) {
		const places = [];
		for (let node = 0; node < tree.size; node++) if (own.bytes[node] || own.count[node]) places.push(node);
		return this.upwards(tree, places, own, metric, false);
	},

	// Which nodes are the first of their group on their way from the root. What a group holds in total is what these
	// hold, so that recursion counts once.
	outermost({ end }, group, groups) {
		const [until] = columnsOf(1, groups), // where what is open of the group ends
			first = new Uint8Array(group.length);
		for (let node = 1; node < group.length; node++) {
			const at = group[node];
			if (node < until[at]) continue;
			first[node] = 1;
			until[at] = end[node];
		}
		return first;
	},

	// The two halves of the sandwich of a group: all callers of its places, and everything that these call, merged.
	// Node 0 of both is the group.
	sandwich(tree, own, metric, group, chosen) {
		const held = this.held(tree, own),
			fate = new Uint8Array(group.length).fill(OUT),
			places = [];
		for (let node = 1; node < group.length; node++) {
			if (group[node] !== chosen) continue;
			if (held.bytes[node] || held.count[node]) places.push(node);
			fate.fill(KEEP, node + 1, tree.end[node]);
			fate[node] = TOP;
			node = tree.end[node] - 1;
		}
		const { tree: merged, place } = this.regrow(tree.parent, tree.frame, fate);
		place[0] = NEVER;
		const above = this.upwards(tree, places, held, metric, true),
			rows = { node: new Uint32Array(group.keys()), ...own },
			below = this.graph(merged, this.held(merged, this.weigh(rows, place, merged.size)), metric);
		/** @type {number[]} */ (above.frame)[0] = merged.frame[0] = tree.frame[places[0] || 0];
		return [above, { ...below, plain: false }];
	},

	// The places of the chosen frames that hold something, each byte once.
	topmost({ frame, end }, total, chosen) {
		const nodes = [];
		for (let node = 1; node < frame.length; node++) {
			if (!chosen[frame[node]]) continue;
			if (total[node] > 0) nodes.push(node);
			node = end[node] - 1;
		}
		return nodes;
	},

	// Own and total figures by group (function, package); `first` as `outermost` gives it. The root is no caller.
	byGroup(tree, group, groups, own, first = calltree.outermost(tree, group, groups), total = calltree.sumUp(tree, own)) {
		const self = new Float64Array(groups),
			whole = new Float64Array(groups);
		whole[group[0]] = own[0];
		// A loop: `forEach` calls its function for each of 200,000 nodes, which takes longer than the sums.
		for (let node = 0; node < tree.size; node++) {
			const to = group[node];
			self[to] += own[node];
			if (first[node]) whole[to] += total[node];
		}
		return { self, whole };
	}
};
