/** The code on offer, as our store has it: looking at the number's screen asks nothing of its server. */

import { html } from "htm/preact";
import { useEffect, useState } from "preact/hooks";
import { Button } from "../../components/button.js";
import { QrPicture } from "../../components/qr-picture.js";
import { RelativeTime } from "../../components/relative-time.js";
import { RequestFailed } from "../../core/problem.js";
import { nameOf } from "../../core/matching.js";
import { parseTime } from "../../core/time.js";
import { storedQr } from "../../state/actions.js";
import { now } from "../../state/clock.js";
import { openDialog } from "../../state/dialogs.js";
import { allowed } from "../../state/fleet.js";
import { describe, t } from "../../state/words.js";

/** @typedef {import("../../types.js").StoredQr} StoredQr */

/** @param {{ instance: import("../../types.js").Instance }} props */
export function QrCard({ instance }) {
  if (!allowed("operator") || instance.status === "connected" || instance.desired === "parked") return null;
  return html`<${Offer} instance=${instance} />`;
}

/** @param {{ instance: import("../../types.js").Instance }} props */
function Offer({ instance }) {
  const stored = useStored(instance);
  const qr = stored?.qr;
  const until = parseTime(qr?.expires_at);
  const good = qr && until !== null && now.value < until;
  const why = stored?.reason && stored.reason !== "connected" ? describe(stored.reason).title : t("qr.card.none");
  const open = () => openDialog({ name: "qr", instanceId: instance.id });
  return html`
    <section class="card card-qr" aria-labelledby="qr-card-title">
      <div class="card-head"><h2 id="qr-card-title">${t("qr.card")}</h2>
        ${good && html`<p class="hint">${t("qr.card.received")} <${RelativeTime} at=${qr.received_at} /></p>`}</div>
      ${good
        ? html`<button type="button" class="qr-small" aria-label=${t("qr.card.show")} onClick=${open}><${QrPicture} qr=${qr} title=${t("qr.picture", { name: nameOf(instance) })} /></button>`
        : html`<p>${why}</p>`}
      <div class="card-foot"><${Button} icon="qr" onClick=${open}>${t(good ? "qr.card.show" : "qr.now")}<//></div>
    </section>
  `;
}

/**
 * Read once for each code that came, since each reading is a viewing that is logged.
 * @param {import("../../types.js").Instance} instance
 */
function useStored({ id, qr_received_at: receivedAt, status }) {
  const [stored, setStored] = useState(/** @type {StoredQr | null} */ (null));
  useEffect(() => {
    let left = false;
    storedQr(id).then((seen) => !left && setStored(seen)).catch(ignoreFailure);
    return () => {
      left = true;
    };
  }, [id, receivedAt, status]);
  return stored;
}

/**
 * The page's own banner tells of a lost network; the next code is read again.
 * @param {unknown} error
 */
function ignoreFailure(error) {
  if (!(error instanceof RequestFailed)) throw error;
}
