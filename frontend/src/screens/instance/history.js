/** The number's history: changes of status, actions and webhooks in one story, newest first. */

import { html } from "htm/preact";
import { useMemo, useState } from "preact/hooks";
import { Button } from "../../components/button.js";
import { Icon } from "../../components/icon.js";
import { RelativeTime } from "../../components/relative-time.js";
import { timeline } from "../../core/timeline.js";
import { t } from "../../state/words.js";
import { entryWords } from "./entry-words.js";

/** @typedef {import("../../core/timeline.js").Entry} Entry */
/** @typedef {Exclude<Entry["kind"], "move"> | "all"} Shown a move is a change as one of status is */

const AT_FIRST = 12;
/** @type {Shown[]} */
const KINDS = ["all", "transition", "operation", "event"];
/** @type {Record<Entry["kind"], import("../../components/icon.js").IconName>} */
const ICONS = { transition: "phone", operation: "wand", event: "link", move: "server" };

/** @param {{ detail: import("../../types.js").InstanceDetail }} props */
export function History({ detail }) {
  const [kind, setKind] = useState(/** @type {Shown} */ ("all"));
  const [all, setAll] = useState(false);
  const entries = useMemo(() => timeline(detail), [detail.transitions, detail.operations, detail.events, detail.moves]);
  const found = entries.filter((entry) => kind === "all" || (entry.kind === "move" ? "transition" : entry.kind) === kind);
  const shown = all ? found : found.slice(0, AT_FIRST);
  return html`
    <section class="card" aria-labelledby="story-title">
      <div class="card-head">
        <h2 id="story-title">${t("story.title")}</h2>
        <div class="switches" role="group" aria-label=${t("story.show")}>
          ${KINDS.map((one) => html`<button key=${one} type="button" class="switch" aria-pressed=${one === kind ? "true" : "false"}
            onClick=${() => setKind(one)}>${t(`story.of.${one}`)}</button>`)}
        </div>
      </div>
      ${shown.length === 0 ? html`<p class="none">${t("story.none")}</p>` : html`<ol class="story">${shown.map(line)}</ol>`}
      ${shown.length < found.length && html`<div class="card-foot"><${Button} kind="quiet" onClick=${() => setAll(true)}>${t("story.more")}<//></div>`}
    </section>
  `;
}

/** @param {Entry} entry */
function line(entry) {
  const bad = entry.kind === "operation" && ["failed", "needs_operator"].includes(entry.operation.state);
  return html`
    <li key=${entry.key} class=${bad ? "story-line story-bad" : "story-line"} data-kind=${entry.kind}>
      <${Icon} name=${bad ? "alert" : ICONS[entry.kind]} />
      <span class="story-what">${entryWords(entry)}</span>
      <span class="story-when"><${RelativeTime} at=${entry.at} /></span>
    </li>
  `;
}
