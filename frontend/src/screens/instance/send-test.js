/** Dialog "Kirim Pesan Uji": proves that the number sends, and says on which server it was verified. */

import { html } from "htm/preact";
import { useState } from "preact/hooks";
import { Button } from "../../components/button.js";
import { Dialog } from "../../components/dialog.js";
import { Field, fieldError } from "../../components/field.js";
import { Notice } from "../../components/notice.js";
import { ProblemAction } from "../../components/problem-action.js";
import { useClosedWithout } from "../../components/use-closed-without.js";
import { useTask } from "../../components/use-task.js";
import { digitsOf, nameOf } from "../../core/matching.js";
import { closeDialog } from "../../state/dialogs.js";
import { instances, refresh, servers } from "../../state/fleet.js";
import { sendMessage } from "../../state/instance-actions.js";
import { t } from "../../state/words.js";

/** @typedef {import("../../types.js").MessageSent} MessageSent */

/** @param {{ instanceId: string }} props */
export function SendTest({ instanceId }) {
  const instance = useClosedWithout(instances.value?.find(({ id }) => id === instanceId));
  const [to, setTo] = useState("");
  const [text, setText] = useState(t("test.default"));
  const [sent, setSent] = useState(/** @type {MessageSent | null} */ (null));
  const task = useTask(async () => {
    setSent(null);
    setSent(await sendMessage(instanceId, { to: digitsOf(to), text }));
    void refresh();
  });
  if (!instance) return null;
  return html`
    <${Dialog} title=${t("test.title", { name: nameOf(instance) })} onClose=${closeDialog}>
      <form class="form" onSubmit=${(/** @type {Event} */ event) => { event.preventDefault(); void task.run(); }}>
        <${Field} label=${t("test.to")} value=${to} onInput=${setTo} type="tel" inputmode="tel" required autofocus pattern="[^A-Za-z]{6,}" maxlength=${30}
          hint=${digitsOf(to).length > 7 ? t("pairing.as", { number: digitsOf(to) }) : t("test.to.hint")} error=${fieldError(task.problem, "to")} />
        <${Field} label=${t("test.text")} value=${text} onInput=${setText} required maxlength=${1000} error=${fieldError(task.problem, "text")} />
        ${task.problem && html`<${Notice} live fault=${task.problem}>
          <${ProblemAction} fault=${task.problem} instanceId=${instanceId} serverId=${instance.server_id} retry=${task.run} /><//>`}
        ${sent && html`<${Notice} live tone="good" fault=${{ title: t("test.sent", { server: serverName(sent) }), detail: proof(sent) }} />`}
        <div class="form-end">
          <${Button} onClick=${closeDialog}>${t(sent ? "dialog.done" : "dialog.cancel")}<//>
          <${Button} type="submit" kind="primary" icon="send" busy=${task.busy}>${t(task.busy ? "test.sending" : "test.send")}<//>
        </div>
      </form>
    <//>
  `;
}

/** @param {MessageSent} sent */
function serverName(sent) {
  return servers.value?.find(({ id }) => id === sent.server_id)?.name ?? "?";
}

/** @param {MessageSent} sent */
function proof({ verified, moved }) {
  if (moved) return t("test.moved");
  return verified ? t("test.verified") : "";
}
