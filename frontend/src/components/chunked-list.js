/** A very long list of which only what is near the window is drawn: the rest keeps its place, and costs one element per chunk. */

import { html } from "htm/preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";

const ROWS = 12;
/** Drawn before they are reached, so that scrolling shows no empty place. */
const AHEAD = "700px";
/** Chunks that fill a window on both sides of what is wanted: what is drawn later is out of sight, and moves nothing. */
const AROUND = 2;
/** Of a row nobody has seen yet, px; what is a little wrong moves only what is out of sight. */
const ROW_HEIGHT = 62;

/**
 * @template T
 * @param {{ items: readonly T[], row: (item: T) => any, wanted?: (item: T) => boolean, which: string, name: string, label: string }} props
 *   row: an element with the role listitem; wanted: drawn at once with what is around it; which: changes with what was
 *   filtered, of which the beginning is drawn at once and the rest a moment later; name: the list's class
 */
export function ChunkedList({ items, row, wanted, which, name, label }) {
  const chunks = Array.from({ length: Math.ceil(items.length / ROWS) }, (_, place) => items.slice(place * ROWS, (place + 1) * ROWS));
  const sought = wanted ? Math.floor(items.findIndex(wanted) / ROWS) : -1;
  return html`
    <div class=${name} role="list" aria-label=${label}>
      ${chunks.map((part, place) => html`<${Chunk} key=${`${which} ${place}`} part=${part} row=${row} first=${place === 0 || (sought >= 0 && Math.abs(place - sought) <= AROUND)} />`)}
    </div>
  `;
}

/**
 * @template T
 * @param {{ part: readonly T[], row: (item: T) => any, first: boolean }} props first: drawn at once, it is what one came for
 */
function Chunk({ part, row, first }) {
  const element = useRef(/** @type {HTMLDivElement | null} */ (null));
  const [near, setNear] = useState(first);
  /** Its height when it was drawn, px. */
  const height = useRef(0);
  useLayoutEffect(() => {
    const place = /** @type {HTMLDivElement} */ (element.current);
    const watcher = new IntersectionObserver(
      ([seen]) => {
        // While the focus is inside, taking the rows away would take the focus too.
        if (!seen || (!seen.isIntersecting && place.contains(document.activeElement))) return;
        if (place.childElementCount > 0) height.current = seen.boundingClientRect.height;
        setNear(seen.isIntersecting);
      },
      { rootMargin: AHEAD },
    );
    watcher.observe(place);
    return () => watcher.disconnect();
  }, []);
  useLayoutEffect(() => {
    const place = /** @type {HTMLDivElement} */ (element.current);
    place.style.minHeight = near ? "" : `${height.current || part.length * ROW_HEIGHT}px`;
  }, [near, part.length]);
  return html`<div class="chunk" ref=${element}>${near && part.map(row)}</div>`;
}
