"use strict";
/*
 * The state of the page, which is the fragment of its address: `#leaks&thread=2&q=json`. The first word is
 * the open tab, the rest are settings that differ from their defaults.
 */

const state = (() => {
  let tab = "";
  /** @type {Map<string, string>} */
  let settings = new Map();
  /** @type {(() => void)[]} */
  const listeners = [];

  function read() {
    const [first, ...rest] = location.hash.slice(1).split("&");
    tab = first.includes("=") ? "" : unescaped(first);
    if (first.includes("=")) rest.unshift(first);
    settings = new Map();
    for (const part of rest) {
      const at = part.indexOf("=");
      if (at > 0) settings.set(part.slice(0, at), unescaped(part.slice(at + 1)));
    }
  }

  /** @param {string} text */
  function unescaped(text) {
    try {
      return decodeURIComponent(text);
    } catch {
      return text; // a link that somebody cut in the middle
    }
  }

  /** The address of a state. */
  function fragment() {
    const parts = [...settings].map(([key, value]) => `${key}=${escaped(value)}`);
    return `#${[escaped(tab), ...parts].join("&")}`;
  }

  /** @param {string} text */
  function escaped(text) {
    return encodeURIComponent(text).replace(/%(2F|3A|2C)/g, (code) => decodeURIComponent(code));
  }

  /**
   * Changes settings ("" is the default) and tells everyone.
   * @param {Record<string, string>} changes `tab` is one of them
   * @param {"step" | "move"} how  a step can be taken back with the browser's button, a move (typing, dragging) not
   */
  function set(changes, how = "step") {
    for (const [key, value] of Object.entries(changes)) {
      if (key === "tab") tab = value;
      else if (value) settings.set(key, value);
      else settings.delete(key);
    }
    const address = fragment();
    if (address !== location.hash) {
      if (how === "step") history.pushState(null, "", address);
      else history.replaceState(null, "", address);
    }
    tell();
  }

  function tell() {
    for (const listener of listeners) listener();
  }

  /** @param {string} key */
  function get(key) {
    return settings.get(key) || "";
  }

  // Back, forward, and a fragment that somebody typed: pushState itself causes neither event.
  window.addEventListener("popstate", () => {
    read();
    tell();
  });
  read();

  return {
    set,
    get,
    get tab() {
      return tab;
    },
    /** @param {() => void} listener called after every change */
    listen(listener) {
      listeners.push(listener);
    },
  };
})();
