/** "30 detik lalu", counting by itself, with the exact time on hover. */

import { computed } from "@preact/signals";
import { html } from "htm/preact";
import { useMemo } from "preact/hooks";
import { age, exact, parseTime } from "../core/time.js";
import { now } from "../state/clock.js";
import { lang } from "../state/preferences.js";
import { t } from "../state/words.js";

/**
 * @param {{ at: string | number | null | undefined, form?: "ago" | "for", none?: string }} props ago: "4 menit lalu", for: "4 menit"
 */
export function RelativeTime({ at, form = "ago", none = "" }) {
  const then = typeof at === "number" ? at : parseTime(at);
  // Handed over as a signal: each second costs one text node, and only where the words change.
  const words = useMemo(() => computed(() => (then === null ? "" : inWords(then, now.value, form))), [then, form]);
  if (then === null) return html`<span class="none">${none}</span>`;
  return html`<time datetime=${new Date(then).toISOString()} title=${exact(then, lang.value)}>${words}</time>`;
}

/**
 * @param {number} then
 * @param {number} current
 * @param {"ago" | "for"} form
 */
export function inWords(then, current, form) {
  const { unit, n } = age(then, current);
  return t(`time.${form}.${unit}`, { n });
}
