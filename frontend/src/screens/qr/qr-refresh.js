/** When the server is asked again, how often still, and the button that asks it now. */

import { html } from "htm/preact";
import { Button } from "../../components/button.js";
import { MOST_ASKS, secondsToAsk } from "../../core/qr-session.js";
import { local } from "../../state/clock.js";
import { t } from "../../state/words.js";

/** @param {{ session: import("../../core/qr-session.js").QrSession, askNow: () => void }} props */
export function QrRefresh({ session, askNow }) {
  const seconds = secondsToAsk(session, local.value);
  const words = session.asking
    ? t("qr.asking", { n: session.asked, most: MOST_ASKS })
    : seconds !== null
      ? t("qr.countdown", { seconds, n: session.asked, most: MOST_ASKS })
      : null;
  return html`
    <div class="qr-refresh">
      <p class="qr-countdown">${words}</p>
      <p class="qr-countdown" role="status">${words === null && session.asked >= MOST_ASKS ? t("qr.finished") : ""}</p>
      <${Button} icon="refresh" busy=${session.asking} onClick=${askNow}>${t("qr.now")}<//>
    </div>
  `;
}
