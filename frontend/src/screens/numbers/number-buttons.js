/** What one does with numbers as a whole; deleting stands apart from all of it. */

import { html } from "htm/preact";
import { Button } from "../../components/button.js";
import { Menu } from "../../components/menu.js";
import { openDialog } from "../../state/dialogs.js";
import { allowed, servers } from "../../state/fleet.js";
import { clientId, place } from "../../state/route.js";
import { t } from "../../state/words.js";

/** @param {{ empty: boolean }} props empty: there is nothing to delete */
export function NumberButtons({ empty }) {
  const chosen = place.value.query.server;
  const serverId = chosen ?? servers.value?.[0]?.id;
  const admin = allowed("admin");
  return html`
    <div class="buttons">
      ${admin && html`<${Button} icon="plus" kind="primary" onClick=${() => openDialog({ name: "create-instance" })}>${t("instance.create")}<//>`}
      <${Menu} label=${t("numbers.more")}>
        ${allowed("operator") && serverId && html`<${Button} icon="refresh" onClick=${() => openDialog({ name: "sync", serverId: chosen, clientId: clientId.value })}>${t("sync.title")}<//>`}
        ${serverId && html`<${Button} icon="list" onClick=${() => openDialog({ name: "server-instances", serverId })}>${t("action.list")}<//>`}
        ${admin && html`<${Button} icon="phone" onClick=${() => openDialog({ name: "clients" })}>${t("client.manage")}<//>`}
        ${admin && !empty && html`<div class="apart"><${Button} kind="danger-quiet" icon="trash" onClick=${() => openDialog({ name: "delete-all", clientId: clientId.value })}>${t("delete-all.open")}<//></div>`}
      <//>
    </div>
  `;
}
