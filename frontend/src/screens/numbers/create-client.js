/** Dialog "Buat klien". */

import { html } from "htm/preact";
import { useState } from "preact/hooks";
import { Button } from "../../components/button.js";
import { Dialog } from "../../components/dialog.js";
import { Field } from "../../components/field.js";
import { Notice } from "../../components/notice.js";
import { say } from "../../components/said.js";
import { useTask } from "../../components/use-task.js";
import { createClient } from "../../state/actions.js";
import { closeDialog } from "../../state/dialogs.js";
import { chooseClient } from "../../state/route.js";
import { t } from "../../state/words.js";

export function CreateClient() {
  const [name, setName] = useState("");
  const task = useTask(async () => {
    const created = await createClient(name.trim());
    closeDialog();
    chooseClient(created.id);
    say(t("said.client", { name: created.name }));
  });
  return html`
    <${Dialog} title=${t("client.create")} onClose=${closeDialog}>
      <form class="form" onSubmit=${(/** @type {Event} */ event) => { event.preventDefault(); void task.run(); }}>
        ${task.problem && html`<${Notice} live fault=${task.problem} />`}
        <${Field} label=${t("client.name")} value=${name} onInput=${setName} hint=${t("client.name.hint")} required autofocus maxlength=${100} />
        <div class="form-end">
          <${Button} onClick=${closeDialog}>${t("dialog.cancel")}<//>
          <${Button} type="submit" kind="primary" busy=${task.busy}>${t("client.create")}<//>
        </div>
      </form>
    <//>
  `;
}
