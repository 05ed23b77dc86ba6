/** Dialog "Ambil alih": nothing of another system is replaced without a yes that names it. */

import { html } from "htm/preact";
import { say } from "../../components/said.js";
import { nameOf } from "../../core/matching.js";
import { setWebhook } from "../../state/actions.js";
import { closeDialog } from "../../state/dialogs.js";
import { instances } from "../../state/fleet.js";
import { t } from "../../state/words.js";
import { Confirm } from "../../components/confirm.js";
import { useClosedWithout } from "../../components/use-closed-without.js";

/** @param {{ instanceId: string }} props */
export function TakeOverWebhook({ instanceId }) {
  const instance = useClosedWithout(instances.value?.find(({ id }) => id === instanceId));
  if (!instance) return null;
  const host = instance.webhook.url_host ?? "?";
  return html`
    <${Confirm}
      title=${t("webhook.take-over.title", { name: nameOf(instance) })}
      impact=${t("webhook.take-over.impact", { host })}
      words=${t("webhook.take-over", { host })}
      busyWords=${t("webhook.setting")}
      action=${async () => {
        await setWebhook(instanceId, { takeOver: true });
        closeDialog();
        say(t("said.webhook"));
      }}
    />
  `;
}
