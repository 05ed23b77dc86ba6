/** An operation on many instances: how far it is, and what became of each. */

import { html } from "htm/preact";
import { t } from "../state/words.js";
import { Badge } from "./badge.js";
import { GrowingList } from "./growing-list.js";

/** @typedef {import("../types.js").Operation} Operation */
/** @typedef {import("../types.js").Child} Child */

/** @type {Record<string, import("../types.js").Tone>} */
const TONES = { waiting: "mute", running: "wait", succeeded: "good", failed: "bad", unknown: "warn", cancelled: "mute" };
/** What needs a person's eye comes first. */
const ORDER = ["failed", "unknown", "running", "waiting", "cancelled", "succeeded"];

/** @param {{ operation: Operation, label: string }} props label: what is being done, for screen readers */
export function ManyProgress({ operation, label }) {
  const { done, total } = operation;
  const children = [...operation.children].sort((a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state));
  return html`
    <div class="many">
      <p role="status">${t("many.done", { done, total })}${operation.failed.length > 0 && ` ${t("many.failed", { n: operation.failed.length })}`}</p>
      <progress max=${Math.max(total, 1)} value=${total === 0 ? 1 : done} aria-label=${label}></progress>
      <div class="many-list" tabindex="0" role="region" aria-label=${t("many.each")}>
        <${GrowingList} name="many-items" items=${children} row=${row} />
      </div>
    </div>
  `;
}

/** @param {Child} child */
function row(child) {
  return html`
    <li key=${child.instance_id ?? child.instance_name} data-state=${child.state}>
      <span class="many-name">${child.instance_name}</span>
      <${Badge} tone=${TONES[child.state] ?? "mute"}>${t(`many.state.${child.state}`)}<//>
      ${child.error && html`<p class="many-why">${child.error.title}. ${child.error.detail}</p>`}
    </li>
  `;
}
