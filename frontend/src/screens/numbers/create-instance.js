/** Dialog "Buat Instance": as little as possible to fill in; ends in the QR. */

import { html } from "htm/preact";
import { useState } from "preact/hooks";
import { Button } from "../../components/button.js";
import { Dialog } from "../../components/dialog.js";
import { Choice, Field, fieldError } from "../../components/field.js";
import { Notice } from "../../components/notice.js";
import { useTask } from "../../components/use-task.js";
import { digitsOf, suggestName, validInstanceName } from "../../core/matching.js";
import { createInstance } from "../../state/actions.js";
import { closeDialog, openDialog } from "../../state/dialogs.js";
import { clients, servers } from "../../state/fleet.js";
import { clientId } from "../../state/route.js";
import { t } from "../../state/words.js";
import { ProblemAction } from "../../components/problem-action.js";

/** @typedef {(value: string) => void} Take */

export function CreateInstance() {
  const known = clients.value ?? [];
  const enabled = (servers.value ?? []).filter((server) => server.enabled !== false);
  const [client, setClient] = useState(clientId.peek() ?? known[0]?.id ?? "");
  const [label, setLabel] = useState("");
  const [typedName, setTypedName] = useState(/** @type {string | null} */ (null));
  const [server, setServer] = useState("");
  const [number, setNumber] = useState("");
  const name = typedName ?? suggestName(label);
  const wrongName = name !== "" && !validInstanceName(name);
  const task = useTask(async () => {
    const { qr, ...instance } = await createInstance({
      client_id: client,
      instance_name: name,
      ...(label.trim() && { label: label.trim() }),
      ...(server && { server_id: server }),
      ...(number.trim() && { number: digitsOf(number) }),
    });
    openDialog({ name: "qr", instanceId: instance.id, qr });
  });
  return html`
    <${Dialog} title=${t("instance.create")} onClose=${closeDialog}>
      <form class="form" onSubmit=${(/** @type {Event} */ event) => { event.preventDefault(); if (!wrongName) void task.run(); }}>
        ${task.problem && html`<${Notice} live fault=${task.problem}>
          <${ProblemAction} fault=${task.problem} serverId=${server || enabled[0]?.id} retry=${task.run} />
        <//>`}
        ${known.length > 1 && html`<${Choice} label=${t("client.label")} value=${client} onInput=${setClient}
          options=${known.map(({ id, name: words }) => [id, words])} />`}
        <${Field} label=${t("instance.label")} value=${label} onInput=${setLabel} hint=${t("instance.label.hint")} autofocus maxlength=${100} />
        <${Field} label=${t("instance.name")} value=${name} onInput=${/** @type {Take} */ (setTypedName)} required hint=${t("instance.name.hint")}
          error=${fieldError(task.problem, "instance_name") ?? (wrongName ? t("instance.name.wrong") : undefined)} />
        <${Field} label=${t("instance.number")} value=${number} onInput=${setNumber} type="tel" inputmode="tel" hint=${t("instance.number.hint")}
          error=${fieldError(task.problem, "number")} />
        ${enabled.length > 1 && html`<${Choice} label=${t("instance.server")} value=${server} onInput=${setServer} hint=${t("instance.server.hint")}
          options=${[["", t("instance.server.auto")], ...enabled.map(({ id, name: words }) => [id, words])]} />`}
        <div class="form-end">
          <${Button} onClick=${closeDialog}>${t("dialog.cancel")}<//>
          <${Button} type="submit" kind="primary" busy=${task.busy}>${t(task.busy ? "instance.creating" : "instance.create")}<//>
        </div>
      </form>
    <//>
  `;
}
