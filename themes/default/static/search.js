"use strict";

/**
 * Which frames a search means: plain text, `/regular expression/`, or `file.py:42`. Null: it is no regular expression.
 * @type {(query: string, frames: Frames) => Uint8Array | null}
 */
const search = (query, { functions, files, functionOf, fileOf, lineOf }) => {
	const expression = (/** @type {string} */ source) => {
		try {
			return new RegExp(source, "i");
		} catch {
			return null;
		}
	};
	const [, source] = /^\/(.+?)\/?$/.exec(query) || [];
	const [, path, line] = /^(.*\S):(\d+)$/.exec(query) || [];
	// A path from the root is no expression, unless it says so with a slash at its end.
	const plain = !source || (!query.endsWith("/") && files.some((file) => file.path.startsWith(path || query)));
	const pattern = expression(plain ? (path || query).replace(/[\\^$.*+?()[\]{}|]/g, "\\$&") : source);
	if (!pattern) return null;
	// Names are tested once each, not once for each frame that bears them.
	const byFunction = functions.map((name) => pattern.test(name));
	const byFile = files.map((file) => pattern.test(file.name) || pattern.test(file.path));
	const matches = new Uint8Array(functionOf.length);
	for (let frame = 1; frame < matches.length; frame++) {
		const file = byFile[fileOf[frame]];
		if (plain && line ? file && lineOf[frame] === Number(line) : file || byFunction[functionOf[frame]]) matches[frame] = 1;
	}
	return matches;
};
