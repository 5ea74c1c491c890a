// The compare page: chooses base and head, keeps them in the address, and tells the viewer what to load.
(function () {
  "use strict";

  /**
   * @typedef {[id: string, label: string, url: string]} Run
   * @typedef {[id: string, run: number, module: string, instance: string | null, file: string, url: string,
   *   data: string, peak: number, leaked: number, status: string]} Capture
   * @typedef {{ runs: Run[], captures: Capture[] }} Catalog
   */

  const ID = 0, RUN = 1, MODULE = 2, INSTANCE = 3, FILE = 4, URL_ = 5, DATA = 6, PEAK = 7, LEAKED = 8;

  /** @param {Capture} capture */
  const nameOf = (capture) => (capture[INSTANCE] === null ? capture[MODULE] : `${capture[MODULE]}:${capture[INSTANCE]}`);

  /** Bytes as memray writes them. @param {number} bytes */
  function size(bytes) {
    const steps = ["", "k", "M", "G", "T"];
    let step = 0;
    while (Math.abs(bytes) >= 1000 && step < steps.length - 1) {
      bytes /= 1000;
      step++;
    }
    return `${bytes.toFixed(3)}${steps[step]}B`;
  }

  /** @param {number} before @param {number} after */
  function change(before, after) {
    const delta = after - before;
    if (!delta) return "±0";
    const sign = delta > 0 ? "+" : "−";
    const ratio = before ? ` (${sign}${Math.abs((delta / before) * 100).toFixed(1)} %)` : "";
    return `${sign}${size(Math.abs(delta))}${ratio}`;
  }

  /** @param {HTMLSelectElement} select @param {[value: string, text: string][]} options @param {string} chosen */
  function fill(select, options, chosen) {
    select.replaceChildren(
      ...options.map(([value, text]) => {
        const option = document.createElement("option");
        option.value = value;
        option.textContent = text;
        option.selected = value === chosen;
        return option;
      })
    );
  }

  /** Goes on with another choice; the fragment belongs to what was shown before. @param {Record<string, string>} choice */
  function go(choice) {
    const query = new URLSearchParams(Object.entries(choice).filter(([, value]) => value));
    location.href = `${location.pathname}?${query}`;
  }

  /** @param {HTMLTableSectionElement} body @param {Capture | undefined} base @param {Capture | undefined} head */
  function row(body, base, head) {
    const known = /** @type {Capture} */ (head || base);
    const line = body.insertRow();
    const name = document.createElement("th");
    name.scope = "row";
    const link = document.createElement("a");
    link.textContent = nameOf(known);
    link.href = base && head ? `?${new URLSearchParams({ base: base[ID], head: head[ID] })}` : known[URL_];
    name.append(link);
    if (!base || !head) name.append(base ? " only in base" : " only in head");
    line.append(name);
    for (const figure of [PEAK, LEAKED]) {
      const before = base ? Number(base[figure]) : 0;
      const after = head ? Number(head[figure]) : 0;
      for (const [text, kind] of [
        [base ? size(before) : "–", ""],
        [head ? size(after) : "–", ""],
        [base && head ? change(before, after) : "–", Math.abs(after - before) < 10000 ? "" : after > before ? "up" : "down"],
      ]) {
        const cell = line.insertCell();
        cell.className = `num ${base && head ? kind : ""}`;
        cell.textContent = String(text);
      }
    }
  }

  /** @param {Catalog} catalog */
  function start({ runs, captures }) {
    const form = /** @type {HTMLFormElement | null} */ (document.getElementById("chooser"));
    const mount = /** @type {HTMLElement | null} */ (document.querySelector(".comparison .viewer"));
    if (!form || !mount) return;
    const asked = new URLSearchParams(location.search);
    const byId = new Map(captures.map((capture) => [capture[ID], capture]));
    const base = byId.get(asked.get("base") || "");
    const head = byId.get(asked.get("head") || "");
    const runOf = (/** @type {string} */ side, /** @type {Capture | undefined} */ capture, /** @type {number} */ otherwise) => {
      const named = runs.findIndex(([id]) => id === asked.get(side));
      return capture ? capture[RUN] : named >= 0 ? named : otherwise;
    };
    const headRun = runOf("head-run", head, runs.length - 1);
    const baseRun = runOf("base-run", base, Math.max(0, headRun - 1));
    const field = (/** @type {string} */ name) => /** @type {HTMLSelectElement} */ (form.elements.namedItem(name));
    /** @type {[string, string][]} */
    const runOptions = runs.map(([id, label]) => [id, label]);
    const captureOptions = (/** @type {number} */ run) => /** @type {[string, string][]} */ ([
      ["", "all of the run"],
      ...captures.filter((c) => c[RUN] === run).map((c) => [c[ID], `${nameOf(c)} (${c[FILE]})`]),
    ]);
    fill(field("base-run"), runOptions, runs[baseRun]?.[ID] || "");
    fill(field("head-run"), runOptions, runs[headRun]?.[ID] || "");
    fill(field("base"), captureOptions(baseRun), base?.[ID] || "");
    fill(field("head"), captureOptions(headRun), head?.[ID] || "");
    form.hidden = false;
    form.addEventListener("change", (event) => {
      const changed = /** @type {HTMLSelectElement} */ (event.target);
      const choice = { base: field("base").value, head: field("head").value, "base-run": field("base-run").value, "head-run": field("head-run").value };
      if (changed.name.endsWith("-run")) {
        // The same module in the other run, where it has one.
        const side = /** @type {"base" | "head"} */ (changed.name.slice(0, 4));
        const was = byId.get(choice[side]);
        const run = runs.findIndex(([id]) => id === changed.value);
        choice[side] = (was && captures.find((c) => c[RUN] === run && nameOf(c) === nameOf(was))?.[ID]) || "";
      } else {
        // One capture is compared with its like.
        const other = changed.name === "base" ? "head" : "base";
        const chosen = byId.get(changed.value);
        const run = runs.findIndex(([id]) => id === choice[/** @type {"base-run" | "head-run"} */ (`${other}-run`)]);
        if (!chosen) choice[other] = "";
        else if (!choice[other]) choice[other] = captures.find((c) => c[RUN] === run && nameOf(c) === nameOf(chosen))?.[ID] || "";
      }
      go(choice);
    });
    field("swap").addEventListener("click", () => {
      go({ base: field("head").value, head: field("base").value, "base-run": field("head-run").value, "head-run": field("base-run").value });
    });
    const result = /** @type {HTMLElement} */ (document.getElementById("result"));
    const answer = /** @type {HTMLElement} */ (document.getElementById("answer"));
    const title = /** @type {HTMLElement} */ (document.getElementById("result-title"));
    result.hidden = false;
    if (base && head) {
      title.textContent = nameOf(base) === nameOf(head) ? nameOf(head) : `${nameOf(base)} and ${nameOf(head)}`;
      answer.append("Peak ", ref(base, size(base[PEAK])), ` in ${runs[base[RUN]][1]}, `, ref(head, size(head[PEAK])), ` in ${runs[head[RUN]][1]}: ${change(base[PEAK], head[PEAK])}. `);
      answer.append(`Leaked ${size(base[LEAKED])}, then ${size(head[LEAKED])}: ${change(base[LEAKED], head[LEAKED])}.`);
      Object.assign(mount.dataset, { capture: head[ID], src: head[DATA], base: base[ID], baseSrc: base[DATA] });
      /** @type {HTMLElement} */ (document.getElementById("comparison")).hidden = false;
      return;
    }
    document.getElementById("comparison")?.remove();
    const table = /** @type {HTMLTableElement} */ (document.getElementById("pairs"));
    title.textContent = `${runs[baseRun]?.[1]} and ${runs[headRun]?.[1]}`;
    /** @type {Map<string, [Capture | undefined, Capture | undefined]>} */
    const pairs = new Map();
    for (const capture of captures) {
      for (const [side, run] of [[0, baseRun], [1, headRun]]) {
        if (capture[RUN] !== run) continue;
        const pair = pairs.get(nameOf(capture)) || [undefined, undefined];
        // Of repeats, the smallest stands for all.
        const known = pair[side];
        if (!known || capture[PEAK] < known[PEAK]) pair[side] = capture;
        pairs.set(nameOf(capture), pair);
      }
    }
    const delta = (/** @type {[Capture | undefined, Capture | undefined]} */ [one, other]) => Math.abs((other?.[PEAK] || 0) - (one?.[PEAK] || 0));
    for (const pair of [...pairs.values()].sort((one, other) => delta(other) - delta(one))) row(table.tBodies[0], ...pair);
    table.hidden = false;
    answer.textContent = pairs.size ? "The modules of both runs, the largest change first. Each leads to the difference in its code." : "There is nothing to compare.";
  }

  /** @param {Capture} capture @param {string} text */
  function ref(capture, text) {
    const link = document.createElement("a");
    link.href = capture[URL_];
    link.textContent = text;
    return link;
  }

  const sitegen = /** @type {any} */ (window).sitegen || (/** @type {any} */ (window).sitegen = {});
  sitegen.catalog = start;
})();
