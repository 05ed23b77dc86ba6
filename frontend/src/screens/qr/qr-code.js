/** The place of the code: it keeps its size whatever is known, so that nothing jumps under a phone's camera. */

import { html } from "htm/preact";
import { QrPicture } from "../../components/qr-picture.js";
import { expired, secondsLeft } from "../../core/qr-session.js";
import { local } from "../../state/clock.js";
import { describe, t } from "../../state/words.js";

/** @typedef {import("../../core/qr-session.js").QrSession} QrSession */

const REPLACED_SAID_MS = 8_000;

/** @param {{ session: QrSession, name: string }} props */
export function QrCode({ session, name }) {
  const over = expired(session, local.value);
  const drawable = session.qr !== null && (session.qr.code !== null || session.qr.image !== null) && !over;
  return html`
    <div class="qr-place" data-phase=${session.phase}>
      ${drawable ? html`<${QrPicture} qr=${session.qr} title=${t("qr.picture", { name })} />` : waiting(session, over)}
    </div>
    <p class="qr-said" role="status">${drawable ? t(justReplaced(session) ? "qr.replaced" : "qr.ready") : ""}</p>
    <p class="qr-life">${drawable ? t("qr.life", { seconds: secondsLeft(session, local.value) ?? "?" }) : ""}</p>
  `;
}

/**
 * Said for as long as somebody may still be aiming at the code before.
 * @param {QrSession} session
 */
function justReplaced({ replaced, shownSince }) {
  return replaced && shownSince !== null && local.value - shownSince < REPLACED_SAID_MS;
}

/**
 * @param {QrSession} session
 * @param {boolean} over
 */
function waiting(session, over) {
  const reason = over ? "qr_expired" : session.reason;
  const known = reason && reason !== "qr_not_ready" && reason !== "connected" ? describe(reason) : null;
  return html`
    <div class="qr-waiting">
      ${(session.asking || session.automatic) && html`<span class="spinner" aria-hidden="true"></span>`}
      <p role="status">${known ? known.title : t(session.asking || session.automatic ? "qr.waiting" : "qr.none")}</p>
    </div>
  `;
}
