/** A problem as people need it: what, why, and the one button that helps. */

import { html } from "htm/preact";
import { t } from "../state/words.js";
import { Icon } from "./icon.js";

/**
 * @param {{
 *   fault: { title: string, detail: string, correlationId?: string | null }, tone?: "bad" | "warn" | "good" | "wait", live?: boolean, children?: any,
 * }} props live: it appeared because of what the person just did; children: its button
 */
export function Notice({ fault, tone = "bad", live = false, children }) {
  return html`
    <div class=${`notice tone-${tone}`} role=${live ? "alert" : undefined}>
      <${Icon} name=${tone === "good" ? "check" : "alert"} />
      <div class="notice-text">
        <strong>${fault.title}</strong>
        ${fault.detail && html`<p>${withCode(fault.detail)}</p>`}
        ${fault.correlationId && html`<p class="reference">${t("problem.reference", { id: fault.correlationId })}</p>`}
      </div>
      ${children && html`<div class="notice-action">${children}</div>`}
    </div>
  `;
}

/**
 * The catalogue sets what is to be typed between backticks.
 * @param {string} text
 */
function withCode(text) {
  return text.split("`").map((part, place) => (place % 2 ? html`<code>${part}</code>` : part));
}
