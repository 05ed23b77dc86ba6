/** What a page load would do at a change of screen: the window's title, the top of the page, the reader's place. */

import { useEffect, useRef } from "preact/hooks";

/**
 * @param {string} title
 * @param {string} where changes when another screen, or another subject of it, is shown
 */
export function useArrival(title, where) {
  const before = useRef(where);
  useEffect(() => {
    document.title = `${title} · Sambung`;
  }, [title]);
  useEffect(() => {
    if (before.current === where) return;
    before.current = where;
    scrollTo(0, 0);
    // A screen reader begins at the new heading; the next Tab leads into the screen.
    const heading = document.querySelector("main h1");
    heading?.setAttribute("tabindex", "-1");
    /** @type {HTMLElement | null} */ (heading)?.focus({ preventScroll: true });
  }, [where]);
}
