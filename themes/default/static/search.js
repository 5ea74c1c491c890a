"use strict";
/* Which frames a search means: plain text, `/regular expression/`, or `file.py:42`. */

const search = (() => {
  /**
   * @param {string} query
   * @param {Names} frames
   * @returns {Uint8Array | null} 1 for each frame that matches; null when the query is no regular expression
   */
  function frames(query, frames) {
    const matches = new Uint8Array(frames.functionOf.length);
    const test = tester(query, frames);
    if (!test) return null;
    // Names are tested once each, not once for each frame that bears them.
    const names = frames.functions.map((name) => test.text(name));
    const files = frames.files.map((file) => test.text(file.name) || test.text(file.path));
    for (let frame = 1; frame < matches.length; frame++) {
      const hit = test.line
        ? test.line === frames.lineOf[frame] && files[frames.fileOf[frame]]
        : names[frames.functionOf[frame]] || files[frames.fileOf[frame]];
      if (hit) matches[frame] = 1;
    }
    return matches;
  }

  /**
   * @param {string} query
   * @param {Names} frames
   * @returns {{text: (text: string) => boolean, line: number} | null}
   */
  function tester(query, frames) {
    const expression = /^\/(.+?)\/?$/.exec(query);
    if (expression && (query.endsWith("/") || !frames.files.some((file) => file.path.includes(query)))) {
      try {
        const pattern = new RegExp(expression[1], "i");
        return { text: (text) => pattern.test(text), line: 0 };
      } catch {
        return null;
      }
    }
    const place = /^(.*\S):(\d+)$/.exec(query);
    const wanted = (place ? place[1] : query).toLowerCase();
    return { text: (text) => text.toLowerCase().includes(wanted), line: place ? Number(place[2]) : 0 };
  }

  return { frames };
})();
