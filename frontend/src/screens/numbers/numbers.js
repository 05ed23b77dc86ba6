/** Screen "Nomor": every number of a client, its state, and what to press. */

import { signal } from "@preact/signals";
import { html } from "htm/preact";
import { Button } from "../../components/button.js";
import { Choice, Field } from "../../components/field.js";
import { GrowingList } from "../../components/growing-list.js";
import { EmptyState } from "../../components/empty-state.js";
import { matching } from "../../core/matching.js";
import { openDialog } from "../../state/dialogs.js";
import { allowed, aged, clients, instances, servers } from "../../state/fleet.js";
import { chooseClient, clientId } from "../../state/route.js";
import { t } from "../../state/words.js";
import { FirstRun } from "./first-run.js";
import { NumberRow } from "./number-row.js";

/** A search is worth its place from here on. */
const MANY = 8;

const query = signal("");

export function Numbers() {
  const all = instances.value;
  if (all === null) return html`<h1>${t("nav.numbers")}</h1><p class="loading" role="status">${t("page.loading")}</p>`;
  const shown = matching(all, { clientId: clientId.value, query: query.value });
  return html`
    <div class="screen-head">
      <h1>${t("nav.numbers")} <span class="count">${shown.length}</span></h1>
      <div class="buttons">
        ${allowed("admin") && html`<${Button} icon="plus" kind="quiet" onClick=${() => openDialog({ name: "create-client" })}>${t("client.create")}<//>`}
        ${allowed("admin") && all.length + (servers.value ?? []).length > 0
          && html`<${Button} icon="plus" kind="primary" onClick=${() => openDialog({ name: "create-instance" })}>${t("instance.create")}<//>`}
      </div>
    </div>
    <${Filters} many=${all.length >= MANY} />
    ${all.length === 0 ? html`<${FirstRun} />` : rows(shown)}
  `;
}

/** @param {import("../../types.js").Instance[]} shown */
function rows(shown) {
  if (shown.length === 0) return html`<${EmptyState} title=${t("numbers.none")} text=${t("numbers.none.text")} />`;
  return html`
    <div class=${aged.value ? "rows rows-aged" : "rows"}>
      <div class="rows-head" aria-hidden="true">
        <span>${t("instance.status")}</span><span>${t("listed.number")}</span><span>${t("instance.server")}</span>
        <span>${t("instance.webhook")}</span><span>${t("instance.last-event")}</span>
      </div>
      <${GrowingList} key=${clientId.value} name="rows-list" items=${shown} row=${row} />
    </div>
  `;
}

/** @param {import("../../types.js").Instance} instance */
function row(instance) {
  return html`<${NumberRow} key=${instance.id} instance=${instance} />`;
}

/** @param {{ many: boolean }} props */
function Filters({ many }) {
  const known = clients.value ?? [];
  if (known.length < 2 && !many) return null;
  /** @type {[string, string][]} */
  const options = [["", t("client.all")], ...known.map((client) => /** @type {[string, string]} */ ([client.id, client.name]))];
  return html`
    <div class="filters">
      ${known.length > 1 && html`<${Choice} label=${t("client.label")} value=${clientId.value ?? ""} options=${options}
        onInput=${(/** @type {string} */ id) => chooseClient(id || null)} />`}
      ${many && html`<${Field} label=${t("numbers.search")} type="search" value=${query.value}
        onInput=${(/** @type {string} */ text) => (query.value = text)} />`}
    </div>
  `;
}
