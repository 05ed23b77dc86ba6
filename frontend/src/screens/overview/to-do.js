/** "Perlu tindakan": what needs a person, worst first, each with whose side it is on and its one button. */

import { html } from "htm/preact";
import { useState } from "preact/hooks";
import { Button } from "../../components/button.js";
import { Icon } from "../../components/icon.js";
import { TroubleAction } from "../../components/trouble-action.js";
import { nameOf } from "../../core/matching.js";
import { troubles } from "../../core/troubles.js";
import { instances } from "../../state/fleet.js";
import { linkTo } from "../../state/route.js";
import { t } from "../../state/words.js";

/** @typedef {import("../../core/troubles.js").Trouble} Trouble */

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
        : html`<ul class="troubles">${found.slice(0, most).map((one) => html`<${Row} key=${one.id} trouble=${one} />`)}</ul>`}
      ${rest > 0 && html`<${Button} kind="quiet" onClick=${() => setMost(most + MORE)}>${t("todo.more", { n: Math.min(rest, MORE) })}<//>`}
    </section>
  `;
}

/** @param {{ trouble: Trouble }} props */
function Row({ trouble }) {
  const { kind, id, name, fault, numbers } = trouble;
  const instance = kind === "instance" ? instances.value?.find((one) => one.id === id) : undefined;
  const words = instance ? nameOf(instance) : name;
  return html`
    <li class="trouble" data-trouble=${name}>
      <${Icon} name=${kind === "server" ? "server" : "phone"} />
      <div class="trouble-text">
        <p><a class="link" href=${kind === "server" ? linkTo("server") : linkTo(`nomor/${id}`)}>${words}</a> <strong>${fault.title}</strong></p>
        <p class="hint">${[kind === "server" && numbers > 0 ? t("todo.hides", { n: numbers }) : "", t(`side.${fault.side}`)].filter(Boolean).join(" · ")}</p>
        ${fault.detail && html`<p class="hint">${fault.detail}</p>`}
      </div>
      <div class="trouble-action"><${TroubleAction} trouble=${trouble} /></div>
    </li>
  `;
}
