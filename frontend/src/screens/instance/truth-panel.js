/** The truth panel: what each source says of the number, how old its word is, and a name for each disagreement. */

import { html } from "htm/preact";
import { Badge } from "../../components/badge.js";
import { Icon } from "../../components/icon.js";
import { RelativeTime } from "../../components/relative-time.js";
import { told } from "../../core/truth.js";
import { servers } from "../../state/fleet.js";
import { t } from "../../state/words.js";
import { saysWords } from "./says-words.js";
import { worded } from "./words-of.js";

/** @typedef {import("../../types.js").Diagnosis} Diagnosis */

/** @param {{ diagnosis: Diagnosis | null, detail: import("../../types.js").InstanceDetail }} props */
export function TruthPanel({ diagnosis, detail }) {
  if (!diagnosis) return null;
  const server = servers.value?.find(({ id }) => id === detail.server_id);
  return html`
    <section class="card" aria-labelledby="truth-title">
      <div class="card-head"><h2 id="truth-title">${t("truth.title")}</h2><p class="hint">${t("truth.text")}</p></div>
      <table class="truth">
        <thead class="sr-only"><tr><th scope="col">${t("truth.source")}</th><th scope="col">${t("truth.says")}</th><th scope="col">${t("truth.when")}</th></tr></thead>
        <tbody>${told(diagnosis, detail).map((row) => html`<${Row} key=${row.source} row=${row} server=${server} />`)}</tbody>
      </table>
      <${Disagreements} disagreements=${diagnosis.disagreements} />
    </section>
  `;
}

/** @param {{ row: import("../../core/truth.js").Told, server: import("../../types.js").Server | undefined }} props */
function Row({ row, server }) {
  return html`
    <tr data-source=${row.source} class=${row.disagrees.length > 0 ? "truth-odd" : ""}>
      <th scope="row">${t(`truth.of.${row.source}`)}</th>
      <td class=${row.says === null ? "none" : ""}>${saysWords(row, server)}
        ${row.disagrees.map((name) => html` <${Badge} key=${name} tone="warn">${nameOfIt(name)}<//>`)}</td>
      <td class="truth-age"><${RelativeTime} at=${row.at} /></td>
    </tr>
  `;
}

/** @param {{ disagreements: Diagnosis["disagreements"] }} props */
function Disagreements({ disagreements }) {
  if (disagreements.length === 0) return html`<p class="truth-agree"><${Icon} name="check" /> ${t("truth.agree")}</p>`;
  return html`
    <dl class="disagreements">
      ${disagreements.map(({ name }) => html`<div key=${name}><dt>${nameOfIt(name)}</dt><dd>${worded(`disagree.${name}.text`)}</dd></div>`)}
    </dl>
  `;
}

/** @param {string} name */
function nameOfIt(name) {
  return worded(`disagree.${name}`) ?? name;
}
