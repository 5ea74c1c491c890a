/* Which files and functions of two captures are one: the rules of sitegen/insight/align.py and renames.py, where they are explained. */

/** @type {Matching} */
const matching = {
	files([base, head]) {
		const common = (/** @type {string} */ one, /** @type {string} */ other) => {
				const [mine, yours] = [one, other].map(name => name.split("/").reverse());
				let parts = 0;
				while (parts < mine.length && mine[parts] === yours[parts]) parts++;
				return parts;
			},
			nearest = (/** @type {string} */ name, /** @type {string[]} */ names) => {
				const [first, second] = names.map(other => ({ other, parts: common(name, other) })).sort((a, b) => b.parts - a.parts);
				return first && first.parts !== second?.parts ? first.other : "";
			},
			same = (/** @type {string} */ one, /** @type {string} */ other) => {
				const parts = common(one, other);
				if (parts > 1 && [one, other].some(name => name.split("/").length === parts)) return true;
				const [ones, others] = [base.get(one), head.get(other)].map(functions => functions || new Set()),
					shared = [...ones].filter(name => others.has(name));
				return shared.some(name => name !== "<module>") || (shared.length === 1 && ones.size === 1 && others.size === 1);
			};
		const last = /** @param {string} name */ name => name.replace(/^.*\//s, ""),
			lone = [[base, head], [head, base]].map(([files, others]) => [...files.keys()].filter(name => !others.has(name))),
			[ours, theirs] = lone.map(files => Map.groupBy(files, last)),
			/** @type {Map<string, string>} */
			pairs = new Map();
		for (const name of lone[1]) {
			const found = nearest(name, ours.get(last(name)) || []);
			if (found && nearest(found, theirs.get(last(name)) || []) === name && same(found, name)) pairs.set(found, name);
		}
		return pairs;
	},

	renames({ parent, frame }, own, knows, called) {
		const total = own.map(figures => calltree.sumUp({ parent }, figures));
		// What one side alone knows: its figures, and around it callers (their frame) and callees (minus theirs).
		const [gone, fresh] = [0, 1].map(side => {
				/** @type {Map<number, { own: number, total: number, near: Set<number> }>} */
				const lone = new Map();
				const of = /** @param {number} at */ at => {
					if (!at || knows[1 - side][at]) return undefined;
					if (!lone.has(at)) lone.set(at, { own: 0, total: 0, near: new Set() });
					return lone.get(at);
				};
				frame.forEach((at, node) => {
					if (!node || (!total[0][node] && !total[1][node])) return;
					const above = frame[parent[node]],
						mine = of(at);
					if (mine) {
						mine.own += own[side][node];
						mine.near.add(above);
						if (above !== at) mine.total += total[side][node];
					}
					if (above !== at) of(above)?.near.add(-at);
				});
				return new Map([...lone].filter(([, one]) => one.total > total[side][0] / 1000));
			}),
			likeness = (/** @type {number} */ old, /** @type {number} */ now) => {
				const [one, other] = [old, now].map(at => {
					const { name } = called(at);
					return new Set([...name].map((letter, i, all) => all[i - 1] + letter).slice(1));
				});
				return (2 * [...one].filter(pair => other.has(pair)).length) / (one.size + other.size || 1);
			},
			only = /** @param {[number, number][]} all */ all => {
				const [[best, at], next] = all.sort((a, b) => b[0] - a[0]);
				return next && (best < 0.5 || best - next[0] < 0.1) ? 0 : at;
			};
		/** @type {[number, number][]} */
		let pairs = [];
		for (const [old, one] of gone) {
			for (const [now, other] of fresh) {
				const [was, is] = [called(old), called(now)],
					apart = max(abs(one.total - other.total), abs(one.own - other.own));
				if ((was.file === is.file || was.name === is.name) && apart <= max(one.total, other.total) / 10) pairs.push([old, now]);
			}
			if (pairs.length > 1e4) return [];
		}
		/** The function of head -> that of base. @type {Map<number, number>} */
		const renamed = new Map();
		for (let found = 1, rounds = 50; found && rounds--; ) {
			const again = new Set(renamed.values()),
				/** @type {Map<number, [number, number][]>[]} */
				best = [new Map(), new Map()];
			pairs = pairs.filter(([old, now]) => !renamed.has(now) && !again.has(old));
			for (const [old, now] of pairs) {
				const around = (/** @type {typeof gone} */ side, /** @type {number} */ of, /** @type {{ has(at: number): boolean }} */ found) => [...(side.get(of)?.near || [])].filter(near => {
						const at = abs(near);
						return found.has(at) || !(gone.has(at) || fresh.has(at));
					}),
					ours = new Set(around(gone, old, again)),
					theirs = new Set(around(fresh, now, renamed).map(at => Math.sign(at) * (renamed.get(abs(at)) ?? abs(at)))),
					shared = [...ours].filter(at => theirs.has(at)).length;
				if (!shared || shared < (ours.size + theirs.size - shared) / 2) continue;
				[[old, now], [now, old]].forEach(([one, other], side) => best[side].set(one, [...(best[side].get(one) || []), [likeness(old, now), other]]));
			}
			found = 0;
			for (const [old, candidates] of best[0]) {
				const now = only(candidates);
				if (!now || only(best[1].get(now) || []) !== old) continue;
				renamed.set(now, old);
				found++;
			}
		}
		const size = (/** @type {[number, number]} */ [now, old]) => max(gone.get(old)?.total || 0, fresh.get(now)?.total || 0);
		return [...renamed].sort((a, b) => size(b) - size(a)).map(([now, old]) => [old, now]);
	}
};
