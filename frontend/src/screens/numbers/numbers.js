/** Screen "Nomor": every number of a client, its state, and what to press. */

import { computed } from "@preact/signals";
import { html } from "htm/preact";
import { useEffect } from "preact/hooks";
import { Button } from "../../components/button.js";
import { ChunkedList } from "../../components/chunked-list.js";
import { EmptyState } from "../../components/empty-state.js";
import { inOrder, matching } from "../../core/matching.js";
import { instances, servers } from "../../state/fleet.js";
import { cameFrom, clientId, place, setQuery } from "../../state/route.js";
import { useStrips } from "../../state/strips.js";
import { t } from "../../state/words.js";
import { FirstRun } from "./first-run.js";
import { NumberButtons } from "./number-buttons.js";
import { NumberFilters } from "./number-filters.js";
import { NumberRow } from "./number-row.js";

const ordered = computed(() => inOrder(instances.value ?? []));
const shown = computed(() => {
  const { q, status, server } = place.value.query;
  return matching(ordered.value, { clientId: clientId.value, query: q, status, serverId: server });
});

export function Numbers() {
  useEffect(useStrips, []);
  const all = instances.value;
  if (all === null) return html`<h1>${t("nav.numbers")}</h1><p class="loading" role="status">${t("page.loading")}</p>`;
  return html`
    <div class="screen-head">
      <h1>${t("nav.numbers")} <span class="count">${count(shown.value.length, all.length)}</span></h1>
      ${(all.length > 0 || Boolean(servers.value?.length)) && html`<${NumberButtons} empty=${all.length === 0} />`}
    </div>
    ${all.length === 0 ? html`<${FirstRun} />` : html`<${NumberFilters} /><${Rows} />`}
  `;
}

/**
 * @param {number} some
 * @param {number} all
 */
function count(some, all) {
  return some === all ? all : t("numbers.some", { n: some, all });
}

function Rows() {
  if (shown.value.length === 0) {
    return html`<${EmptyState} title=${t("numbers.none")} text=${t("numbers.none.text")}>
      <${Button} onClick=${() => setQuery({ client: null, q: null, status: null, server: null })}>${t("numbers.all")}<//>
    <//>`;
  }
  return html`
    <div class="rows">
      <div class="rows-head" aria-hidden="true">
        <span>${t("instance.status")}</span><span>${t("listed.number")}</span><span>${t("instance.server")}</span>
        <span>${t("instance.webhook")}</span><span>${t("instance.last-event")}</span><span>${t("uptime.24h")}</span>
      </div>
      <${ChunkedList} name="rows-list" label=${t("nav.numbers")} items=${shown.value} row=${row} wanted=${left} which=${Object.values(place.value.query).join(" ")} />
    </div>
  `;
}

/** @param {import("../../types.js").Instance} instance the one whose screen one comes back from */
function left({ id }) {
  return id === cameFrom();
}

/** @param {import("../../types.js").Instance} instance */
function row(instance) {
  return html`<${NumberRow} key=${instance.id} instance=${instance} />`;
}
