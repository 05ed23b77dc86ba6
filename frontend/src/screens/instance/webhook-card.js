/** Where the number's events go, whether that is proven, and what can be done about it. */

import { html } from "htm/preact";
import { Button } from "../../components/button.js";
import { Notice } from "../../components/notice.js";
import { WebhookBadge } from "../../components/number-status.js";
import { ProblemAction } from "../../components/problem-action.js";
import { RelativeTime } from "../../components/relative-time.js";
import { say } from "../../components/said.js";
import { useTask } from "../../components/use-task.js";
import { setWebhook } from "../../state/actions.js";
import { openDialog } from "../../state/dialogs.js";
import { allowed } from "../../state/fleet.js";
import { t } from "../../state/words.js";

/** @typedef {import("../../types.js").Instance} Instance */

/** @param {{ instance: Instance }} props */
export function WebhookCard({ instance }) {
  const { webhook } = instance;
  return html`
    <section class="card" aria-labelledby="hook-title">
      <div class="card-head"><h2 id="hook-title">${t("hook.title")}</h2><${WebhookBadge} instance=${instance} /></div>
      <dl class="side-facts">
        ${webhook.url_host && html`<div><dt>${t("evidence.host")}</dt><dd>${webhook.url_host}</dd></div>`}
        <div><dt>${t("instance.last-event")}</dt><dd><${RelativeTime} at=${instance.last_webhook_event_at} none=${t("instance.no-event")} /></dd></div>
      </dl>
      ${webhook.policy !== "ours" && html`<p>${t(`hook.policy.${webhook.policy}`)}</p>`}
      ${webhook.previous_host && html`<p class="hint">${t("hook.previous", { host: webhook.previous_host })}</p>`}
      ${allowed("operator") && html`<${HookButtons} instance=${instance} />`}
    </section>
  `;
}

/** @param {{ instance: Instance }} props */
function HookButtons({ instance }) {
  const instanceId = instance.id;
  const { state, policy, previous_host: previous } = instance.webhook;
  const mend = useTask(async () => {
    await setWebhook(instanceId);
    say(t("said.webhook"));
  });
  const elsewhere = state === "elsewhere";
  return html`
    ${mend.problem && html`<${Notice} live fault=${mend.problem}><${ProblemAction} fault=${mend.problem} instanceId=${instanceId} serverId=${instance.server_id} retry=${mend.run} /><//>`}
    <div class="card-foot">
      ${elsewhere
        ? html`<${Button} onClick=${() => openDialog({ name: "webhook-choices", instanceId, host: instance.webhook.url_host ?? undefined })}>${t("hook.choose")}<//>`
        : html`<${Button} icon="link" busy=${mend.busy} onClick=${mend.run}>${mend.busy ? t("webhook.setting") : t(policy === "ours" ? "action.set_webhook" : "hook.ours")}<//>`}
      ${previous && !elsewhere && html`<${Button} kind="quiet" onClick=${() => openDialog({ name: "restore-webhook", instanceId })}>${t("hook.restore")}<//>`}
    </div>
  `;
}
