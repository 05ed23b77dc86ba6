/** The name and its mark: two links of a chain. */

import { html } from "htm/preact";

export function Brand() {
  return html`
    <span class="brand">
      <svg class="brand-mark" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
        <rect x="2.5" y="10" width="15" height="12" rx="6" />
        <rect x="14.5" y="10" width="15" height="12" rx="6" />
      </svg>
      Sambung
    </span>
  `;
}
