/** The QR itself: dark on white in every theme, whole pixels per module, as large as there is room. */

import { html } from "htm/preact";
import { useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { crispWidth, drawQr } from "../core/picture.js";

const LARGEST = 440;
/** Only a picture in the answer itself is shown; the page fetches none from elsewhere. */
const PICTURE = /^data:image\/(png|jpeg);base64,/;

/** @param {{ qr: import("../types.js").Qr, title: string }} props */
export function QrPicture({ qr, title }) {
  const frame = useRef(/** @type {HTMLDivElement | null} */ (null));
  const [space, setSpace] = useState(LARGEST);
  const drawn = useMemo(() => (qr.code ? drawQr(qr.code) : null), [qr.code]);
  useLayoutEffect(() => {
    const watcher = new ResizeObserver(([entry]) => entry && setSpace(Math.min(LARGEST, entry.contentRect.width)));
    watcher.observe(/** @type {HTMLDivElement} */ (frame.current));
    return () => watcher.disconnect();
  }, []);
  return html`<div class="qr-frame" ref=${frame}>${drawn ? vector(drawn, space, title) : picture(qr, title)}</div>`;
}

/**
 * @param {{ size: number, path: string }} drawn
 * @param {number} space px
 * @param {string} title
 */
function vector({ size, path }, space, title) {
  const width = crispWidth(size, space);
  return html`
    <svg class="qr" role="img" aria-label=${title} width=${width} height=${width} viewBox=${`0 0 ${size} ${size}`}>
      <rect width=${size} height=${size} fill="#fff" />
      <path d=${path} fill="#000" />
    </svg>
  `;
}

/**
 * @param {import("../types.js").Qr} qr
 * @param {string} title
 */
function picture(qr, title) {
  return qr.image && PICTURE.test(qr.image) ? html`<img class="qr qr-image" src=${qr.image} alt=${title} />` : null;
}
