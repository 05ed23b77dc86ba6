/** When the server is asked again, how often still, the button that asks it now, and after the last ask the way on. */

import { html } from "htm/preact";
import { Button } from "../../components/button.js";
import { MOST_ASKS, secondsToAsk } from "../../core/qr-session.js";
import { local } from "../../state/clock.js";
import { openDialog } from "../../state/dialogs.js";
import { t } from "../../state/words.js";

/**
 * @param {{ session: import("../../core/qr-session.js").QrSession, askNow: () => void, instanceId: string | null }} props
 * instanceId: whose wizard is the way on; null within the wizard itself
 */
export function QrRefresh({ session, askNow, instanceId }) {
  const seconds = secondsToAsk(session, local.value);
  const words = session.asking
    ? t("qr.asking", { n: session.asked, most: MOST_ASKS })
    : seconds !== null
      ? t("qr.countdown", { seconds, n: session.asked, most: MOST_ASKS })
      : null;
  const finished = words === null && session.asked >= MOST_ASKS;
  return html`
    <div class="qr-refresh">
      <p class="qr-countdown">${words}</p>
      <p class="qr-countdown" role="status">${finished ? t("qr.finished") : ""}</p>
      <div class="buttons">
        <${Button} icon="refresh" busy=${session.asking} onClick=${askNow}>${t("qr.now")}<//>
        ${finished && instanceId && html`<${Button} icon="wand" onClick=${() => openDialog({ name: "wizard", instanceId })}>${t("action.open_wizard")}<//>`}
      </div>
    </div>
  `;
}
