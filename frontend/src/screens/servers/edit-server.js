/** Dialog "Ubah server": everything of it but its secrets, which can be replaced and are never shown. */

import { html } from "htm/preact";
import { useState } from "preact/hooks";
import { Button } from "../../components/button.js";
import { Dialog } from "../../components/dialog.js";
import { Check, Field, fieldError } from "../../components/field.js";
import { Notice } from "../../components/notice.js";
import { say } from "../../components/said.js";
import { useTask } from "../../components/use-task.js";
import { editServer } from "../../state/actions.js";
import { closeDialog } from "../../state/dialogs.js";
import { servers } from "../../state/fleet.js";
import { t } from "../../state/words.js";
import { useClosedWithout } from "../../components/use-closed-without.js";

/** @typedef {import("../../types.js").Server} Server */

/** @param {{ serverId: string }} props */
export function EditServer({ serverId }) {
  const server = useClosedWithout(servers.value?.find(({ id }) => id === serverId));
  if (!server) return null;
  return html`<${Dialog} title=${t("server.edit.title", { name: server.name })} onClose=${closeDialog}><${EditForm} key=${server.id} server=${server} /><//>`;
}

/** @param {{ server: Server }} props */
function EditForm({ server }) {
  const [form, setForm] = useState(() => ({
    name: server.name, base_url: server.base_url, announced_url: server.announced_url ?? "",
    capacity: server.capacity === null ? "" : String(server.capacity), api_key: "", webhook_secret: "",
  }));
  const [enabled, setEnabled] = useState(server.enabled);
  const [retire, setRetire] = useState(false);
  const task = useTask(async () => {
    const seen = await editServer(server.id, changes(server, form, enabled, retire));
    closeDialog();
    say(t(seen.enabled ? (seen.reachable ? "said.server-answers" : "said.server-saved") : "said.server-off", { name: seen.name }));
  });
  /** @param {keyof typeof form} name */
  const bind = (name) => ({
    value: form[name],
    error: fieldError(task.problem, name),
    onInput: (/** @type {string} */ value) => setForm((before) => ({ ...before, [name]: value })),
  });
  return html`
    <form class="form" autocomplete="off" onSubmit=${(/** @type {Event} */ event) => { event.preventDefault(); void task.run(); }}>
      ${task.problem && html`<${Notice} live fault=${task.problem} />`}
      <${Field} label=${t("server.name")} required maxlength=${100} ...${bind("name")} />
      <${Field} label=${t("server.url")} hint=${t("server.url.moved")} type="url" inputmode="url" required ...${bind("base_url")} />
      <${Field} label=${t("server.key.new")} hint=${t("server.kept")} type="password" autocomplete="new-password" ...${bind("api_key")} />
      ${server.kind === "webjs" && html`
        <${Field} label=${t("server.secret.new")} hint=${t("server.secret.rotates")} type="password" autocomplete="new-password" ...${bind("webhook_secret")} />
        <${Check} label=${t("server.secret.retire")} checked=${retire} onChange=${setRetire} />`}
      <details>
        <summary>${t("server.more")}</summary>
        <div class="form">
          <${Field} label=${t("server.announced")} hint=${t("server.announced.hint")} type="url" inputmode="url" ...${bind("announced_url")} />
          <${Field} label=${t("server.capacity")} hint=${t("server.capacity.hint")} inputmode="numeric" pattern="[0-9]+" ...${bind("capacity")} />
        </div>
      </details>
      <${Check} label=${t("server.enabled")} hint=${t("server.enabled.hint")} checked=${enabled} onChange=${setEnabled} />
      <div class="form-end">
        <${Button} onClick=${closeDialog}>${t("dialog.cancel")}<//>
        <${Button} type="submit" kind="primary" busy=${task.busy}>${t(task.busy ? "server.checking" : "server.save")}<//>
      </div>
    </form>
  `;
}

/**
 * Only what is different goes to the API, so that an untouched field overwrites nobody's change.
 * @param {Server} server
 * @param {{ name: string, base_url: string, announced_url: string, capacity: string, api_key: string, webhook_secret: string }} form
 * @param {boolean} enabled
 * @param {boolean} retire
 */
function changes(server, form, enabled, retire) {
  /** @type {Record<string, unknown>} */
  const changed = {};
  for (const name of /** @type {const} */ (["name", "base_url", "announced_url"])) {
    if (form[name].trim() !== (server[name] ?? "")) changed[name] = form[name].trim();
  }
  for (const name of /** @type {const} */ (["api_key", "webhook_secret"])) if (form[name]) changed[name] = form[name];
  const capacity = form.capacity.trim() === "" ? null : Number(form.capacity);
  if (capacity !== server.capacity) changed["capacity"] = capacity;
  if (enabled !== server.enabled) changed["enabled"] = enabled;
  if (retire) changed["retire_previous_secret"] = true;
  return changed;
}
