/** Screen "Log": what was done to which number, by whom, and how it ended. */

import { html } from "htm/preact";
import { useEffect, useMemo, useState } from "preact/hooks";
import { Badge } from "../../components/badge.js";
import { Button } from "../../components/button.js";
import { EmptyState } from "../../components/empty-state.js";
import { Check, Choice } from "../../components/field.js";
import { GrowingList } from "../../components/growing-list.js";
import { Notice } from "../../components/notice.js";
import { RelativeTime } from "../../components/relative-time.js";
import { useTask } from "../../components/use-task.js";
import { ALL, joined, logQuery } from "../../core/log-query.js";
import { nameOf } from "../../core/matching.js";
import { download, read } from "../../state/api.js";
import { moment } from "../../state/clock.js";
import { allowed, instances } from "../../state/fleet.js";
import { useResource } from "../../state/resource.js";
import { place, setQuery } from "../../state/route.js";
import { describe, known, t } from "../../state/words.js";

/** @typedef {import("../../types.js").LogLine} LogLine */
/** @typedef {import("../../core/log-query.js").LogFilter} LogFilter */

const PAGE = 100;
const ACTIONS = ["create", "connect", "restart", "logout", "set-webhook", "send", "delete", "recreate", "release", "sync", "desired"];
/** @type {Record<string, import("../../types.js").Tone>} */
const TONES = { ok: "good", failed: "bad", unknown: "warn" };

export function Log() {
  const filter = /** @type {LogFilter} */ ({ ...ALL, ...place.value.query });
  // The span's start stands still until another is chosen: the same question can be answered by "unchanged".
  const query = useMemo(() => logQuery(filter, moment()), [filter.number, filter.action, filter.result, filter.hours]);
  return html`
    <div class="screen-head"><h1>${t("nav.log")}</h1>${allowed("operator") && html`<${Export} query=${query} />`}</div>
    <${Filters} filter=${filter} />
    <${Lines} key=${query} query=${query} follow=${filter.follow !== "off"} />
  `;
}

/** @param {{ query: string, follow: boolean }} props */
function Lines({ query, follow }) {
  const newest = useResource(`/api/ops-logs?limit=${PAGE}&${query}`);
  const [lines, setLines] = useState(/** @type {LogLine[] | null} */ (null));
  const [cursor, setCursor] = useState(/** @type {string | null} */ (null));
  const seen = newest.value.value;
  useEffect(() => {
    if (seen === null || (lines !== null && !follow)) return;
    if (lines === null) setCursor(seen.next_cursor);
    setLines(joined(seen.items, lines ?? []));
  }, [seen, follow]);
  const older = useTask(async () => {
    const page = await read(`/api/ops-logs?limit=${PAGE}&cursor=${cursor}&${query}`);
    setLines((shown) => joined(shown ?? [], page.items));
    setCursor(page.next_cursor);
  });
  const problem = newest.problem.value;
  if (lines === null) return problem ? html`<${Notice} fault=${problem} />` : html`<p class="loading" role="status">${t("page.loading")}</p>`;
  if (lines.length === 0) return html`<${EmptyState} title=${t("log.none")} text=${t("log.none.text")} />`;
  return html`
    <${GrowingList} name="log-lines" items=${lines} row=${line} />
    ${cursor !== null && html`<div class="more"><${Button} busy=${older.busy} onClick=${older.run}>${t("log.older")}<//></div>`}
    ${older.problem && html`<${Notice} live fault=${older.problem} />`}
  `;
}

/** @param {{ filter: LogFilter }} props */
function Filters({ filter }) {
  const numbers = [...(instances.value ?? [])].sort((a, b) => nameOf(a).localeCompare(nameOf(b)));
  /** @param {keyof LogFilter} name */
  const bind = (name) => ({ value: filter[name], onInput: (/** @type {string} */ value) => setQuery({ [name]: value === ALL[name] ? null : value }) });
  return html`
    <div class="filters">
      <${Choice} label=${t("log.instance")} ...${bind("number")} options=${[["", t("log.all")], ...numbers.map((one) => [one.id, nameOf(one)])]} />
      <${Choice} label=${t("log.action")} ...${bind("action")} options=${[["", t("log.all")], ...ACTIONS.map((one) => [one, actionWords(one)])]} />
      <${Choice} label=${t("log.status")} ...${bind("result")} options=${[["", t("log.all")], ...["ok", "failed", "unknown"].map((one) => [one, t(`log.status.${one}`)])]} />
      <${Choice} label=${t("log.span")} ...${bind("hours")} options=${["1", "24", "168", "all"].map((one) => [one, t(`log.span.${one}`)])} />
      <${Check} label=${t("log.follow")} checked=${filter.follow !== "off"} onChange=${(/** @type {boolean} */ on) => setQuery({ follow: on ? null : "off" })} />
    </div>
  `;
}

/** @param {{ query: string }} props */
function Export({ query }) {
  const task = useTask((/** @type {string} */ format) => download(`/api/ops-logs/export?format=${format}&${query}`));
  return html`
    <div class="buttons" role="group" aria-label=${t("log.export")}>
      ${["csv", "json", "txt"].map((format) => html`<${Button} key=${format} busy=${task.busy} label=${`${t("log.export")} ${format.toUpperCase()}`}
        onClick=${() => void task.run(format)}>${format.toUpperCase()}<//>`)}
    </div>
    ${task.problem && html`<${Notice} live fault=${task.problem} />`}
  `;
}

/** @param {LogLine} one */
function line(one) {
  const why = one.error_code ? describe(one.error_code).title : null;
  const label = instances.value?.find(({ id }) => id === one.instance_id);
  const name = label ? nameOf(label) : one.instance_name;
  return html`
    <li key=${one.id} class="log-line" data-action=${one.action} data-status=${one.status}>
      <span class="log-when"><${RelativeTime} at=${one.created_at} /></span>
      <${Badge} tone=${TONES[one.status] ?? "mute"}>${t(`log.status.${one.status}`)}<//>
      <span class="log-what"><strong>${actionWords(one.action)}</strong> ${one.instance_id && label ? html`<a href=${`#/nomor/${one.instance_id}`}>${name}</a>` : name}</span>
      <span class="log-who">${[one.actor, one.latency_ms === null ? null : `${one.latency_ms} ms`].filter(Boolean).join(" · ")}</span>
      <details class="log-more"><summary>${t("log.details")}</summary>
        <dl>${facts(one).map(([term, value]) => html`<dt>${term}</dt><dd><code>${value}</code></dd>`)}</dl>
      </details>
      ${why && html`<p class="log-why">${why}</p>`}
    </li>
  `;
}

/**
 * @param {LogLine} one
 * @returns {[string, string][]}
 */
function facts(one) {
  const told = Object.entries(one.detail).filter(([, value]) => value !== null);
  return [
    [t("log.reference"), one.correlation_id],
    ...(one.error_code ? [/** @type {[string, string]} */ ([t("log.code"), one.error_code])] : []),
    ...told.map(([name, value]) => /** @type {[string, string]} */ ([name, typeof value === "string" ? value : JSON.stringify(value)])),
  ];
}

/** @param {string} action */
function actionWords(action) {
  const key = `log.action.${action.replaceAll("-", "_")}`;
  return known(key) ? t(key) : action;
}
