/** A long list drawn as far as one has scrolled: a thousand rows cost as much as those that were looked at. */

import { html } from "htm/preact";
import { useEffect, useRef, useState } from "preact/hooks";

const AT_A_TIME = 60;
/** Drawn before they are reached, so that scrolling never shows an end that is none. */
const AHEAD = "1200px";

/**
 * @template T
 * @param {{ items: readonly T[], row: (item: T) => any, name: string }} props name: the list's class
 */
export function GrowingList({ items, row, name }) {
  const [drawn, setDrawn] = useState(AT_A_TIME);
  const end = useRef(/** @type {HTMLLIElement | null} */ (null));
  const more = drawn < items.length;
  useEffect(() => {
    if (!end.current) return undefined;
    const watcher = new IntersectionObserver(
      (seen) => seen.some((entry) => entry.isIntersecting) && setDrawn((before) => before + AT_A_TIME),
      { rootMargin: AHEAD },
    );
    watcher.observe(end.current);
    return () => watcher.disconnect();
  }, [more, drawn]);
  return html`
    <ul class=${name}>
      ${items.slice(0, drawn).map(row)}
      ${more && html`<li ref=${end} aria-hidden="true"></li>`}
    </ul>
  `;
}
