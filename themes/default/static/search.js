/**
 * Which frames a search means: plain text, `/regular expression/`, or `file.py:42`. Null: it is no regular expression.
 * @type {(query: string, frames: Frames) => Uint8Array | null}
 */
const search = (query, { functions, files, functionOf, fileOf, lineOf }) => {
	const [, source] = /^\/(.+?)\/?$/.exec(query) || [],
		[, path = query, line] = /^(.*\S):(\d+)$/.exec(query) || [],
		// A path from the root is no expression, unless it says so with a slash at its end.
		plain = !source || (!query.endsWith("/") && files.some(file => file.path.startsWith(path)));
	let pattern;
	try {
		pattern = new RegExp(plain ? path.replace(/\W/g, "\\$&") : source, "i");
	} catch {
		return null;
	}
	// Names are tested once each, not once for each frame that bears them.
	const byFunction = functions.map(name => pattern.test(name)),
		byFile = files.map(file => pattern.test(file.name) || pattern.test(file.path)),
		matches = new Uint8Array(functionOf.length);
	for (let frame = 1; frame < matches.length; frame++) {
		const file = byFile[fileOf[frame]];
		if (plain && line ? file && lineOf[frame] === +line : file || byFunction[functionOf[frame]]) matches[frame] = 1;
	}
	return matches;
};
