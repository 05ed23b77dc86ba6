/** The code to type on the phone, for those who cannot scan. */

import { html } from "htm/preact";
import { useState } from "preact/hooks";
import { Button } from "../../components/button.js";
import { Field } from "../../components/field.js";
import { digitsOf } from "../../core/matching.js";
import { pairingCode } from "../../core/qr-session.js";
import { t } from "../../state/words.js";

/** @param {{ session: import("../../core/qr-session.js").QrSession, number: string, pair: (number: string) => Promise<void> }} props */
export function QrPairing({ session, number, pair }) {
  const [typed, setTyped] = useState(number);
  const [asked, setAsked] = useState(false);
  const code = session.qr?.pairing_code;
  const digits = digitsOf(typed);
  return html`
    <details class="pairing">
      <summary>${t("pairing.title")}</summary>
      <form class="form" onSubmit=${(/** @type {Event} */ event) => { event.preventDefault(); setAsked(true); void pair(digits); }}>
        <p>${t("pairing.text")}</p>
        <${Field} label=${t("pairing.number")} value=${typed} onInput=${setTyped} type="tel" inputmode="tel" required pattern="[^A-Za-z]{8,}"
          hint=${digits.length > 7 ? t("pairing.as", { number: digits }) : undefined} />
        <${Button} type="submit" busy=${session.asking}>${t("pairing.get")}<//>
      </form>
      <div role="status">
        ${asked && code && html`<p>${t("pairing.enter")}</p><p class="pairing-code">${pairingCode(code)}</p>`}
        ${asked && !code && !session.asking && html`<p>${t("pairing.none")}</p>`}
      </div>
    </details>
  `;
}
