/** One thing that needs a person: what, why, whose side it is on, and its one button. */

import { html } from "htm/preact";
import { nameOf } from "../core/matching.js";
import { instances } from "../state/fleet.js";
import { linkTo } from "../state/route.js";
import { t } from "../state/words.js";
import { Icon } from "./icon.js";
import { withCode } from "./notice.js";
import { ProblemAction } from "./problem-action.js";

/** @typedef {import("../core/troubles.js").Trouble} Trouble */

/** @param {{ trouble: Trouble }} props */
export function TroubleRow({ trouble }) {
  const { kind, id, name, fault, numbers } = trouble;
  const instance = kind === "instance" ? instances.value?.find((one) => one.id === id) : undefined;
  const about = [fault.detail, kind === "server" && numbers > 0 ? t("todo.hides", { n: numbers }) : "", t(`side.${fault.side}`)];
  return html`
    <li class="trouble" data-trouble=${name}>
      <${Icon} name=${kind === "server" ? "server" : "phone"} />
      <div class="trouble-text">
        <p><a class="link" href=${kind === "server" ? linkTo("server", { server: id }) : linkTo(`nomor/${id}`)}>${instance ? nameOf(instance) : name}</a> <strong>${fault.title}</strong></p>
        <p class="hint">${withCode(about.filter(Boolean).join(" · "))}</p>
      </div>
      <div class="trouble-action"><${TroubleAction} trouble=${trouble} /></div>
    </li>
  `;
}

/** @param {{ trouble: Trouble }} props */
export function TroubleAction({ trouble: { kind, id, serverId, fault } }) {
  return html`<${ProblemAction} kind="small" fault=${fault} instanceId=${kind === "instance" ? id : null} serverId=${serverId} />`;
}
