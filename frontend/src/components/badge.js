/** A state in words with its colour; the words alone say everything. */

import { html } from "htm/preact";

/** @param {{ tone: import("../types.js").Tone, children?: any }} props */
export function Badge({ tone, children }) {
  return html`<span class=${`badge tone-${tone}`}><span class="badge-dot" aria-hidden="true"></span><span>${children}</span></span>`;
}
