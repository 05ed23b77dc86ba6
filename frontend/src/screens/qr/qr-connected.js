/** The good end: which number it is, and a warning when it is another than expected. */

import { html } from "htm/preact";
import { Notice } from "../../components/notice.js";
import { ProblemAction } from "../../components/problem-action.js";
import { describe, t } from "../../state/words.js";

/** @param {{ instance: import("../../types.js").Instance, children?: any }} props children: the button that ends it */
export function QrConnected({ instance, children }) {
  const { phone_number: number, expected_number: expected, profile_name: profile } = instance;
  return html`
    <div class="form">
      <${Notice} live tone="good" fault=${{
        title: number ? t("qr.connected.number", { number }) : t("status.connected"),
        detail: profile ? t("qr.connected.profile", { profile }) : "",
      }}>${children}<//>
      ${expected && number && expected !== number && html`<${OtherNumber} expected=${expected} number=${number} />`}
    </div>
  `;
}

/** @param {{ expected: string, number: string }} props */
function OtherNumber({ expected, number }) {
  const code = "number_changed";
  /** @type {import("../../types.js").Fault} */
  const fault = { code, title: describe(code).title, detail: t("qr.other-number", { expected, number }), action: "contact_owner", side: "number" };
  return html`<${Notice} live fault=${fault}><${ProblemAction} fault=${fault} /><//>`;
}
