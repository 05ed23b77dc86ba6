/** One step of the runbook: what it mends, whether it is its turn, and the buttons for what it applies to. */

import { html } from "htm/preact";
import { Badge } from "../../components/badge.js";
import { CheckNow } from "../../components/check-now.js";
import { RelativeTime } from "../../components/relative-time.js";
import { TroubleRow } from "../../components/trouble-row.js";
import { linkTo } from "../../state/route.js";
import { t } from "../../state/words.js";

/** More of one kind have one cause, or are found on the overview. */
const MOST = 4;

/** @param {{ step: import("../../core/runbook.js").Step, number: number, begin: boolean, checkedAt: string | null }} props begin: the first that applies */
export function HelpStep({ step: { key, applies, troubles }, number, begin, checkedAt }) {
  const rest = troubles.length - MOST;
  return html`
    <li class=${applies ? "step" : "step step-done"} data-step=${key} data-applies=${applies}>
      <span class="step-number" aria-hidden="true">${number}</span>
      <div class="step-main">
        <div class="step-head">
          <h2>${t(`help.${key}`)}</h2>
          <${Badge} tone=${applies ? "bad" : "good"}>${applies ? t("help.applies", { n: Math.max(troubles.length, 1) }) : t("help.not")}<//>
          ${begin && html`<span class="step-begin">${t("help.begin")}</span>`}
        </div>
        <p>${t(`help.${key}.text`)}</p>
        ${key === "check" && html`<div class="buttons"><${CheckNow} /><span class="hint">${t("health.checked")} <${RelativeTime} at=${checkedAt} none=${t("server.never")} /></span></div>`}
        ${troubles.length > 0 && html`<ul class="troubles">${troubles.slice(0, MOST).map((one) => html`<${TroubleRow} key=${one.id} trouble=${one} />`)}</ul>`}
        ${rest > 0 && html`<p class="hint"><a class="link" href=${linkTo("ringkasan")}>${t("help.more", { n: rest })}</a></p>`}
        ${key === "rest" && html`<p class="buttons"><a class="button button-plain" href=${linkTo("log")}>${t("help.log")}</a></p>`}
      </div>
    </li>
  `;
}
