/** Screen "Server": every gateway, whether it answers, and what to put right. */

import { html } from "htm/preact";
import { Button } from "../../components/button.js";
import { EmptyState } from "../../components/empty-state.js";
import { openDialog } from "../../state/dialogs.js";
import { aged, allowed, servers } from "../../state/fleet.js";
import { t } from "../../state/words.js";
import { ServerCard } from "./server-card.js";

export function Servers() {
  const all = servers.value;
  if (all === null) return html`<h1>${t("nav.servers")}</h1><p class="loading" role="status">${t("page.loading")}</p>`;
  const add = allowed("admin") && html`<${Button} icon="plus" kind="primary" onClick=${() => openDialog({ name: "add-server" })}>${t("server.add")}<//>`;
  return html`
    <div class="screen-head">
      <h1>${t("nav.servers")} <span class="count">${all.length}</span></h1>
      <div class="buttons">${all.length > 0 && add}</div>
    </div>
    ${all.length === 0
      ? html`<${EmptyState} title=${t("server.none")} text=${t("server.none.text")}>${add}<//>`
      : html`<ul class=${aged.value ? "cards rows-aged" : "cards"}>
          ${all.map((server) => html`<${ServerCard} key=${server.id} server=${server} />`)}
        </ul>`}
  `;
}
