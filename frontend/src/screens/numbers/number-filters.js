/** Which numbers are shown; what is chosen stands in the address, so that it survives a reload and can be sent to others. */

import { html } from "htm/preact";
import { ClientPicker } from "../../components/client-picker.js";
import { Choice, Field } from "../../components/field.js";
import { statusCounts } from "../../core/counts.js";
import { instances, servers } from "../../state/fleet.js";
import { place, setQuery } from "../../state/route.js";
import { t } from "../../state/words.js";

/** Searching and filtering are worth their place from here on. */
const MANY = 8;

/** @typedef {[value: string, text: string]} Option */

export function NumberFilters() {
  const all = instances.value ?? [];
  const { q = "", status = "", server = "" } = place.value.query;
  const filtered = Boolean(q || status || server);
  return html`
    <search class="filters">
      <${ClientPicker} />
      ${(all.length >= MANY || filtered) && html`
        <${Field} label=${t("numbers.search")} type="search" value=${q} onInput=${(/** @type {string} */ text) => setQuery({ q: text })} />
        <${Choice} label=${t("instance.status")} value=${status} options=${statuses(status)} onInput=${(/** @type {string} */ chosen) => setQuery({ status: chosen })} />
        ${(servers.value ?? []).length > 1 && html`
          <${Choice} label=${t("instance.server")} value=${server} options=${hosts()} onInput=${(/** @type {string} */ chosen) => setQuery({ server: chosen })} />`}`}
    </search>
  `;
}

/**
 * @param {string} chosen stays a choice when nobody is in that state any more
 * @returns {Option[]}
 */
function statuses(chosen) {
  const counted = statusCounts(instances.value ?? []);
  const gone = chosen && !counted.some(({ label }) => label === chosen) ? [{ label: chosen, n: 0 }] : [];
  return [["", t("numbers.any-status")], ...[...counted, ...gone].map(({ label, n }) => /** @type {Option} */ ([label, `${t(`count.${label}`)} (${n})`]))];
}

/** @returns {Option[]} */
function hosts() {
  return [["", t("numbers.any-server")], ...(servers.value ?? []).map(({ id, name }) => /** @type {Option} */ ([id, name]))];
}
