/** The first three steps, each with its button once it is its turn. */

import { html } from "htm/preact";
import { Button } from "../../components/button.js";
import { openDialog } from "../../state/dialogs.js";
import { allowed, servers } from "../../state/fleet.js";
import { t } from "../../state/words.js";

export function FirstRun() {
  const all = servers.value ?? [];
  const [first] = all;
  return html`
    <section class="empty" aria-labelledby="first-run">
      <h2 id="first-run">${t("first.title")}</h2>
      <p>${t("first.text")}</p>
      <ol class="steps">
        ${step(1, t("first.server"), t("first.server.text"), all.length > 0, !first && allowed("admin")
          && html`<${Button} kind="primary" icon="plus" onClick=${() => openDialog({ name: "add-server" })}>${t("server.add")}<//>`)}
        ${step(2, t("first.number"), t("first.number.text"), false, first && html`
          ${allowed("operator") && html`<${Button} kind="primary" icon="list" onClick=${() => openDialog({ name: "sync" })}>${t("first.number")}<//>`}
          ${allowed("admin") && html`<${Button} icon="plus" onClick=${() => openDialog({ name: "create-instance" })}>${t("instance.create")}<//>`}`)}
        ${step(3, t("first.connect"), t("first.connect.text"), false, null)}
      </ol>
    </section>
  `;
}

/**
 * @param {number} number
 * @param {string} title
 * @param {string} text
 * @param {boolean} done
 * @param {any} buttons
 */
function step(number, title, text, done, buttons) {
  return html`
    <li class=${done ? "step step-done" : "step"}>
      <span class="step-number" aria-hidden="true">${done ? "✓" : number}</span>
      <div>
        <h3>${title} ${done && html`<span class="step-state">${t("first.done")}</span>`}</h3>
        <p>${text}</p>
        ${buttons && html`<div class="buttons">${buttons}</div>`}
      </div>
    </li>
  `;
}
