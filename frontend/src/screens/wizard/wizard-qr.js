/** The wizard's good end: the code itself, watched until it is scanned. */

import { html } from "htm/preact";
import { Button } from "../../components/button.js";
import { closeDialog } from "../../state/dialogs.js";
import { t } from "../../state/words.js";
import { QrConnected } from "../qr/qr-connected.js";
import { useQrRun } from "../qr/qr-run.js";
import { QrLive } from "../qr/qr-live.js";

/** @param {{ instance: import("../../types.js").Instance }} props */
export function WizardQr({ instance }) {
  const run = useQrRun(instance);
  if (!run) return null;
  if (run.session.value.phase === "connected") return html`<${QrConnected} instance=${instance}><${Button} kind="primary" onClick=${closeDialog}>${t("dialog.done")}<//><//>`;
  return html`<p role="status"><strong>${t("wizard.next")}:</strong> ${t("wizard.next.scan")}</p><${QrLive} instance=${instance} run=${run} />`;
}
