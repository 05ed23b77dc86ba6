/** Dialog "Hapus": says what the number loses; a webhook of somebody else needs a second yes. */

import { html } from "htm/preact";
import { useState } from "preact/hooks";
import { say } from "../../components/said.js";
import { nameOf } from "../../core/matching.js";
import { RequestFailed } from "../../core/problem.js";
import { deleteInstance } from "../../state/actions.js";
import { closeDialog } from "../../state/dialogs.js";
import { instances } from "../../state/fleet.js";
import { t } from "../../state/words.js";
import { Confirm } from "../../components/confirm.js";
import { useClosedWithout } from "../../components/use-closed-without.js";

/** @param {{ instanceId: string }} props */
export function DeleteInstance({ instanceId }) {
  const instance = useClosedWithout(instances.value?.find(({ id }) => id === instanceId));
  const [elsewhere, setElsewhere] = useState(instance?.webhook.state === "elsewhere");
  if (!instance) return null;
  const name = nameOf(instance);
  const host = instance.webhook.url_host ?? "?";
  return html`
    <${Confirm}
      title=${t("instance.delete.title", { name })}
      impact=${t("instance.delete.impact") + (elsewhere ? ` ${t("webhook.take-over", { host })}.` : "")}
      words=${t(elsewhere ? "instance.delete.anyway" : "instance.delete")}
      busyWords=${t("instance.deleting")}
      action=${async () => {
        try {
          await deleteInstance(instanceId, { takeOver: elsewhere });
        } catch (error) {
          if (error instanceof RequestFailed && error.problem.code === "webhook_elsewhere") setElsewhere(true);
          throw error;
        }
        closeDialog();
        say(t("said.deleted", { name }));
      }}
    >
      <p><strong>${name}</strong>${instance.phone_number && ` · ${instance.phone_number}`}</p>
    <//>
  `;
}
