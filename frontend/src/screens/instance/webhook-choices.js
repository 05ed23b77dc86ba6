/** Dialog for a webhook of somebody else's: three ways on, and nothing is taken without a yes that names whom it hurts. */

import { html } from "htm/preact";
import { useState } from "preact/hooks";
import { Button } from "../../components/button.js";
import { Dialog } from "../../components/dialog.js";
import { Notice } from "../../components/notice.js";
import { ProblemAction } from "../../components/problem-action.js";
import { say } from "../../components/said.js";
import { useClosedWithout } from "../../components/use-closed-without.js";
import { useTask } from "../../components/use-task.js";
import { nameOf } from "../../core/matching.js";
import { setWebhook } from "../../state/actions.js";
import { copy } from "../../state/clipboard.js";
import { closeDialog } from "../../state/dialogs.js";
import { instances, servers } from "../../state/fleet.js";
import { t } from "../../state/words.js";

/** @typedef {"leave" | "use_global" | "take_over"} Wish */

/** @param {{ instanceId: string, host?: string }} props host: whose it is, as the one who asks has seen it */
export function WebhookChoices({ instanceId, host: seenHost }) {
  const instance = useClosedWithout(instances.value?.find(({ id }) => id === instanceId));
  const [wish, setWish] = useState(/** @type {Wish} */ ("leave"));
  const [setup, setSetup] = useState(/** @type {Record<string, string> | null} */ (null));
  const task = useTask(async () => {
    const result = await setWebhook(instanceId, wish);
    if (result.setup) return setSetup(result.setup);
    closeDialog();
    say(t(wish === "leave" ? "said.left" : "said.webhook"));
  });
  if (!instance) return null;
  const host = seenHost ?? instance.webhook.url_host ?? "?";
  if (setup) return html`<${Setup} setup=${setup} />`;
  const evolution = servers.value?.find(({ id }) => id === instance.server_id)?.kind !== "webjs";
  /** @type {[Wish, string, string][]} */
  const choices = [
    ["leave", t("hook.leave"), t("hook.leave.text")],
    ...(evolution ? [/** @type {[Wish, string, string]} */ (["use_global", t("hook.global"), t("hook.global.text")])] : []),
    ["take_over", t("webhook.take-over", { host }), t("hook.take-over.text")],
  ];
  return html`
    <${Dialog} title=${t("hook.choose.title", { name: nameOf(instance), host })} onClose=${closeDialog}>
      <form class="form" onSubmit=${(/** @type {Event} */ event) => { event.preventDefault(); void task.run(); }}>
        <p>${t("hook.choose.text")}</p>
        <fieldset class="ways">
          <legend class="sr-only">${t("hook.choose")}</legend>
          ${choices.map(([key, words, text]) => html`<label key=${key} class=${key === "take_over" ? "way way-apart" : "way"}>
            <input type="radio" name="wish" value=${key} checked=${wish === key} onChange=${() => setWish(key)} />
            <span><strong>${words}</strong><span class="hint">${text}</span></span>
          </label>`)}
        </fieldset>
        ${task.problem && html`<${Notice} live fault=${task.problem}><${ProblemAction} fault=${task.problem} instanceId=${instanceId} serverId=${instance.server_id} retry=${task.run} /><//>`}
        <div class="form-end form-end-apart">
          <${Button} onClick=${closeDialog}>${t("dialog.cancel")}<//>
          <${Button} type="submit" kind=${wish === "take_over" ? "danger" : "primary"} busy=${task.busy}>
            ${task.busy ? t("webhook.setting") : wish === "take_over" ? t("webhook.take-over", { host }) : t("hook.apply")}<//>
        </div>
      </form>
    <//>
  `;
}

/** @param {{ setup: Record<string, string> }} props */
function Setup({ setup }) {
  const settings = Object.entries(setup);
  const task = useTask(async () => {
    await copy(settings.map(([name, value]) => `${name}=${value}`).join("\n"));
    say(t("hook.setup.copied"));
  });
  return html`
    <${Dialog} title=${t("hook.global")} onClose=${closeDialog}>
      <div class="form">
        <p>${t("hook.setup")}</p>
        <dl class="settings">${settings.map(([name, value]) => html`<div key=${name}><dt><code>${name}</code></dt><dd><code>${value}</code></dd></div>`)}</dl>
        <div class="form-end">
          <${Button} icon="copy" onClick=${task.run}>${t("hook.setup.copy")}<//>
          <${Button} kind="primary" onClick=${closeDialog}>${t("dialog.done")}<//>
        </div>
      </div>
    <//>
  `;
}
