/** The QR dialog: the code, its steps beside it, and the end with the number that connected. */

import { html } from "htm/preact";
import { Button } from "../../components/button.js";
import { Dialog } from "../../components/dialog.js";
import { useClosedWithout } from "../../components/use-closed-without.js";
import { nameOf } from "../../core/matching.js";
import { closeDialog } from "../../state/dialogs.js";
import { instances, lost } from "../../state/fleet.js";
import { detailPath } from "../../state/instance-actions.js";
import { useResource } from "../../state/resource.js";
import { t } from "../../state/words.js";
import { ConnectionBanner } from "../shell/connection-banner.js";
import { QrLive } from "./qr-live.js";
import { useQrRun } from "./qr-run.js";

/** @typedef {import("../../types.js").InstanceDetail} InstanceDetail */

/** @param {{ instanceId: string, qr?: import("../../types.js").Qr | null }} props */
export function QrDialog({ instanceId, qr }) {
  const listed = useClosedWithout(instances.value?.find(({ id }) => id === instanceId));
  /** @type {import("../../state/resource.js").Resource<InstanceDetail>} */
  const detail = useResource(detailPath(instanceId), { watching: true });
  const instance = listed && (detail.value.value ?? listed);
  const run = useQrRun(instance, qr);
  if (!instance || !run) return null;
  const over = run.session.value.phase === "connected";
  return html`
    <${Dialog} key=${over} title=${t("qr.title", { name: nameOf(instance) })} onClose=${closeDialog} wide=${!over}>
      ${lost.value && html`<${ConnectionBanner} />`}
      <${QrLive} instance=${instance} run=${run} wizard />
      <div class="form-end">
        <${Button} kind=${over ? "primary" : "plain"} onClick=${closeDialog}>${t(over ? "dialog.done" : "dialog.close")}<//>
      </div>
    <//>
  `;
}
