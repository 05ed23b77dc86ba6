/** What people decided about the number: its label, client and expected phone, and whether it is parked on purpose. */

import { html } from "htm/preact";
import { Button } from "../../components/button.js";
import { Notice } from "../../components/notice.js";
import { say } from "../../components/said.js";
import { useTask } from "../../components/use-task.js";
import { nameOf } from "../../core/matching.js";
import { openDialog } from "../../state/dialogs.js";
import { allowed, clients } from "../../state/fleet.js";
import { editInstance } from "../../state/instance-actions.js";
import { t } from "../../state/words.js";

/** @param {{ instance: import("../../types.js").Instance }} props */
export function SettingsCard({ instance }) {
  const parked = instance.desired === "parked";
  const park = useTask(async () => {
    await editInstance(instance.id, { desired: "parked" });
    say(t("said.parked", { name: nameOf(instance) }));
  });
  return html`
    <section class="card" aria-labelledby="settings-title">
      <div class="card-head"><h2 id="settings-title">${t("settings.title")}</h2></div>
      <dl class="side-facts">
        <div><dt>${t("instance.label")}</dt><dd>${instance.label ?? "–"}</dd></div>
        <div><dt>${t("client.label")}</dt><dd>${clients.value?.find(({ id }) => id === instance.client_id)?.name ?? "–"}</dd></div>
        <div><dt>${t("settings.expected")}</dt><dd>${instance.expected_number ?? t("settings.expected.none")}</dd></div>
      </dl>
      ${park.problem && html`<${Notice} live fault=${park.problem} />`}
      ${allowed("operator")
        ? html`<p class="hint">${t(parked ? "parked.is" : "parked.text")}</p>
            <div class="card-foot">
              <${Button} onClick=${() => openDialog({ name: "edit-instance", instanceId: instance.id })}>${t("act.edit")}<//>
              ${!parked && html`<${Button} busy=${park.busy} onClick=${park.run}>${t("parked.begin")}<//>`}
            </div>`
        : parked && html`<p>${t("parked.is")}</p>`}
    </section>
  `;
}
