// Reloads the page when the preview has a newer one, says when the next one could not be built, and which captures run.
(function () {
  "use strict";

  const script = /** @type {HTMLScriptElement} */ (document.currentScript);
  /** @type {EventSource | null} */
  let stream = null;
  /** @type {HTMLElement | null} */
  let overlay = null;
  let dismissed = "";

  function listen() {
    // Browsers keep few connections to a server: a tab that nobody sees holds none. It catches up when it is
    // seen again, because the address says which version of the page it has.
    if (stream || document.hidden) return;
    stream = new EventSource(script.dataset.events || "");
    stream.addEventListener("reload", () => {
      stop();
      location.reload();
    });
    stream.addEventListener("problem", (event) => show(event.data));
    stream.addEventListener("fine", () => show(""));
    stream.addEventListener("running", (event) => mark(JSON.parse(event.data)));
    stream.addEventListener("progress", (event) => {
      const place = document.getElementById("progress");
      if (place) place.textContent = event.data;
    });
  }

  function stop() {
    if (stream) stream.close();
    stream = null;
  }

  /** @param {string[]} pages those of captures that grow, below the site's root */
  function mark(pages) {
    const here = new URL(script.dataset.events || "", location.href).searchParams.get("page") || "";
    for (const status of document.querySelectorAll(".status.unfinished")) {
      const links = [...(status.closest("tr")?.querySelectorAll("a") || [])].map((link) => link.pathname);
      const runs = pages.some((page) => (status.closest("h1") && page === here) || links.some((path) => path.endsWith(`/${page}`)));
      if (status.lastChild) status.lastChild.textContent = runs ? "running" : "unfinished";
    }
  }

  /** @param {string} text what is wrong, as JSON; "" for nothing */
  function show(text) {
    if (overlay) overlay.remove();
    overlay = null;
    if (!text) dismissed = "";
    if (!text || text === dismissed) return;
    const { message, hint } = JSON.parse(text);
    overlay = document.createElement("div");
    overlay.id = "sitegen-problem";
    const shadow = overlay.attachShadow({ mode: "open" });
    const style = element("link", { rel: "stylesheet", href: script.dataset.style || "" });
    const panel = element("section", { class: "overlay", role: "alert", "aria-label": "The site could not be built" });
    const close = element("button", { type: "button" }, "Hide");
    close.addEventListener("click", () => {
      dismissed = text;
      if (overlay) overlay.remove();
    });
    panel.append(
      close,
      element("h2", {}, "The site could not be built. This is the last good one."),
      prose("message", message),
    );
    if (hint) panel.append(prose("hint", hint));
    shadow.append(style, panel);
    document.body.append(overlay);
  }

  /** A paragraph in which code stands between backticks. @param {string} kind @param {string} text */
  function prose(kind, text) {
    const paragraph = element("p", { class: kind });
    const parts = text.split("`");
    if (parts.length % 2) parts.forEach((part, i) => paragraph.append(i % 2 ? element("code", {}, part) : part));
    else paragraph.append(text);
    return paragraph;
  }

  /** @param {string} name @param {Record<string, string>} attributes */
  function element(name, attributes, text = "") {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.textContent = text;
    return made;
  }

  document.addEventListener("visibilitychange", () => (document.hidden ? stop() : listen()));
  window.addEventListener("pagehide", stop);
  window.addEventListener("pageshow", listen);
  listen();
})();
