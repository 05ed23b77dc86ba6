/** One alert: what, since when, whose turn it is, and the one button that leads on. */

import { html } from "htm/preact";
import { Badge } from "../../components/badge.js";
import { Button } from "../../components/button.js";
import { Notice, withCode } from "../../components/notice.js";
import { ProblemAction } from "../../components/problem-action.js";
import { RelativeTime } from "../../components/relative-time.js";
import { useTask } from "../../components/use-task.js";
import { acknowledgeAlert } from "../../state/alert-actions.js";
import { allowed } from "../../state/fleet.js";
import { t } from "../../state/words.js";

/** @typedef {import("../../types.js").Alert} Alert */

/** @param {{ alert: Alert, onChanged: () => unknown }} props */
export function AlertRow({ alert, onChanged }) {
  const taking = useTask(async () => {
    await acknowledgeAlert(alert.id);
    await onChanged();
  });
  const over = alert.state === "resolved";
  const tone = over ? "mute" : alert.severity === "critical" ? "bad" : "warn";
  return html`
    <li class="alert" data-rule=${alert.rule} data-state=${alert.state}>
      <div class="alert-head">
        <${Badge} tone=${tone}>${t(over ? "alerts.over" : `alerts.severity.${alert.severity}`)}<//>
        <h2>${alert.title}</h2>
        ${alert.side && html`<span class="side">${t(`side.${alert.side}`)}</span>`}
      </div>
      <p>${withCode(alert.detail)}</p>
      <p class="alert-times">
        ${t("alerts.since")} <${RelativeTime} at=${alert.opened_at} />
        ${alert.resolved_at && html` · ${t("alerts.resolved")} <${RelativeTime} at=${alert.resolved_at} />`}
        ${alert.acknowledged_at && html` · ${t("alerts.taken", { name: alert.acknowledged_by ?? "?" })} <${RelativeTime} at=${alert.acknowledged_at} />`}
        ${!over && (alert.told_at ? html` · ${t("alerts.told")} <${RelativeTime} at=${alert.told_at} />` : html` · ${t("alerts.untold")}`)}
      </p>
      ${taking.problem && html`<${Notice} live fault=${taking.problem} />`}
      ${!over && html`<div class="buttons">
        ${alert.action && html`<${ProblemAction} fault=${{ ...alert, code: alert.rule, action: alert.action, side: alert.side ?? "us" }} instanceId=${alert.instance_id} serverId=${alert.server_id} />`}
        ${alert.state === "open" && allowed("operator") && html`<${Button} busy=${taking.busy} label=${`${t("alerts.take")}: ${alert.title}`} onClick=${taking.run}>${t("alerts.take")}<//>`}
        ${alert.instance_id && html`<a class="button button-quiet" href=${`#/nomor/${alert.instance_id}`}>${t("alerts.number")}</a>`}
      </div>`}
    </li>
  `;
}
