/** Dialog "QR": a code as soon as there is one, fresh ones as they come, and the end when the number is connected. */

import { html } from "htm/preact";
import { useEffect, useState } from "preact/hooks";
import { Button } from "../../components/button.js";
import { Dialog } from "../../components/dialog.js";
import { Notice } from "../../components/notice.js";
import { nameOf } from "../../core/matching.js";
import { closeDialog } from "../../state/dialogs.js";
import { instances, lost, watch } from "../../state/fleet.js";
import { runQr } from "./qr-run.js";
import { t } from "../../state/words.js";
import { ConnectionBanner } from "../shell/connection-banner.js";
import { ProblemAction } from "../../components/problem-action.js";
import { QrConnected } from "./qr-connected.js";
import { QrCode } from "./qr-code.js";
import { QrPairing } from "./qr-pairing.js";
import { QrRefresh } from "./qr-refresh.js";
import { useClosedWithout } from "../../components/use-closed-without.js";

/** @param {{ instanceId: string, qr?: import("../../types.js").Qr | null }} props */
export function QrDialog({ instanceId, qr }) {
  const [run, setRun] = useState(/** @type {ReturnType<typeof runQr> | null} */ (null));
  const instance = useClosedWithout(instances.value?.find(({ id }) => id === instanceId));
  const open = instance?.view.label === "connected";
  useEffect(watch, []);
  // Started in the effect that ends it: a dialog closed before it was drawn must leave nothing running.
  useEffect(() => {
    const started = runQr(instanceId, qr);
    setRun(started);
    return started.close;
  }, [instanceId]);
  useEffect(() => {
    if (open) run?.sawConnected();
  }, [open, run]);
  if (!instance || !run) return null;
  const session = run.session.value;
  if (session.phase === "connected") return html`<${QrConnected} instance=${instance} identify=${run.identify} />`;
  const number = instance.expected_number ?? instance.phone_number;
  return html`
    <${Dialog} title=${t("qr.title", { name: nameOf(instance) })} onClose=${closeDialog} wide>
      ${lost.value && html`<${ConnectionBanner} />`}
      <div class="qr-columns">
        <div class="qr-side">
          <${QrCode} session=${session} name=${nameOf(instance)} />
          <${QrRefresh} session=${session} askNow=${run.askNow} />
        </div>
        <div class="qr-help">
          <ol class="qr-steps">
            <li>${number ? t("qr.step1.number", { number }) : t("qr.step1")}</li>
            <li>${t("qr.step2")}</li>
            <li>${t("qr.step3")}</li>
            <li>${t("qr.step4")}</li>
          </ol>
          ${session.problem && html`<${Notice} live tone="warn" fault=${session.problem}>
            <${ProblemAction} fault=${session.problem} serverId=${instance.server_id} />
          <//>`}
          <${QrPairing} session=${session} number=${number ?? ""} pair=${run.pair} />
        </div>
      </div>
      <div class="form-end"><${Button} onClick=${closeDialog}>${t("dialog.close")}<//></div>
    <//>
  `;
}
