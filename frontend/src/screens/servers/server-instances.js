/** Dialog "Lihat Instance di Server": what the server itself lists, whoever made it. */

import { html } from "htm/preact";
import { useEffect, useState } from "preact/hooks";
import { Badge } from "../../components/badge.js";
import { Button } from "../../components/button.js";
import { Dialog } from "../../components/dialog.js";
import { Notice } from "../../components/notice.js";
import { useTask } from "../../components/use-task.js";
import { listedOn } from "../../state/actions.js";
import { closeDialog, openDialog } from "../../state/dialogs.js";
import { allowed, servers } from "../../state/fleet.js";
import { t } from "../../state/words.js";
import { ProblemAction } from "../../components/problem-action.js";
import { useClosedWithout } from "../../components/use-closed-without.js";

/** @typedef {import("../../types.js").ListedInstance} ListedInstance */

/** @param {{ serverId: string }} props */
export function ServerInstances({ serverId }) {
  const server = useClosedWithout(servers.value?.find(({ id }) => id === serverId));
  const [listed, setListed] = useState(/** @type {ListedInstance[] | null} */ (null));
  const task = useTask(async () => setListed(await listedOn(serverId)));
  useEffect(() => void task.run(), [serverId]);
  if (!server) return null;
  return html`
    <${Dialog} title=${t("listed.title", { server: server.name })} onClose=${closeDialog} wide>
      <div class="form">
        ${task.problem && html`<${Notice} live fault=${task.problem}><${ProblemAction} fault=${task.problem} serverId=${serverId} retry=${task.run} /><//>`}
        ${listed === null && task.busy && html`<p class="loading" role="status">${t("page.loading")}</p>`}
        ${listed !== null && table(listed)}
        <div class="form-end">
          <${Button} icon="refresh" busy=${task.busy} onClick=${task.run}>${t("action.refresh")}<//>
          ${allowed("operator") && listed?.some(({ managed }) => !managed)
            && html`<${Button} kind="primary" onClick=${() => openDialog({ name: "sync", serverId })}>${t("sync.title")}<//>`}
          <${Button} onClick=${closeDialog}>${t("dialog.close")}<//>
        </div>
      </div>
    <//>
  `;
}

/** @param {ListedInstance[]} listed */
function table(listed) {
  if (listed.length === 0) return html`<p>${t("listed.none")}</p>`;
  return html`
    <div class="table-box" tabindex="0" role="region" aria-label=${t("listed.table")}>
      <table>
        <thead><tr><th scope="col">${t("instance.name")}</th><th scope="col">${t("listed.number")}</th><th scope="col">${t("instance.status")}</th><th scope="col">Sambung</th></tr></thead>
        <tbody>
          ${listed.map((row) => html`<tr key=${row.instance_name}>
            <th scope="row">${row.instance_name}</th>
            <td>${row.phone_number ?? "–"}</td>
            <td>${t(`listed.state.${row.state}`)}</td>
            <td><${Badge} tone=${row.managed ? "good" : "mute"}>${t(row.managed ? "listed.managed" : "listed.foreign")}<//></td>
          </tr>`)}
        </tbody>
      </table>
    </div>
  `;
}
