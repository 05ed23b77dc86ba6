/** How the last message through Sambung went. */

import { html } from "htm/preact";
import { Badge } from "../../components/badge.js";
import { RelativeTime } from "../../components/relative-time.js";
import { t } from "../../state/words.js";
import { faultWords } from "./words-of.js";

/** @param {{ instance: import("../../types.js").Instance }} props */
export function SendingCard({ instance }) {
  const { last_send_ok_at: okAt, last_send_error: error } = instance;
  return html`
    <section class="card" aria-labelledby="sending-title">
      <div class="card-head"><h2 id="sending-title">${t("sending.title")}</h2>
        ${error ? html`<${Badge} tone="bad">${t("wizard.outcome.failed")}<//>` : okAt && html`<${Badge} tone="good">${t("sending.ok")}<//>`}</div>
      ${error && html`<p>${t("sending.failed", { reason: faultWords(error) ?? error })}</p>`}
      <dl class="side-facts"><div><dt>${t("sending.ok")}</dt><dd><${RelativeTime} at=${okAt} none=${t("sending.never")} /></dd></div></dl>
    </section>
  `;
}
