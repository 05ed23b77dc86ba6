/** The result of the last action, in words, at the page's foot: seen and read aloud, never in the way. */

import { signal } from "@preact/signals";
import { html } from "htm/preact";
import { t } from "../state/words.js";
import { Icon } from "./icon.js";

const STAYS_MS = 12_000;

/** @typedef {"good" | "warn"} Tone */

const message = signal("");
const tone = signal(/** @type {Tone} */ ("good"));
/** @type {ReturnType<typeof setTimeout> | undefined} */
let leaving;

/**
 * @param {string} text what was verified
 * @param {Tone} [how] warn: what was seen is not what one hopes for
 */
export function say(text, how = "good") {
  clearTimeout(leaving);
  message.value = text;
  tone.value = how;
  leaving = setTimeout(() => {
    message.value = "";
  }, STAYS_MS);
}

export function Said() {
  return html`
    <div class="said" role="status">
      ${message.value && html`<div class="said-box">
        <span class=${`said-mark said-${tone.value}`}><${Icon} name=${tone.value === "good" ? "check" : "alert"} /></span><span>${message.value}</span>
        <button type="button" class="button button-quiet" aria-label=${t("dialog.close")} onClick=${() => (message.value = "")}>
          <${Icon} name="close" />
        </button>
      </div>`}
    </div>
  `;
}
