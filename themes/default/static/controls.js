"use strict";
/* Mouse and keyboard of the viewer: every input becomes a change of the state. */

/** @param {Viewer} viewer */
function controls(viewer) {
  const { mount, flame } = viewer;
  const tooltip = viewer.part("tooltip");

  for (const field of viewer.fields) {
    field.addEventListener("input", () => {
      const box = field instanceof HTMLInputElement && field.type === "checkbox";
      const value = box ? (/** @type {HTMLInputElement} */ (field).checked === field.defaultChecked ? "" : field.value) : field.value;
      viewer.change(field.name, value);
    });
  }

  /** @type {Record<string, () => void>} */
  const deeds = {
    next: () => viewer.walk.step(1),
    previous: () => viewer.walk.step(-1),
    unzoom: () => viewer.unzoom(),
    whole: () => state.set({ range: "" }),
    help: () => /** @type {HTMLDialogElement} */ (viewer.part("help")).showModal(),
    sandwich: () => viewer.sandwich(),
    suppressed: () => viewer.change("suppressed", state.get("suppressed") ? "" : "show"),
    zoomchart: () => viewer.charts.find(({ handles }) => handles.length)?.toggle(),
  };
  mount.addEventListener("click", (event) => {
    const button = /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest("[data-do]"));
    if (button) deeds[button.dataset.do || ""]?.();
    const query = /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest("[data-query]"))?.dataset.query;
    if (query) viewer.change("q", query === state.get("q") ? "" : query);
  });

  // A menu closes when something else gets the focus or Escape is pressed.
  for (const menu of /** @type {HTMLDetailsElement[]} */ ([...mount.querySelectorAll("details.menu")])) {
    menu.addEventListener("focusout", (event) => {
      if (event.relatedTarget && !menu.contains(/** @type {Node} */ (event.relatedTarget))) menu.open = false;
    });
    document.addEventListener("pointerdown", (event) => {
      if (!menu.contains(/** @type {Node} */ (event.target))) menu.open = false;
    });
    menu.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !menu.open) return;
      menu.open = false;
      /** @type {HTMLElement} */ (menu.firstElementChild).focus();
      event.stopPropagation();
    });
  }

  flame.box.addEventListener("pointermove", (event) => {
    const spot = flame.under(event);
    flame.ring("hover", spot);
    tooltip.hidden = !spot;
    if (!spot) return;
    viewer.panels.describe(tooltip, spot);
    // Beside the pointer, and inside the window.
    const { width, height } = tooltip.getBoundingClientRect();
    const x = Math.min(event.clientX + 14, innerWidth - width - 8);
    const y = event.clientY + 18 + height > innerHeight ? event.clientY - height - 10 : event.clientY + 18;
    tooltip.style.transform = `translate(${Math.max(x, 8)}px, ${Math.max(y, 8)}px)`;
  });
  for (const gone of ["pointerleave", "scroll", "blur"]) {
    flame.box.addEventListener(gone, () => {
      tooltip.hidden = true;
      flame.ring("hover", null);
    });
  }
  flame.box.addEventListener("click", (event) => {
    const spot = flame.under(event);
    if (!spot) return;
    if (event.altKey) viewer.sandwich(spot);
    else viewer.choose(spot);
  });

  /** @type {Record<string, (event: KeyboardEvent) => void>} */
  const onGraph = {
    ArrowLeft: () => viewer.walk.move("left"),
    ArrowRight: () => viewer.walk.move("right"),
    ArrowUp: () => viewer.walk.move("up"),
    ArrowDown: () => viewer.walk.move("down"),
    Enter: () => viewer.choose(viewer.spot),
    " ": () => viewer.choose(viewer.spot),
  };
  /** @param {string} name */
  const flip = (name) => () => viewer.field(name).click();
  /** @param {string} name */
  const turn = (name) => () => {
    const field = viewer.field(name);
    field.selectedIndex = (field.selectedIndex + 1) % field.options.length;
    viewer.change(name, field.value);
    viewer.walk.say(field.selectedOptions[0].text);
  };
  /** @type {Record<string, () => void>} */
  const anywhere = {
    "/": () => viewer.field("q").focus(),
    "?": deeds.help,
    n: deeds.next,
    p: deeds.previous,
    s: deeds.sandwich,
    i: flip("inverted"),
    o: flip("flames"),
    h: flip("irrelevant"),
    m: flip("imports"),
    b: turn("metric"),
    c: turn("colour"),
    g: () => flame.box.focus(),
    t: () => viewer.part("table").querySelector("button")?.focus(),
    Escape: deeds.unzoom,
  };
  document.addEventListener("keydown", (event) => {
    const target = /** @type {HTMLElement} */ (event.target);
    if (event.ctrlKey || event.metaKey || event.altKey || !mount.offsetParent || document.querySelector("dialog[open]")) return;
    const typing = target.closest("input:not([type=checkbox]), textarea, select");
    if (typing && event.key === "Escape") return target.blur();
    if (typing) return;
    const deed = target === flame.box && onGraph[event.key] ? onGraph[event.key] : anywhere[event.key];
    if (!deed) return;
    event.preventDefault();
    deed(event);
  });
  viewer.field("q").addEventListener("keydown", (event) => {
    if (/** @type {KeyboardEvent} */ (event).key === "Enter") viewer.walk.step(1);
  });
}
