/** The good end of the QR dialog: which number it is, and a warning when it is another than expected. */

import { html } from "htm/preact";
import { useEffect } from "preact/hooks";
import { Button } from "../../components/button.js";
import { Dialog } from "../../components/dialog.js";
import { Notice } from "../../components/notice.js";
import { nameOf } from "../../core/matching.js";
import { closeDialog } from "../../state/dialogs.js";
import { describe, t } from "../../state/words.js";

/** Not every gateway says with its event which number it is; its list does, a moment later. */
const IDENTIFY_AFTER_MS = 1_500;

/** @param {{ instance: import("../../types.js").Instance, identify: () => void }} props */
export function QrConnected({ instance, identify }) {
  useEffect(() => {
    if (instance.phone_number) return undefined;
    const waiting = setTimeout(identify, IDENTIFY_AFTER_MS);
    return () => clearTimeout(waiting);
  }, [instance.phone_number]);
  const { phone_number: number, expected_number: expected, profile_name: profile } = instance;
  const other = expected && number && expected !== number;
  return html`
    <${Dialog} title=${t("qr.title", { name: nameOf(instance) })} onClose=${closeDialog}>
      <div class="form">
        <${Notice} live tone="good" fault=${{
          title: number ? t("qr.connected.number", { number }) : t("status.connected"),
          detail: profile ? t("qr.connected.profile", { profile }) : "",
        }} />
        ${other && html`<${Notice} live fault=${{
          title: describe("number_changed").title,
          detail: t("qr.other-number", { expected, number }),
        }} />`}
        <div class="form-end"><${Button} kind="primary" onClick=${closeDialog}>${t("dialog.done")}<//></div>
      </div>
    <//>
  `;
}
