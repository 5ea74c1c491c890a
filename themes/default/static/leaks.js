"use strict";
/* What kind of leak: when the memory that was never freed was allocated. And which leaks are suppressed. */

const leaks = (() => {
  /**
   * A suppression of LeakSanitizer's form, `leak:pattern`: part of a function's or file's name, `*` for
   * anything, `^` and `$` for its ends.
   * @param {string} line
   */
  function pattern(line) {
    const text = line.trim().replace(/^leak:/, "");
    const source = text.replace(/[.+?(){}|[\]\\/]/g, "\\$&").replace(/\*/g, ".*");
    return new RegExp(source.replace(/(?!^)\^/g, "\\^").replace(/\$(?!$)/g, "\\$"));
  }

  return { pattern };
})();
