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
  // While the servers are still being read the buttons have their place already: nothing jumps under a finger.
  const some = servers.value === null || servers.value.length > 0;
  const admin = allowed("admin");
  return html`
    <div class="buttons">
      ${admin && html`<${Button} icon="plus" kind="primary" onClick=${() => openDialog({ name: "create-instance" })}>${t("instance.create")}<//>`}
      <${Menu} label=${t("numbers.more")}>
        ${allowed("operator") && some && html`<${Button} icon="refresh" onClick=${() => openDialog({ name: "sync", serverId: chosen, clientId: clientId.value })}>${t("sync.title")}<//>`}
        ${some && html`<${Button} icon="list" onClick=${() => look(chosen ?? servers.peek()?.[0]?.id)}>${t("action.list")}<//>`}
        ${admin && html`<${Button} icon="phone" onClick=${() => openDialog({ name: "clients" })}>${t("client.manage")}<//>`}
        ${admin && !empty && html`<div class="apart"><${Button} kind="danger-quiet" icon="trash" onClick=${() => openDialog({ name: "delete-all", clientId: clientId.value })}>${t("delete-all.open")}<//></div>`}
      <//>
    </div>
  `;
}

/** @param {string | undefined} serverId unknown for a moment after the page opened */
function look(serverId) {
  if (serverId) openDialog({ name: "server-instances", serverId });
}
