/** "Perlu tindakan": what needs a person, worst first. */

import { html } from "htm/preact";
import { useState } from "preact/hooks";
import { Button } from "../../components/button.js";
import { Icon } from "../../components/icon.js";
import { TroubleRow } from "../../components/trouble-row.js";
import { troubles } from "../../core/troubles.js";
import { t } from "../../state/words.js";

const AT_FIRST = 8;
const MORE = 50;

/** @param {{ health: import("../../types.js").HealthCheck }} props */
export function ToDo({ health }) {
  const [most, setMost] = useState(AT_FIRST);
  const found = troubles(health);
  const rest = found.length - most;
  return html`
    <section class="panel" aria-labelledby="to-do">
      <div class="panel-head"><h2 id="to-do">${t("todo.title")} <span class="count">${found.length}</span></h2></div>
      ${found.length === 0
        ? html`<p class="panel-empty"><${Icon} name="check" />${t(health.instances.length === 0 ? "answer.next.number" : "todo.none")}</p>`
        : html`<ul class="troubles">${found.slice(0, most).map((one) => html`<${TroubleRow} key=${one.id} trouble=${one} />`)}</ul>`}
      ${rest > 0 && html`<${Button} kind="quiet" onClick=${() => setMost(most + MORE)}>${t("todo.more", { n: Math.min(rest, MORE) })}<//>`}
    </section>
  `;
}
