// What every page has: the theme switch, times in the reader's zone, the search box.
(function () {
  "use strict";

  const root = document.documentElement;

  function themeSwitch() {
    const button = document.querySelector("header.site .switch");
    if (!(button instanceof HTMLButtonElement)) return;
    const dark = matchMedia("(prefers-color-scheme: dark)");
    button.hidden = false;
    button.addEventListener("click", () => {
      const now = root.dataset.theme || (dark.matches ? "dark" : "light");
      root.dataset.theme = now === "dark" ? "light" : "dark";
      try {
        localStorage.setItem("sitegen-theme", root.dataset.theme);
      } catch {
        // Not remembered, but switched.
      }
      document.dispatchEvent(new CustomEvent("sitegen:theme"));
    });
  }

  function localTimes() {
    const format = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
    for (const element of document.querySelectorAll("time[datetime]")) {
      const moment = new Date(element.getAttribute("datetime") || "");
      if (Number.isNaN(moment.getTime())) continue;
      element.setAttribute("title", element.textContent || "");
      element.textContent = format.format(moment);
    }
  }

  /** @typedef {[kind: string, label: string, url: string, more: string]} Target */

  /** @type {Target[] | null} */
  let targets = null;

  /** Loads the search index, once. @param {string} source @param {() => void} then */
  function loadIndex(source, then) {
    if (targets) return then();
    const sitegen = /** @type {any} */ (window).sitegen || (/** @type {any} */ (window).sitegen = {});
    sitegen.search = (/** @type {Target[]} */ found) => {
      targets = found;
      then();
    };
    const script = document.createElement("script");
    script.src = source;
    document.head.append(script);
  }

  function searchBox() {
    const box = document.querySelector("header.site .find");
    const input = document.getElementById("find");
    const list = document.getElementById("found");
    if (!(box instanceof HTMLElement) || !(input instanceof HTMLInputElement) || !list) return;
    box.hidden = false;
    const base = document.body.dataset.root || "";
    let chosen = -1;

    const show = () => {
      const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
      list.replaceChildren();
      chosen = -1;
      list.hidden = !words.length;
      if (!words.length || !targets) return;
      const found = targets.filter(([, label, , more]) => {
        const text = `${label} ${more}`.toLowerCase();
        return words.every((word) => text.includes(word));
      });
      for (const [kind, label, url, more] of found.slice(0, 12)) {
        const item = document.createElement("li");
        const link = document.createElement("a");
        link.href = base + url;
        const name = document.createElement("span");
        name.textContent = label;
        const what = document.createElement("small");
        what.textContent = more ? `${kind} · ${more}` : kind;
        link.append(name, what);
        item.append(link);
        list.append(item);
      }
      if (!found.length) {
        const item = document.createElement("li");
        item.className = "empty";
        item.textContent = "Nothing by that name.";
        list.append(item);
      }
    };

    const choose = (/** @type {number} */ step) => {
      const links = [...list.querySelectorAll("a")];
      if (!links.length) return;
      chosen = (chosen + step + links.length) % links.length;
      links.forEach((link, i) => link.classList.toggle("chosen", i === chosen));
      links[chosen].scrollIntoView({ block: "nearest" });
    };

    input.addEventListener("focus", () => loadIndex(input.dataset.index || "", show));
    input.addEventListener("input", () => loadIndex(input.dataset.index || "", show));
    input.addEventListener("keydown", (event) => {
      const links = [...list.querySelectorAll("a")];
      if (event.key === "ArrowDown") choose(1);
      else if (event.key === "ArrowUp") choose(-1);
      else if (event.key === "Enter" && links.length) links[Math.max(chosen, 0)].click();
      else if (event.key === "Escape") {
        input.value = "";
        show();
        input.blur();
      } else return;
      event.preventDefault();
    });
    document.addEventListener("click", (event) => {
      if (!box.contains(/** @type {Node} */ (event.target))) list.hidden = true;
    });
    document.addEventListener("keydown", (event) => {
      const target = event.target;
      const typing = target instanceof HTMLElement && target.closest("input, textarea, select, [contenteditable]");
      if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
        // The viewer's own search takes the key where there is one.
        if (event.defaultPrevented) return;
        event.preventDefault();
        input.focus();
      }
    });
  }

  themeSwitch();
  localTimes();
  searchBox();
  // Pages with a viewer are ready when it has drawn, others when all scripts have run.
  if (!document.querySelector("script[src*=viewer]")) document.addEventListener("DOMContentLoaded", () => (root.dataset.ready = "true"));
})();
