/** Dialog "Sync dari Server": the numbers a server already has, taken into a client as one chooses. */

import { html } from "htm/preact";
import { useEffect, useState } from "preact/hooks";
import { Badge } from "../../components/badge.js";
import { Button } from "../../components/button.js";
import { Dialog } from "../../components/dialog.js";
import { Choice } from "../../components/field.js";
import { ManyProgress } from "../../components/many-progress.js";
import { Notice } from "../../components/notice.js";
import { useTask } from "../../components/use-task.js";
import { listedOn, syncInstances } from "../../state/actions.js";
import { closeDialog, openDialog } from "../../state/dialogs.js";
import { clients, servers } from "../../state/fleet.js";
import { t } from "../../state/words.js";

/** @typedef {import("../../types.js").ListedInstance} ListedInstance */
/** @typedef {import("../../types.js").Operation} Operation */
/** @typedef {import("../../types.js").Synced} Synced */

/** @param {{ serverId?: string, clientId?: string | null }} props where to begin */
export function Sync({ serverId, clientId }) {
  const known = (servers.value ?? []).filter(({ enabled }) => enabled);
  const owners = clients.value ?? [];
  const [server, setServer] = useState(serverId ?? known[0]?.id ?? "");
  const [owner, setOwner] = useState(clientId ?? owners[0]?.id ?? "");
  const [listed, setListed] = useState(/** @type {ListedInstance[] | null} */ (null));
  const [chosen, setChosen] = useState(/** @type {ReadonlySet<string>} */ (new Set()));
  const [operation, setOperation] = useState(/** @type {Operation | null} */ (null));
  const [result, setResult] = useState(/** @type {Synced | null} */ (null));
  const looking = useTask(async () => {
    setListed(null);
    const seen = await listedOn(server);
    setListed(seen);
    setChosen(new Set(seen.filter(({ managed }) => !managed).map((row) => row.instance_name)));
  });
  const task = useTask(async () => {
    const answer = await syncInstances({ client_id: owner, server_id: server, instance_names: [...chosen] }, setOperation);
    if (answer) setResult(answer);
  });
  useEffect(() => void (server && looking.run()), [server]);
  if (operation) return html`<${Dialog} title=${t("sync.title")} onClose=${closeDialog}>
    <div class="form"><${ManyProgress} operation=${operation} label=${t("sync.busy")} /><${End} /></div><//>`;
  if (result) return html`<${Dialog} title=${t("sync.title")} onClose=${closeDialog}><${Result} result=${result} /><//>`;
  return html`
    <${Dialog} title=${t("sync.title")} onClose=${closeDialog} wide>
      <form class="form" onSubmit=${(/** @type {Event} */ event) => { event.preventDefault(); void task.run(); }}>
        <p>${t("sync.text")}</p>
        ${known.length === 0 && html`<p>${t("server.none.text")} <button type="button" class="link" onClick=${() => openDialog({ name: "add-server" })}>${t("server.add")}</button></p>`}
        ${known.length > 1 && html`<${Choice} label=${t("instance.server")} value=${server} onInput=${setServer} options=${known.map(({ id, name }) => [id, name])} />`}
        ${owners.length > 1 && html`<${Choice} label=${t("sync.into")} value=${owner} onInput=${setOwner} options=${owners.map(({ id, name }) => [id, name])} />`}
        ${looking.problem && html`<${Notice} live fault=${looking.problem}><${Button} onClick=${looking.run}>${t("action.retry")}<//><//>`}
        ${looking.busy && html`<p class="loading" role="status">${t("sync.looking")}</p>`}
        ${listed && html`<${Listed} listed=${listed} chosen=${chosen} onChosen=${setChosen} />`}
        <p class="hint">${t("sync.webhooks")}</p>
        ${task.problem && html`<${Notice} live fault=${task.problem} />`}
        <div class="form-end">
          <${Button} onClick=${closeDialog}>${t("dialog.cancel")}<//>
          <${Button} type="submit" kind="primary" busy=${task.busy} disabled=${chosen.size === 0}>${task.busy ? t("sync.busy") : t("sync.do", { n: chosen.size })}<//>
        </div>
      </form>
    <//>
  `;
}

/** @param {{ listed: ListedInstance[], chosen: ReadonlySet<string>, onChosen: (names: ReadonlySet<string>) => void }} props */
function Listed({ listed, chosen, onChosen }) {
  if (listed.length === 0) return html`<p>${t("listed.none")}</p>`;
  const free = listed.filter(({ managed }) => !managed);
  if (free.length === 0) return html`<p>${t("sync.all-managed", { n: listed.length })}</p>`;
  /** @param {string} name */
  const toggle = (name) => onChosen(new Set(chosen.has(name) ? [...chosen].filter((one) => one !== name) : [...chosen, name]));
  const all = chosen.size === free.length;
  return html`
    <fieldset class="picks">
      <legend>${t("sync.choose")}</legend>
      <label class="pick"><input type="checkbox" checked=${all} onChange=${() => onChosen(new Set(all ? [] : free.map((row) => row.instance_name)))} />
        <span>${t("sync.choose-all", { n: free.length })}</span></label>
      ${free.map((row) => html`<label class="pick" key=${row.instance_name}>
        <input type="checkbox" checked=${chosen.has(row.instance_name)} onChange=${() => toggle(row.instance_name)} />
        <span>${row.instance_name}</span> <span class="many-facts">${row.phone_number ?? ""}</span>
        <${Badge} tone=${row.state === "connected" ? "good" : "mute"}>${t(`listed.state.${row.state}`)}<//>
      </label>`)}
    </fieldset>
  `;
}

/** @param {{ result: Synced }} props */
function Result({ result }) {
  const bad = [...result.skipped, ...result.failed];
  return html`
    <div class="form">
      <${Notice} live tone=${bad.length ? "warn" : "good"} fault=${{ title: t("sync.result", { n: result.synced.length, existing: result.existing.length }), detail: "" }} />
      ${bad.length > 0 && html`<ul class="many-items">${bad.map((one) => html`<li key=${one.instance_name ?? one.server_id}>
        <span class="many-name">${one.instance_name ?? servers.value?.find(({ id }) => id === one.server_id)?.name}</span>
        <p class="many-why">${one.error?.title}. ${one.error?.detail}</p>
      </li>`)}</ul>`}
      <${End} />
    </div>
  `;
}

function End() {
  return html`<div class="form-end"><${Button} kind="primary" onClick=${closeDialog}>${t("dialog.done")}<//></div>`;
}
