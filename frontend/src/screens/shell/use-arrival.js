/** What a page load would do at a change of screen: the window's title, the top of the page, the reader's place. */

import { useEffect, useRef } from "preact/hooks";
import { cameFrom, place } from "../../state/route.js";

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
    const row = document.getElementById(`row-${cameFrom() ?? place.peek().query.server}`);
    if (row) return arriveAt(row);
    scrollTo(0, 0);
    // A screen reader begins at the new heading; the next Tab leads into the screen.
    const heading = /** @type {HTMLElement | null} */ (document.querySelector("main h1"));
    heading?.setAttribute("tabindex", "-1");
    heading?.focus({ preventScroll: true });
  }, [where]);
}

/**
 * Who comes back to a list goes on where they left it; who was sent to one server begins there.
 * @param {HTMLElement} row
 */
function arriveAt(row) {
  row.scrollIntoView({ block: "center" });
  /** @type {HTMLElement | null} */ (row.querySelector("a, button"))?.focus({ preventScroll: true });
}
