/** The servers at a glance: does it answer, how fast over the last hour, which version, how many numbers. */

import { html } from "htm/preact";
import { Badge } from "../../components/badge.js";
import { Sparkline } from "../../components/sparkline.js";
import { span } from "../../core/chart.js";
import { servers } from "../../state/fleet.js";
import { linkTo } from "../../state/route.js";
import { t } from "../../state/words.js";

/** @typedef {import("../../types.js").ServerHealth} ServerHealth */

/** @param {{ health: import("../../types.js").HealthCheck }} props */
export function ServerTable({ health }) {
  return html`
    <section class="panel" aria-labelledby="servers">
      <div class="panel-head"><h2 id="servers">${t("nav.servers")} <span class="count">${health.servers.length}</span></h2></div>
      ${health.servers.length === 0
        ? html`<p class="panel-empty">${t("server.none.text")}</p>`
        : html`<ul class="server-lines">${health.servers.map((server) => html`<${Line} key=${server.server_id} server=${server} />`)}</ul>`}
    </section>
  `;
}

/** @param {{ server: ServerHealth }} props */
function Line({ server }) {
  const known = servers.value?.find(({ id }) => id === server.server_id);
  return html`
    <li class="server-line" data-server-line=${server.name}>
      <div class="server-name">
        <a class="link" href=${linkTo("nomor", { server: server.server_id })}>${server.name}</a>
        <p class="hint">${[server.version && `v${server.version}`, known && t("server.holds", { n: known.instance_count })].filter(Boolean).join(" · ")}</p>
      </div>
      <${Reach} server=${server} warned=${(known?.warnings.length ?? 0) > 0} />
      <${Latency} server=${server} />
    </li>
  `;
}

/** @param {{ server: ServerHealth, warned: boolean }} props warned: its card says what else is to be put right */
function Reach({ server, warned }) {
  const { enabled, evolution_reachable: reachable, code } = server;
  if (!enabled) return html`<${Badge} tone="mute">${t("server.disabled")}<//>`;
  if (reachable === null) return html`<${Badge} tone="mute">${t("server.unknown")}<//>`;
  if (!reachable) return html`<${Badge} tone="bad">${t("server.unreachable")}<//>`;
  if (code || warned) return html`<a class="badge-link" href=${linkTo("server", { server: server.server_id })}><${Badge} tone="warn">${t("answer.tone.warn")}<//></a>`;
  return html`<${Badge} tone="good">${t("server.reachable")}<//>`;
}

/** @param {{ server: ServerHealth }} props */
function Latency({ server }) {
  const seen = span(server.latencies_ms);
  if (seen === null) return html`<span class="server-latency none">–</span>`;
  const words = t("latency.words", { least: seen.least, most: seen.most, last: seen.last, missing: seen.missing });
  return html`<span class="server-latency"><${Sparkline} values=${server.latencies_ms} label=${words} /><span>${server.latency_ms === null ? "–" : `${Math.round(server.latency_ms)} ms`}</span></span>`;
}
