/** The code with its steps for the phone, watched until the number is connected; in its own dialog and in the wizard. */

import { html } from "htm/preact";
import { Notice } from "../../components/notice.js";
import { ProblemAction } from "../../components/problem-action.js";
import { nameOf } from "../../core/matching.js";
import { servers } from "../../state/fleet.js";
import { t } from "../../state/words.js";
import { QrCode } from "./qr-code.js";
import { QrConnected } from "./qr-connected.js";
import { QrPairing } from "./qr-pairing.js";
import { QrRefresh } from "./qr-refresh.js";

/**
 * @param {{ instance: import("../../types.js").Instance, run: import("./qr-run.js").QrRun, wizard?: boolean }} props
 * wizard: it is offered as the way on
 */
export function QrLive({ instance, run, wizard = false }) {
  const session = run.session.value;
  if (session.phase === "connected") return html`<${QrConnected} instance=${instance} />`;
  const number = instance.expected_number ?? instance.phone_number;
  // Evolution alone gives codes to type.
  const typed = servers.value?.find(({ id }) => id === instance.server_id)?.kind !== "webjs";
  return html`
    <div class="qr-columns">
      <div class="qr-side">
        <${QrCode} session=${session} name=${nameOf(instance)} />
        <${QrRefresh} session=${session} askNow=${run.askNow} instanceId=${wizard ? instance.id : null} />
      </div>
      <div class="qr-help">
        <ol class="qr-steps">
          <li>${number ? t("qr.step1.number", { number }) : t("qr.step1")}</li>
          <li>${t("qr.step2")}</li>
          <li>${t("qr.step3")}</li>
          <li>${t("qr.step4")}</li>
        </ol>
        ${session.problem && html`<${Notice} live tone="warn" fault=${session.problem}>
          <${ProblemAction} fault=${session.problem} instanceId=${instance.id} serverId=${instance.server_id} retry=${run.askNow} />
        <//>`}
        ${typed && html`<${QrPairing} session=${session} number=${number ?? ""} pair=${run.pair} />`}
      </div>
    </div>
  `;
}
