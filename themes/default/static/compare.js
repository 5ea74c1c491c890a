"use strict";
/* The compare page: chooses base, head and figure, keeps them in the address, and says what changed. */

(() => {
	/** What can be compared, by sitegen's name for it: title, settings of the viewer, what runs are sorted by. */
	const FIGURES = /** @type {const} */ ({
		peak: ["Peak", { view: "", metric: "" }, "peak"], leaks: ["Leaked", { view: "leaks", metric: "" }, "leaked"], allocations: ["Allocations", { view: "", metric: "count" }, "allocations"],
	});
	const chosen = () => (state.get("metric") === "count" ? "allocations" : state.get("view") === "leaks" ? "leaks" : "peak");

	/** @param {Compared} capture */
	const nameOf = (capture) => (capture.instance === null ? capture.module : `${capture.module}:${capture.instance}`);

	/** @param {number} before @param {number} after @param {Metric} metric */
	function change(before, after, metric) {
		if (before === after) return "±0";
		const ratio = before ? ` (${after > before ? "+" : ""}${(((after - before) / before) * 100).toFixed(1)} %)` : "";
		return (names.change(after - before, metric) + ratio).replaceAll("-", "−");
	}

	/** @param {string} href @param {string} text */
	const link = (href, text) => make("a", { href }, text);

	/** The page with another choice; of the settings it keeps the figure. @param {Record<string, string>} choice */
	const address = (choice) => {
		const settings = Object.entries(FIGURES[chosen()][1]).filter(([, value]) => value).map((setting) => `&${setting.join("=")}`);
		return `?${new URLSearchParams(Object.entries(choice).filter(([, value]) => value))}${settings.length ? "#" : ""}${settings.join("")}`;
	};

	/** @param {Catalog} catalog */
	function start({ runs, captures: rows, reasons }) {
		const keys = ["id", "run", "module", "instance", "file", "link", "data", "peak", "leaked", "allocations", "way"];
		// Of the runs that are looked at alone: a site can have thousands of captures.
		const captureOf = (/** @type {any[]} */ row) => /** @type {Compared} */ (Object.fromEntries(keys.map((key, i) => [key, row[i]])));
		const ofRun = (/** @type {number} */ run) => rows.filter((row) => row[1] === run).map(captureOf);
		/** @param {string | null} id */
		const byId = (id) => rows.filter((row) => row[0] === id).map(captureOf)[0];
		const [form, result, answer, title, notices, comparison] = ["chooser", "result", "answer", "result-title", "notices", "comparison"].map((id) => find(document, `#${id}`));
		const asked = new URLSearchParams(location.search);
		const [base, head] = ["base", "head"].map((side) => byId(asked.get(side)));
		const runOf = (/** @type {string} */ side, /** @type {Compared | undefined} */ capture, /** @type {number} */ otherwise) => {
			const named = runs.findIndex(([id]) => id === asked.get(side));
			return capture ? capture.run : named >= 0 ? named : otherwise;
		};
		const headRun = runOf("head-run", head, runs.length - 1);
		const baseRun = runOf("base-run", base, Math.max(0, headRun - 1));
		const field = (/** @type {string} */ name) => /** @type {HTMLSelectElement} */ (find(form, `[name=${name}]`));
		const fill = (/** @type {string} */ name, /** @type {string[][]} */ options, /** @type {string | undefined} */ value) => field(name).append(...options.map(([id, text]) => new Option(text, id, false, id === value)));
		const found = (/** @type {number} */ run, /** @type {Compared | undefined} */ like) => (like && ofRun(run).find((one) => nameOf(one) === nameOf(like))?.id) || "";
		for (const [side, run, capture] of /** @type {const} */ ([["base", baseRun, base], ["head", headRun, head]])) {
			fill(`${side}-run`, runs, runs[run]?.[0]);
			fill(side, [["", "all of the run"], ...ofRun(run).map((one) => [one.id, `${nameOf(one)} (${one.file})`])], capture?.id || "");
		}
		fill("figure", Object.entries(FIGURES).map(([figure, [text]]) => [figure, text]), chosen());
		form.hidden = result.hidden = false;
		const choice = () => Object.fromEntries(["base", "head", "base-run", "head-run"].map((name) => [name, field(name).value]));
		form.addEventListener("change", ({ target }) => {
			const { name, value } = /** @type {HTMLSelectElement} */ (target);
			if (name === "figure") return state.set({ ...FIGURES[/** @type {"peak"} */ (value)][1], page: "" });
			const to = choice();
			const run = (/** @type {string} */ side) => runs.findIndex(([id]) => id === to[`${side}-run`]);
			const other = name === "base" ? "head" : "base";
			// The same module in the other run, where it has one; one capture is compared with its like.
			if (name.endsWith("-run")) to[name.slice(0, 4)] = found(run(name.slice(0, 4)), byId(to[name.slice(0, 4)]));
			else if (!value) to[other] = "";
			else if (!to[other]) to[other] = found(run(other), byId(value));
			location.href = location.pathname + address(to);
		});
		field("swap").addEventListener("click", () => {
			const { base, head, ...of } = choice();
			location.href = location.pathname + address({ base: head, head: base, "base-run": of["head-run"], "head-run": of["base-run"] });
		});
		const against = (/** @type {Compared} */ one, /** @type {Compared} */ other, figure = chosen()) => reasons[`${one.way},${other.way}`]?.[figure] || [false, []];
		for (const side of ["base", "head"]) {
			if (asked.get(side) && !byId(asked.get(side))) notices.append(make("p.notice", {}, `This site has no capture ${asked.get(side)}.`));
		}

		if (!base || !head) {
			comparison.remove();
			title.textContent = `${runs[baseRun]?.[1]} and ${runs[headRun]?.[1]}`;
			const show = () => {
				field("figure").value = chosen();
				answer.textContent = list([...new Set([baseRun, headRun])].flatMap(ofRun), [baseRun, headRun], against);
			};
			state.listeners.push(show);
			show();
			return;
		}

		const mount = find(comparison, ".viewer");
		Object.assign(mount.dataset, { capture: head.id, src: head.data, base: base.id, baseSrc: base.data });
		title.textContent = nameOf(base) === nameOf(head) ? nameOf(head) : `${nameOf(base)} and ${nameOf(head)}`;
		const judge = () => {
			const [refused, texts] = against(base, head);
			field("figure").value = chosen();
			comparison.hidden = refused;
			notices.replaceChildren(...texts.map((text) => make("p.notice", {}, text)));
			if (refused) answer.replaceChildren("These two cannot be compared by this figure.");
		};
		state.listeners.push(judge);
		judge();

		// One sentence: totals, and the main cause.
		sitegen.shown = ({ shown, now: { settings } }) => {
			if (!isDiff(shown)) return;
			const { frames } = shown;
			const { metric } = settings;
			const [before, after] = shown.whole(settings).map(({ self }) => sumOf(self));
			const rows = shown.changes(settings, frames.groupOf, frames.groups.length);
			const place = (/** @type {number} */ at) => [make("code", {}, names.label(frames, at)), " ", make("i", {}, frames.files[frames.fileOf[at]].name)];
			const cause = [...rows.keys()].filter((at) => rows[at][0] * (after - before) > 0).sort((one, other) => Math.abs(rows[other][0]) - Math.abs(rows[one][0]))[0];
			const some = rows.some(([own]) => own);
			const side = (/** @type {Compared} */ one, /** @type {number} */ figure) => [link(one.link, names.figure(figure, metric)), ` in ${runs[one.run][1]}`];
			answer.replaceChildren(
				`${metric === "count" ? "Allocations alive at the peak" : FIGURES[chosen()][0]}: `, ...side(base, before), ", ", ...side(head, after), ": ",
				...(cause !== undefined ? [change(before, after, metric), ", above all in ", ...place(cause), `: ${change(0, rows[cause][0], metric)}`] : [some ? "the same, though functions changed" : "nothing changed"]), ".",
			);
			const join = asked.get("renamed") === "join";
			const renames = shown.renames(settings).map(([old, is]) => make("li", {}, ...place(old), " may now be ", ...place(is), ": ", names.figure(rows[old][4], metric), ", then ", names.figure(rows[is][5], metric)));
			const other = new URLSearchParams(location.search);
			other.delete("renamed");
			const again = link(`?${other}${join ? "" : "&renamed=join"}${location.hash}`, join ? "Take every function for itself" : `Take ${renames.length > 1 ? "each pair" : "them"} as one function`);
			find(document, "#renames").replaceChildren(...(join ? [make("p", {}, "Functions that seem renamed count as one. ", again)] : renames.length ? [make("ul", {}, ...renames), make("p", {}, again)] : []));
		};
	}

	/**
	 * The modules of two runs, the largest change of the chosen figure first.
	 * @param {Compared[]} captures @param {number[]} sides @param {(one: Compared, other: Compared, figure?: keyof typeof FIGURES) => [boolean, string[]]} against
	 */
	function list(captures, sides, against) {
		const [, , by] = FIGURES[chosen()];
		/** @type {Map<string, Compared[]>} */
		const pairs = new Map();
		sides.forEach((run, side) => {
			for (const capture of captures.filter((one) => one.run === run)) {
				const pair = pairs.get(nameOf(capture)) || [];
				// Of repeats, the smallest stands for all.
				if (!pair[side] || capture.peak < pair[side].peak) pair[side] = capture;
				pairs.set(nameOf(capture), pair);
			}
		});
		const value = (/** @type {Compared | undefined} */ one, /** @type {Figure} */ figure) => one?.[figure] ?? null;
		const metricOf = (/** @type {Figure} */ figure) => (figure === "allocations" ? "count" : "bytes");
		const written = (/** @type {number | null} */ figure) => (figure === null ? "–" : names.figure(figure, metricOf(by)));
		const delta = (/** @type {Compared[]} */ [one, other], /** @type {Figure} */ figure = by) => (value(other, figure) || 0) - (value(one, figure) || 0);
		const sorted = [...pairs.values()].sort((one, other) => Math.abs(delta(other)) - Math.abs(delta(one)));
		const named = /** @type {(keyof typeof FIGURES)[]} */ (Object.keys(FIGURES)).sort((one) => (one === chosen() ? -1 : 0));
		const figures = named.filter((name) => name === chosen() || captures.some((one) => value(one, FIGURES[name][2]) !== null));
		const heads = figures.map((name) => FIGURES[name]).flatMap(([text, , figure]) => (figure === by ? [`${text} before`, "After", "Change"] : [`${text}, change`]));
		const rows = sorted.map((pair) => {
			const [one, other] = pair;
			const known = other || one;
			const cells = figures.flatMap((name) => {
				const [, , figure] = FIGURES[name];
				const refused = one && other && against(one, other, name)[0];
				const [before, after] = [value(one, figure), value(other, figure)];
				const both = before !== null && after !== null && !refused;
				const small = Math.abs(delta(pair, figure)) < (figure === "allocations" ? 100 : 10000);
				const moved = make("td", { class: `num ${!both || small ? "" : after > before ? "up" : "down"}` }, both ? change(before, after, metricOf(figure)) : refused ? "not comparable" : "–");
				return figure === by ? [make("td.num", {}, written(before)), make("td.num", {}, written(after)), moved] : [moved];
			});
			const name = make("th", { scope: "row" }, link(one && other ? address({ base: one.id, head: other.id }) : known.link, nameOf(known)), one && other ? "" : ` only in ${one ? "base" : "head"}`);
			const reasons = one && other ? against(one, other)[1] : [];
			if (reasons.length) name.append(" ", make("span.file", {}, reasons.join(" ")));
			return make("tr", {}, name, ...cells);
		});
		const table = figuresTable(["Module", ...heads].map((text, i) => make("th", { scope: "col", class: i ? "num" : "" }, text)), rows);
		find(document, "#pairs").replaceChildren(...(sorted.length ? [table] : []));
		const both = sorted.filter(([one, other]) => one && other && value(one, by) !== null && value(other, by) !== null && !against(one, other)[0]);
		const [before, after] = [0, 1].map((side) => sumOf(both.map((pair) => value(pair[side], by) || 0)));
		const most = both.find((pair) => delta(pair) * (after - before) > 0);
		if (!both.length) return "These runs have no module that can be compared by this figure.";
		const those = both.length === 1 ? "module" : `${both.length} modules`;
		const cause = most ? `, above all in ${nameOf(most[1])}: ${change(0, delta(most), metricOf(by))}` : "";
		return `${FIGURES[chosen()][0]} of the ${those} that both runs have, added up: ${written(before)}, then ${written(after)}: ${change(before, after, metricOf(by))}${cause}.`;
	}

	sitegen.catalog = start;
})();
