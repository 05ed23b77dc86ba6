/** Dialog "Ubah": label, client, and the number that should be on the phone. */

import { html } from "htm/preact";
import { useState } from "preact/hooks";
import { Button } from "../../components/button.js";
import { Dialog } from "../../components/dialog.js";
import { Choice, Field, fieldError } from "../../components/field.js";
import { Notice } from "../../components/notice.js";
import { say } from "../../components/said.js";
import { useClosedWithout } from "../../components/use-closed-without.js";
import { useTask } from "../../components/use-task.js";
import { digitsOf, nameOf } from "../../core/matching.js";
import { closeDialog } from "../../state/dialogs.js";
import { clients, instances } from "../../state/fleet.js";
import { editInstance } from "../../state/instance-actions.js";
import { t } from "../../state/words.js";

/** @param {{ instanceId: string }} props */
export function EditInstance({ instanceId }) {
  const instance = useClosedWithout(instances.value?.find(({ id }) => id === instanceId));
  return instance ? html`<${Form} instance=${instance} />` : null;
}

/** @param {{ instance: import("../../types.js").Instance }} props */
function Form({ instance }) {
  const known = clients.value ?? [];
  const [label, setLabel] = useState(instance.label ?? "");
  const [client, setClient] = useState(instance.client_id);
  const [number, setNumber] = useState(instance.expected_number ?? "");
  const task = useTask(async () => {
    await editInstance(instance.id, { client_id: client, label: label.trim() || null, expected_number: digitsOf(number) || null });
    closeDialog();
    say(t("said.saved"));
  });
  return html`
    <${Dialog} title=${t("settings.edit", { name: nameOf(instance) })} onClose=${closeDialog}>
      <form class="form" onSubmit=${(/** @type {Event} */ event) => { event.preventDefault(); void task.run(); }}>
        ${task.problem && html`<${Notice} live fault=${task.problem} />`}
        <${Field} label=${t("instance.label")} value=${label} onInput=${setLabel} hint=${t("instance.label.hint")} autofocus maxlength=${100} error=${fieldError(task.problem, "label")} />
        ${known.length > 1 && html`<${Choice} label=${t("client.label")} value=${client} onInput=${setClient} options=${known.map(({ id, name }) => [id, name])} />`}
        <${Field} label=${t("settings.expected")} value=${number} onInput=${setNumber} type="tel" inputmode="tel" hint=${t("instance.number.hint")}
          error=${fieldError(task.problem, "expected_number")} />
        <div class="form-end">
          <${Button} onClick=${closeDialog}>${t("dialog.cancel")}<//>
          <${Button} type="submit" kind="primary" busy=${task.busy}>${t("settings.save")}<//>
        </div>
      </form>
    <//>
  `;
}
