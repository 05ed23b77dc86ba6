/** The proof of a finding or a step, for those who want to see it. */

import { html } from "htm/preact";
import { lines } from "../core/evidence.js";
import { age } from "../core/time.js";
import { known, t } from "../state/words.js";

/** @param {{ evidence: Record<string, unknown>, summary: string }} props */
export function Evidence({ evidence, summary }) {
  const found = lines(evidence);
  if (found.length === 0) return null;
  return html`
    <details class="evidence">
      <summary>${summary}</summary>
      <dl class="evidence-lines">
        ${found.map((line, place) => html`<div key=${place}><dt>${term(line.name)}</dt><dd>${value(line)}</dd></div>`)}
      </dl>
    </details>
  `;
}

/** @param {string} name */
export function term(name) {
  const key = `evidence.${name}`;
  return known(key) ? t(key) : name;
}

/** @param {import("../core/evidence.js").Line} line */
export function value({ kind, value: said }) {
  if (kind === "yes" || kind === "no") return t(`evidence.${kind}`);
  if (kind === "ms") return `${said} ms`;
  if (kind === "text") return known(`says.${said}`) ? t(`says.${said}`) : String(said);
  const { unit, n } = age(0, Number(said));
  return t(`time.for.${unit}`, { n });
}
