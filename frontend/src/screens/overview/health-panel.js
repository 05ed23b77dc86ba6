/** Panel "Kesehatan Integrasi": the four questions, one line each, with a badge and the age of what the answer rests on. */

import { html } from "htm/preact";
import { Badge } from "../../components/badge.js";
import { Button } from "../../components/button.js";
import { Notice } from "../../components/notice.js";
import { RelativeTime } from "../../components/relative-time.js";
import { say } from "../../components/said.js";
import { TroubleAction } from "../../components/trouble-action.js";
import { useTask } from "../../components/use-task.js";
import { fourAnswers } from "../../core/answers.js";
import { now } from "../../state/clock.js";
import { allowed } from "../../state/fleet.js";
import { checkNow } from "../../state/health.js";
import { t } from "../../state/words.js";

/** @param {{ health: import("../../types.js").HealthCheck }} props */
export function HealthPanel({ health }) {
  const check = useTask(async () => {
    await checkNow();
    say(t("said.checked"));
  });
  return html`
    <section class="panel" aria-labelledby="health">
      <div class="panel-head">
        <h2 id="health">${t("health.title")}</h2>
        <p class="panel-age">${t("health.checked")} <${RelativeTime} at=${health.checked_at} none=${t("server.never")} /></p>
        ${allowed("operator") && html`<${Button} icon="refresh" busy=${check.busy} onClick=${check.run}>${t(check.busy ? "health.checking" : "action.check_server")}<//>`}
      </div>
      ${check.problem && html`<${Notice} live fault=${check.problem} />`}
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
      <dd class="answer-badge"><${Badge} tone=${tone}>${t(`answer.tone.${tone}`)}<//></dd>
      <dd class="answer-text">${says.map(({ key, params }) => t(key, params)).join(" ")}</dd>
      <dd class="answer-end">
        ${trouble && html`<${TroubleAction} trouble=${trouble} />`}
        <span class="answer-age">${at !== null && html`<${RelativeTime} at=${at} />`}</span>
      </dd>
    </div>
  `;
}
