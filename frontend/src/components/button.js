/** A button that shows its work: busy ones stay focusable, say so, and do nothing twice. */

import { html } from "htm/preact";
import { Icon } from "./icon.js";

/**
 * @param {{
 *   kind?: "primary" | "accent" | "plain" | "quiet" | "danger" | "danger-quiet" | "danger-line" | "small", type?: "button" | "submit", busy?: boolean, disabled?: boolean,
 *   icon?: import("./icon.js").IconName, label?: string, onClick?: () => void, children?: any,
 * }} props label: the accessible name, and the tip, where the visible words alone are not enough
 */
export function Button({ kind = "plain", type = "button", busy = false, disabled = false, icon, label, onClick, children }) {
  return html`
    <button
      type=${type}
      class=${`button button-${kind}`}
      aria-disabled=${busy ? "true" : undefined}
      aria-busy=${busy ? "true" : undefined}
      aria-label=${label}
      title=${label}
      disabled=${disabled}
      onClick=${(/** @type {Event} */ event) => (busy ? event.preventDefault() : onClick?.())}
    >
      ${busy ? html`<span class="spinner" aria-hidden="true"></span>` : icon && html`<${Icon} name=${icon} />`}
      ${children && html`<span>${children}</span>`}
    </button>
  `;
}
