/** Dialog "Tambah server": address and key, checked before they are kept; then what the server still needs. */

import { html } from "htm/preact";
import { useState } from "preact/hooks";
import { Button } from "../../components/button.js";
import { Dialog } from "../../components/dialog.js";
import { Choice, Field, fieldError } from "../../components/field.js";
import { Notice } from "../../components/notice.js";
import { useTask } from "../../components/use-task.js";
import { addServer } from "../../state/actions.js";
import { closeDialog } from "../../state/dialogs.js";
import { t } from "../../state/words.js";
import { ServerSetup } from "./server-setup.js";

/** @typedef {import("../../types.js").Server} Server */

const EMPTY = { name: "", kind: "evolution", base_url: "", api_key: "", webhook_secret: "", announced_url: "", capacity: "" };

export function AddServer() {
  const [added, setAdded] = useState(/** @type {Server | null} */ (null));
  return html`
    <${Dialog} title=${t("server.add")} onClose=${closeDialog}>
      ${added ? html`<${Added} server=${added} />` : html`<${AddForm} onAdded=${setAdded} />`}
    <//>
  `;
}

/** @param {{ onAdded: (server: Server) => void }} props */
function AddForm({ onAdded }) {
  const [form, setForm] = useState(EMPTY);
  const task = useTask(async () => onAdded(await addServer(wanted(form))));
  /** @param {keyof typeof EMPTY} name */
  const bind = (name) => ({
    value: form[name],
    error: fieldError(task.problem, name),
    onInput: (/** @type {string} */ value) => setForm((before) => ({ ...before, [name]: value })),
  });
  return html`
    <form class="form" autocomplete="off" onSubmit=${(/** @type {Event} */ event) => { event.preventDefault(); void task.run(); }}>
      ${task.problem && html`<${Notice} live fault=${task.problem} />`}
      <${Field} label=${t("server.name")} hint=${t("server.name.hint")} required autofocus maxlength=${100} ...${bind("name")} />
      <${Choice} label=${t("server.kind")} ...${bind("kind")} options=${["evolution", "webjs"].map((kind) => [kind, t(`server.kind.${kind}`)])} />
      <${Field} label=${t("server.url")} hint=${t("server.url.hint")} type="url" inputmode="url" required ...${bind("base_url")} />
      <${Field} label=${t("server.key")} hint=${t(`server.key.hint.${form.kind}`)} type="password" autocomplete="new-password" required ...${bind("api_key")} />
      ${form.kind === "webjs" && html`<${Field} label=${t("server.secret")} hint=${t("server.secret.hint")} type="password" autocomplete="new-password" ...${bind("webhook_secret")} />`}
      <details>
        <summary>${t("server.more")}</summary>
        <div class="form">
          <${Field} label=${t("server.announced")} hint=${t("server.announced.hint")} type="url" inputmode="url" ...${bind("announced_url")} />
          <${Field} label=${t("server.capacity")} hint=${t("server.capacity.hint")} inputmode="numeric" pattern="[0-9]+" ...${bind("capacity")} />
        </div>
      </details>
      <div class="form-end">
        <${Button} onClick=${closeDialog}>${t("dialog.cancel")}<//>
        <${Button} type="submit" kind="primary" busy=${task.busy}>${t(task.busy ? "server.checking" : "server.check-add")}<//>
      </div>
    </form>
  `;
}

/** @param {{ server: Server }} props */
function Added({ server }) {
  const facts = [server.version && `${t(`server.kind.${server.kind}`)} ${server.version}`, server.latency_ms !== null && `${Math.round(server.latency_ms)} ms`];
  return html`
    <div class="form">
      ${server.last_error
        ? html`<${Notice} live fault=${server.last_error} />`
        : html`<${Notice} live tone="good" fault=${{ title: t("server.added", { name: server.name }), detail: facts.filter(Boolean).join(" · ") }} />`}
      <${ServerSetup} server=${server} open />
      <div class="form-end"><${Button} kind="primary" onClick=${closeDialog}>${t("dialog.done")}<//></div>
    </div>
  `;
}

/**
 * Empty means not said.
 * @param {typeof EMPTY} form
 */
function wanted({ capacity, ...form }) {
  const said = Object.fromEntries(Object.entries(form).map(([name, value]) => [name, value.trim()]).filter(([, value]) => value !== ""));
  return capacity.trim() === "" ? said : { ...said, capacity: Number(capacity) };
}
