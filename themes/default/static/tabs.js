"use strict";
/* Turns the reports of a page, which stand one after the other, into tabs. The fragment chooses one. */

const tabs = (() => {
  /** @type {HTMLElement[]} */
  let sections = [];
  /** @type {HTMLElement[]} */
  let links = [];

  function start() {
    const list = document.querySelector("nav.tabs");
    sections = /** @type {HTMLElement[]} */ ([...document.querySelectorAll("section.report")]);
    if (!list) return;
    list.setAttribute("role", "tablist");
    links = sections.map((section) => {
      const link = /** @type {HTMLElement} */ (list.querySelector(`[href="#${CSS.escape(section.id)}"]`));
      link.id = `tab-${section.id}`;
      link.setAttribute("role", "tab");
      link.setAttribute("aria-controls", section.id);
      link.addEventListener("click", (event) => {
        event.preventDefault();
        state.set({ tab: section.id });
      });
      section.setAttribute("role", "tabpanel");
      section.setAttribute("aria-labelledby", link.id);
      return link;
    });
    list.addEventListener("keydown", (event) => walk(/** @type {KeyboardEvent} */ (event)));
    state.listen(show);
    show();
  }

  /** The open section: the one that the fragment names, or that holds what it names; else the first. */
  function open() {
    const named = state.tab ? document.getElementById(state.tab) : null;
    return sections.find((section) => section === named || section.contains(named)) || sections[0];
  }

  function show() {
    const shown = open();
    sections.forEach((section, i) => {
      section.hidden = section !== shown;
      links[i].setAttribute("aria-selected", String(section === shown));
      links[i].tabIndex = section === shown ? 0 : -1;
    });
  }

  /** @param {KeyboardEvent} event */
  function walk(event) {
    const at = sections.indexOf(open());
    const last = sections.length - 1;
    const next = { ArrowRight: at === last ? 0 : at + 1, ArrowLeft: at ? at - 1 : last, Home: 0, End: last }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    state.set({ tab: sections[next].id });
    links[next].focus();
  }

  start();
  return { open };
})();
