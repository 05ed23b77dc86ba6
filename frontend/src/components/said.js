/** The result of the last action, in words, at the page's foot: seen and read aloud, never in the way. */

import { signal } from "@preact/signals";
import { html } from "htm/preact";
import { t } from "../state/words.js";
import { Icon } from "./icon.js";

const STAYS_MS = 12_000;

const message = signal("");
/** @type {ReturnType<typeof setTimeout> | undefined} */
let leaving;

/** @param {string} text what was verified */
export function say(text) {
  clearTimeout(leaving);
  message.value = text;
  leaving = setTimeout(() => {
    message.value = "";
  }, STAYS_MS);
}

export function Said() {
  return html`
    <div class="said" role="status">
      ${message.value && html`<div class="said-box">
        <${Icon} name="check" /><span>${message.value}</span>
        <button type="button" class="button button-quiet" aria-label=${t("dialog.close")} onClick=${() => (message.value = "")}>
          <${Icon} name="close" />
        </button>
      </div>`}
    </div>
  `;
}
