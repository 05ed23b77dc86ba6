/** Dialog "Hapus Semua": first how many and which, then the count typed by hand, then each one's fate while it happens. */

import { html } from "htm/preact";
import { useEffect, useState } from "preact/hooks";
import { Button } from "../../components/button.js";
import { Dialog } from "../../components/dialog.js";
import { Field } from "../../components/field.js";
import { GrowingList } from "../../components/growing-list.js";
import { ManyProgress } from "../../components/many-progress.js";
import { Notice } from "../../components/notice.js";
import { useTask } from "../../components/use-task.js";
import { cancelOperation, deleteAll, previewDeleteAll } from "../../state/actions.js";
import { closeDialog } from "../../state/dialogs.js";
import { clients } from "../../state/fleet.js";
import { t } from "../../state/words.js";

/** @typedef {import("../../types.js").DeletePreview} Preview */
/** @typedef {import("../../types.js").Operation} Operation */

/** @param {{ clientId: string | null }} props */
export function DeleteAll({ clientId }) {
  const [preview, setPreview] = useState(/** @type {Preview | null} */ (null));
  const [operation, setOperation] = useState(/** @type {Operation | null} */ (null));
  const looking = useTask(async () => setPreview(await previewDeleteAll(clientId)));
  useEffect(() => void looking.run(), [clientId]);
  const owner = clients.value?.find(({ id }) => id === clientId)?.name ?? t("delete-all.everyone");
  return html`
    <${Dialog} title=${t("delete-all.title", { owner })} onClose=${closeDialog}>
      ${looking.problem && html`<${Notice} live fault=${looking.problem}><${Button} onClick=${looking.run}>${t("action.retry")}<//><//>`}
      ${operation
        ? html`<${Running} operation=${operation} />`
        : preview === null
          ? looking.busy && html`<p class="loading" role="status">${t("page.loading")}</p>`
          : html`<${Confirming} preview=${preview} owner=${owner} onOperation=${setOperation} onAgain=${looking.run} />`}
    <//>
  `;
}

/** @param {{ preview: Preview, owner: string, onOperation: (seen: Operation) => void, onAgain: () => void }} props */
function Confirming({ preview, owner, onOperation, onAgain }) {
  const [typed, setTyped] = useState("");
  const task = useTask(() => deleteAll(preview, onOperation));
  const { count } = preview;
  if (count === 0) return html`<div class="form"><p>${t("delete-all.none")}</p><div class="form-end"><${Button} onClick=${closeDialog}>${t("dialog.close")}<//></div></div>`;
  return html`
    <form class="form" onSubmit=${(/** @type {Event} */ event) => { event.preventDefault(); if (typed.trim() === String(count)) void task.run(); }}>
      <div class="many-list" tabindex="0" role="region" aria-label=${t("delete-all.names")}>
        <${GrowingList} name="many-items" items=${preview.instances} row=${previewed} />
      </div>
      <p class="impact tone-bad">${t("delete-all.impact", { n: count, owner })}</p>
      ${task.problem && html`<${Notice} live fault=${task.problem}><${Button} onClick=${onAgain}>${t("delete-all.again")}<//><//>`}
      <${Field} label=${t("delete-all.type", { n: count })} value=${typed} onInput=${setTyped} inputmode="numeric" autocomplete="off" autofocus />
      <div class="form-end form-end-apart">
        <${Button} onClick=${closeDialog}>${t("dialog.cancel")}<//>
        <${Button} type="submit" kind="danger" busy=${task.busy} disabled=${typed.trim() !== String(count)}>${t(task.busy ? "instance.deleting" : "delete-all.do", { n: count })}<//>
      </div>
    </form>
  `;
}

/** @param {Preview["instances"][number]} instance */
function previewed(instance) {
  return html`
    <li key=${instance.id}>
      <span class="many-name">${instance.label || instance.instance_name}</span>
      <span class="many-facts">${[instance.phone_number, instance.server_name].filter(Boolean).join(" · ")}</span>
      ${instance.webhook_host && html`<p class="many-why">${t("delete-all.stays", { host: instance.webhook_host })}</p>`}
    </li>
  `;
}

/** @param {{ operation: Operation }} props */
function Running({ operation }) {
  const cancel = useTask(() => cancelOperation(operation.id));
  const over = operation.ended_at !== null;
  return html`
    <div class="form">
      <${ManyProgress} operation=${operation} label=${t("instance.deleting")} />
      ${cancel.problem && html`<${Notice} live fault=${cancel.problem} />`}
      ${over
        ? html`<p role="status"><strong>${t(`many.over.${operation.state}`)}</strong></p>`
        : html`<p class="hint">${t("many.goes-on")}</p>`}
      <div class="form-end">
        ${!over && html`<${Button} busy=${cancel.busy} onClick=${cancel.run}>${t("many.cancel")}<//>`}
        <${Button} onClick=${closeDialog}>${t("dialog.close")}<//>
      </div>
    </div>
  `;
}
