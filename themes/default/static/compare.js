"use strict";
/* The compare page: chooses base, head and figure, keeps them in the address, and says what changed. */

(() => {
	/** What can be compared. @type {Record<Figure, string>} */
	const FIGURES = { peak: "Peak", leaks: "Leaked", allocations: "Allocations" },
		NEITHER = "These cannot be compared by this figure.",
		SIDES = /** @type {const} */ (["base", "head"]),
		/** What a row of the catalog holds. */
		KEYS = "id run module instance file link data peak leaks allocations way stands".split(" "),
		asked = new URLSearchParams(location.search),

		/** The figure that is compared, and the viewer's settings for one. @type {() => Figure} */
		chosen = () => (state.get("metric") === "count" ? "allocations" : state.get("view") === "leaks" ? "leaks" : "peak"),
		settingsFor = /** @param {string} figure */ figure => ({ view: figure === "leaks" ? figure : "", metric: figure === "allocations" ? "count" : "" }),
		/** @type {(figure: Figure) => Metric} */
		metricOf = figure => (figure === "allocations" ? "count" : "bytes"),

		nameOf = (/** @type {Compared} */ { module, instance }) => module + (instance === null ? "" : `:${instance}`),

		/** @type {(before: number, after: number, metric: Metric) => string} */
		change = (before, after, metric) => {
			const delta = after - before,
				by = names.change(delta, metric);
			// A share that is less than can be told has no sign: the amount has it.
			return delta ? by + (before ? ` (${by[0] + names.share(abs(delta), before)})`.replace(/.</, "<") : "") : "±0";
		},

		/** @type {(href: string, text: string) => HTMLElement} */
		link = (href, text) => make("a", { href }, text),

		/** The page with another choice; of the settings it keeps the figure. @type {(choice: Record<string, string>) => string} */
		address = choice =>
		"?" + [choice, settingsFor(chosen())].map(of => `${new URLSearchParams(Object.entries(of).filter(([, value]) => value))}`).filter(part => part).join("#");

	sitegen.catalog = ({ runs, captures: rows, reasons }) => {
		// Of the runs that are looked at alone: a site can have thousands of captures.
		const some = (/** @type {number} */ at, /** @type {any} */ what) => rows.filter(row => row[at] === what).map(row => /** @type {Compared} */ (Object.fromEntries(KEYS.map((key, i) => [key, row[i]])))),
			byId = /** @param {string | null} id */ id => some(0, id)[0],
			ofRun = /** @param {number} run */ run => some(1, run),
			[form, result, answer, title, notices, comparison] = "chooser result answer result-title notices comparison".split(" ").map(id => find(`#${id}`)),
			[base, head] = SIDES.map(side => byId(asked.get(side))),
			runNamed = /** @param {string | null} id */ id => runs.findIndex(([own]) => own === id),
			runOf = (/** @type {string} */ side, /** @type {Compared | undefined} */ capture, /** @type {number} */ otherwise) => {
				const named = runNamed(asked.get(`${side}-run`));
				return capture?.run ?? (named < 0 ? otherwise : named);
			},
			headRun = runOf("head", head, runs.length - 1),
			baseRun = runOf("base", base, max(0, headRun - 1)),
			/** @type {(name: string) => HTMLSelectElement} */
			field = name => find(`[name=${name}]`, form),
			offer = (/** @type {string} */ name, /** @type {string[][]} */ options, /** @type {string | undefined} */ value) =>
			field(name).append(...options.map(([id, text]) => new Option(text, id, false, id === value)));
		/** What stands for a capture in another run. @param {number} run @param {string} like */
		const found = (run, like) => {
			const one = byId(like);
			return (one && ofRun(run).find(other => other.stands && nameOf(other) === nameOf(one))?.id) || "";
		};
		for (const [side, run, capture] of /** @type {const} */ ([["base", baseRun, base], ["head", headRun, head]])) {
			offer(`${side}-run`, runs, runs[run]?.[0]);
			offer(side, [["", "all of the run"], ...ofRun(run).map(one => [one.id, `${nameOf(one)} (${one.file})`])], capture?.id || "");
			const missing = !capture && asked.get(side);
			if (missing) notices.append(make("p.notice", `This site has no capture ${missing}.`));
		}
		offer("figure", Object.entries(FIGURES), chosen());
		form.hidden = result.hidden = false;
		const choice = () => Object.fromEntries([...SIDES, "base-run", "head-run"].map(name => [name, field(name).value])),
			go = /** @param {Record<string, string>} to */ to => (location.href = address(to));
		on(form, "change", ({ target }) => {
			const { name, value } = /** @type {HTMLSelectElement} */ (target);
			if (name === "figure") return state.set({ ...settingsFor(value), page: "" });
			const to = choice(),
				[side, whole] = name.split("-"),
				run = /** @param {string} side */ side => runNamed(to[`${side}-run`]),
				other = name === "base" ? "head" : "base";
			// The same module in the other run, where it has one; one capture is compared with its like.
			if (whole) to[side] = found(run(side), to[side]);
			else if (!value || !to[other]) to[other] = found(run(other), value);
			go(to);
		});
		on(field("swap"), "click", () => {
			const { base, head, ...of } = choice();
			go({ base: head, head: base, "base-run": of["head-run"], "head-run": of["base-run"] });
		});
		/** Whether two captures cannot be compared, and why. @param {Compared} one @param {Compared} other @returns {[boolean, string[]]} */
		const against = (one, other, figure = chosen()) => reasons[`${one.way},${other.way}`]?.[figure] || [false, []];

		/** The modules of two runs, the largest change of the chosen figure first; gives the sentence above them. */
		const list = () => {
			const by = chosen(),
				value = (/** @type {Compared | undefined} */ one, figure = by) => one?.[figure] ?? null,
				written = /** @param {number | null} figure */ figure => (figure === null ? "–" : names.figure(figure, metricOf(by))),
				delta = (/** @type {Compared[]} */ [one, other], figure = by) => (value(other, figure) || 0) - (value(one, figure) || 0);
			const captures = [baseRun, headRun].flatMap(ofRun),
				pairs = [...Map.groupBy(captures, nameOf).values()]
				.map(group => [baseRun, headRun].map(run => group.filter(one => one.run === run && one.stands)[0]))
				.filter(([one, other]) => one || other)
				.sort((one, other) => abs(delta(other)) - abs(delta(one))),
				others = /** @type {Figure[]} */ (Object.keys(FIGURES)).filter(name => name !== by && captures.some(one => value(one, name) !== null)),
				heads = ["Module", `${FIGURES[by]} before`, "After", "Change", ...others.map(name => `${FIGURES[name]}, change`)],
				rows = pairs.map(pair => {
					const [one, other] = pair,
						both = one && other,
						known = other || one,
						moved = /** @param {Figure} figure */ figure => {
							const [before, after] = [value(one, figure), value(other, figure)];
							if (both && against(one, other, figure)[0]) return make("td.num", "not comparable");
							if (before === null || after === null) return make("td.num", "–");
							const small = abs(after - before) < (figure === "allocations" ? 100 : 10000);
							return make(small ? "td.num" : after > before ? "td.num.up" : "td.num.down", change(before, after, metricOf(figure)));
						},
						texts = both ? against(one, other)[1] : [];
					return make("tr",
						make("th", { scope: "row" }, link(both ? address({ base: one.id, head: other.id }) : known.link, nameOf(known)),
							!both && ` only in ${one ? "base" : "head"}`, texts[0] && [" ", make("span.file", texts.join(" "))]),
						pair.map(one => make("td.num", written(value(one)))), [by, ...others].map(moved));
				});
			fill(find("#pairs"), rows[0] && figuresTable(heads.map((text, i) => make("th", { scope: "col", class: i ? "num" : "" }, text)), rows));
			const both = pairs.filter(([one, other]) => one && other && value(one) !== null && value(other) !== null && !against(one, other)[0]),
				[before, after] = [0, 1].map(side => sumOf(both.map(pair => value(pair[side]) || 0))),
				most = both.find(pair => delta(pair) * (after - before) > 0);
			if (!both[0]) return NEITHER;
			const of = both[1] ? " of what both runs have, added up" : ` of ${nameOf(both[0][1])}`,
				cause = most && both[1] ? `, above all in ${nameOf(most[1])}: ${change(0, delta(most), metricOf(by))}` : "";
			return `${FIGURES[by]}${of}: ${written(before)}, then ${written(after)}: ${change(before, after, metricOf(by))}${cause}.`;
		};

		/** Says what the chosen figure allows to say. */
		const judge = () => {
			field("figure").value = chosen();
			if (!base || !head) return fill(answer, list());
			const [refused, texts] = against(base, head);
			comparison.hidden = refused;
			fill(notices, texts.map(text => make("p.notice", text)));
			if (refused) fill(answer, NEITHER);
		};
		if (base && head) {
			Object.assign(find(".viewer", comparison).dataset, { capture: head.id, src: head.data, base: base.id, baseSrc: base.data });
			fill(title, [...new Set([nameOf(base), nameOf(head)])].join(" and "));
		} else {
			comparison.remove();
			fill(title, `${runs[baseRun]?.[1]} and ${runs[headRun]?.[1]}`);
		}
		state.follow(judge);

		// One sentence: totals, and the main cause.
		sitegen.shown = ({ shown }) => {
			if (!isDiff(shown) || !base || !head) return;
			const { frames } = shown,
				{ metric } = shown.settings,
				[before, after] = shown.whole().map(({ self }) => sumOf(self)),
				rows = shown.changes(frames.groupOf, frames.groups.length),
				place = /** @param {number} at */ at => [make("code", frames.label(at)), " ", make("i", frames.files[frames.fileOf[at]].name)],
				cause = [...rows.keys()].filter(at => rows[at][0] * (after - before) > 0).sort((one, other) => abs(rows[other][0]) - abs(rows[one][0]))[0],
				side = (/** @type {Compared} */ one, /** @type {number} */ figure) => [link(one.link, names.figure(figure, metric)), ` in ${runs[one.run][1]}`];
			fill(answer,
				// A capture knows the stacks of these alone, and findings speak of all.
				metric === "count" ? `Allocations at the peak, of ${[base, head].map(one => names.figure(/** @type {number} */ (one.allocations), metric)).join(" and ")} made` : FIGURES[chosen()], ": ", side(base, before), ", ", side(head, after), ": ",
				cause >= 0 ? [change(before, after, metric), ", above all in ", place(cause), `: ${change(0, rows[cause][0], metric)}`]
					: rows.some(([own]) => own) ? "the same, but functions changed" : "nothing changed", ".");
			const join = asked.get("renamed"),
				renames = shown.renames().map(([old, is]) => make("li", place(old), " may now be ", place(is), `: ${names.figure(rows[old][4], metric)}, then ${names.figure(rows[is][5], metric)}`)),
				other = new URLSearchParams(asked);
			if (join) other.delete("renamed");
			else other.set("renamed", "join");
			const again = link(`?${other}${location.hash}`, join ? "Take each for itself" : `Take ${renames[1] ? "each pair" : "them"} as one function`);
			fill(find("#renames"), join ? make("p", "What seems renamed counts as one. ", again) : renames[0] && [make("ul", renames), make("p", again)]);
		};
	};
})();
