/** Dialog "Klien": the customers the numbers belong to; add, rename, delete. */

import { html } from "htm/preact";
import { useState } from "preact/hooks";
import { Button } from "../../components/button.js";
import { Dialog } from "../../components/dialog.js";
import { Field } from "../../components/field.js";
import { Notice } from "../../components/notice.js";
import { say } from "../../components/said.js";
import { useTask } from "../../components/use-task.js";
import { createClient, deleteClient, renameClient } from "../../state/actions.js";
import { closeDialog } from "../../state/dialogs.js";
import { clients, instances } from "../../state/fleet.js";
import { t } from "../../state/words.js";

/** @typedef {import("../../types.js").Client} Client */

export function Clients() {
  return html`
    <${Dialog} title=${t("client.manage")} onClose=${closeDialog}>
      <div class="form">
        <ul class="many-items">${(clients.value ?? []).map((client) => html`<${Row} key=${client.id} client=${client} />`)}</ul>
        <${NewClient} />
        <div class="form-end"><${Button} onClick=${closeDialog}>${t("dialog.close")}<//></div>
      </div>
    <//>
  `;
}

/** @param {{ client: Client }} props */
function Row({ client }) {
  const [editing, setEditing] = useState(false);
  const [name, setName] = useState(client.name);
  const owned = (instances.value ?? []).filter(({ client_id }) => client_id === client.id).length;
  const rename = useTask(async () => {
    await renameClient(client.id, name.trim());
    setEditing(false);
    say(t("said.renamed", { name: name.trim() }));
  });
  const remove = useTask(async () => {
    await deleteClient(client.id);
    say(t("said.client-deleted", { name: client.name }));
  });
  const problem = rename.problem ?? remove.problem;
  return html`
    <li>
      ${editing
        ? html`<form class="inline-form" onSubmit=${(/** @type {Event} */ event) => { event.preventDefault(); void rename.run(); }}>
            <${Field} label=${t("client.name")} value=${name} onInput=${setName} required maxlength=${100} />
            <${Button} type="submit" kind="primary" busy=${rename.busy}>${t("server.save")}<//>
            <${Button} onClick=${() => { setName(client.name); setEditing(false); }}>${t("dialog.cancel")}<//>
          </form>`
        : html`<span class="many-name">${client.name}</span> <span class="many-facts">${t("client.owns", { n: owned })}</span>
            <span class="many-buttons">
              <${Button} kind="small" label=${`${t("client.rename")}: ${client.name}`} onClick=${() => setEditing(true)}>${t("client.rename")}<//>
              ${owned === 0 && html`<${Button} kind="small" busy=${remove.busy} label=${`${t("client.delete")}: ${client.name}`} onClick=${remove.run}>${t("client.delete")}<//>`}
            </span>`}
      ${problem && html`<${Notice} live fault=${problem} />`}
    </li>
  `;
}

function NewClient() {
  const [name, setName] = useState("");
  const task = useTask(async () => {
    const created = await createClient(name.trim());
    setName("");
    say(t("said.client", { name: created.name }));
  });
  return html`
    <form class="inline-form" onSubmit=${(/** @type {Event} */ event) => { event.preventDefault(); void task.run(); }}>
      <${Field} label=${t("client.name")} hint=${t("client.name.hint")} value=${name} onInput=${setName} required maxlength=${100} />
      <${Button} type="submit" busy=${task.busy}>${t("client.create")}<//>
      ${task.problem && html`<${Notice} live fault=${task.problem} />`}
    </form>
  `;
}
