/** A problem as people need it: what, why, and the one button that helps. */

import { html } from "htm/preact";
import { t } from "../state/words.js";
import { Icon } from "./icon.js";

/**
 * @param {{
 *   fault: { title: string, detail: string, side?: string, status?: number, correlationId?: string | null },
 *   tone?: "bad" | "warn" | "good" | "wait", live?: boolean, children?: any,
 * }} props live: it appeared because of what the person just did; children: its button
 */
export function Notice({ fault, tone = "bad", live = false, children }) {
  // Only of our own failures there is more in our log than on the screen.
  const reference = fault.side === "us" && (fault.status ?? 0) >= 500 && fault.correlationId;
  return html`
    <div class=${`notice tone-${tone}`} role=${live ? "alert" : undefined}>
      <${Icon} name=${tone === "good" ? "check" : "alert"} />
      <div class="notice-main">
        <div class="notice-text">
          <strong>${fault.title}</strong>
          ${fault.detail && html`<p>${withCode(fault.detail)}</p>`}
          ${reference && html`<p class="reference">${t("problem.reference", { id: reference })}</p>`}
        </div>
        ${children && html`<div class="notice-action">${children}</div>`}
      </div>
    </div>
  `;
}

/**
 * The catalogue sets what is to be typed between backticks.
 * @param {string} text
 */
export function withCode(text) {
  return text.split("`").map((part, place) => (place % 2 ? html`<code>${part}</code>` : part));
}
