/** "Apakah saya melakukan kesalahan?": what each side means that a problem is said to be on. */

import { html } from "htm/preact";
import { t } from "../../state/words.js";

/** @type {import("../../types.js").Side[]} */
const SIDES = ["server", "number", "webhook", "upstream", "us"];

export function Sides() {
  return html`
    <section class="panel sides" aria-labelledby="sides">
      <div class="panel-head"><h2 id="sides">${t("sides.title")}</h2></div>
      <dl>${SIDES.map((side) => html`<div key=${side}><dt>${t(`side.${side}`)}</dt><dd>${t(`sides.${side}`)}</dd></div>`)}</dl>
    </section>
  `;
}
