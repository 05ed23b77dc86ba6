/** Dialog "Hapus server": only the entry here goes; a server with instances stays. */

import { html } from "htm/preact";
import { say } from "../../components/said.js";
import { deleteServer } from "../../state/actions.js";
import { closeDialog } from "../../state/dialogs.js";
import { servers } from "../../state/fleet.js";
import { t } from "../../state/words.js";
import { Confirm } from "../../components/confirm.js";
import { useClosedWithout } from "../../components/use-closed-without.js";

/** @param {{ serverId: string }} props */
export function DeleteServer({ serverId }) {
  const server = useClosedWithout(servers.value?.find(({ id }) => id === serverId));
  if (!server) return null;
  return html`
    <${Confirm}
      title=${t("server.delete.title", { name: server.name })}
      impact=${t("server.delete.impact")}
      words=${t("server.delete")}
      busyWords=${t("instance.deleting")}
      action=${async () => {
        await deleteServer(serverId);
        closeDialog();
        say(t("said.deleted", { name: server.name }));
      }}
    />
  `;
}
