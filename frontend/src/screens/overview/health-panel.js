/** Panel "Kesehatan Integrasi": the four questions, one line each, with a badge and the age of what the answer rests on. */

import { html } from "htm/preact";
import { Badge } from "../../components/badge.js";
import { CheckNow } from "../../components/check-now.js";
import { withCode } from "../../components/notice.js";
import { RelativeTime } from "../../components/relative-time.js";
import { TroubleAction } from "../../components/trouble-row.js";
import { fourAnswers } from "../../core/answers.js";
import { now } from "../../state/clock.js";
import { t } from "../../state/words.js";

/** @param {{ health: import("../../types.js").HealthCheck }} props */
export function HealthPanel({ health }) {
  return html`
    <section class="panel" aria-labelledby="health">
      <div class="panel-head">
        <div class="panel-title">
          <h2 id="health">${t("health.title")}</h2>
          <p class="panel-age">${t("health.checked")} <${RelativeTime} at=${health.checked_at} none=${t("server.never")} /></p>
        </div>
        <${CheckNow} />
      </div>
      <dl class="answers">
        ${fourAnswers(health, now.value).map((answer) => html`<${Line} key=${answer.question} answer=${answer} />`)}
      </dl>
    </section>
  `;
}

/** @param {{ answer: import("../../core/answers.js").Answer }} props */
function Line({ answer: { question, tone, says, at, trouble } }) {
  return html`
    <div class="answer" data-question=${question} data-tone=${tone}>
      <dt>${t(`question.${question}`)}</dt>
      <dd class="answer-badge"><${Badge} tone=${tone}>${question === "next" ? t(`answer.next-tone.${tone}`) : t(`answer.tone.${tone}`)}<//></dd>
      <dd class="answer-text">${withCode(says.map(({ key, params }) => t(key, params)).join(" "))}</dd>
      <dd class="answer-end">
        ${trouble && html`<${TroubleAction} trouble=${trouble} />`}
        <span class="answer-age">${at !== null && html`<${RelativeTime} at=${at} />`}</span>
      </dd>
    </div>
  `;
}
