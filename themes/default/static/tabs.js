"use strict";
/* Turns the reports of a page, which stand one after the other, into tabs. The fragment chooses one. */

const tabs = (() => {
  /** @type {HTMLElement[]} */
  let sections = [];
  /** @type {HTMLElement[]} */
  let buttons = [];

  function start() {
    sections = [...document.querySelectorAll("section.report")].map((section) => /** @type {HTMLElement} */ (section));
    if (sections.length < 2) return;
    const list = document.createElement("div");
    list.className = "tabs";
    list.setAttribute("role", "tablist");
    list.setAttribute("aria-label", "Reports");
    buttons = sections.map((section) => {
      const button = document.createElement("button");
      button.type = "button";
      button.id = `tab-${section.id}`;
      button.className = "tab";
      button.textContent = section.dataset.title || section.querySelector("h2, h3")?.textContent || section.id;
      button.setAttribute("role", "tab");
      button.setAttribute("aria-controls", section.id);
      button.addEventListener("click", () => state.set({ tab: section.id }));
      section.setAttribute("role", "tabpanel");
      section.setAttribute("aria-labelledby", button.id);
      list.append(button);
      return button;
    });
    list.addEventListener("keydown", walk);
    sections[0].before(list);
    document.documentElement.dataset.tabs = "true";
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
      buttons[i].setAttribute("aria-selected", String(section === shown));
      buttons[i].tabIndex = section === shown ? 0 : -1;
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
    buttons[next].focus();
  }

  start();
  return { open };
})();
