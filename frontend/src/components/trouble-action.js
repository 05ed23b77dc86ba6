/** The one button of something that needs a person. */

import { html } from "htm/preact";
import { ProblemAction } from "./problem-action.js";

/** @param {{ trouble: import("../core/troubles.js").Trouble }} props */
export function TroubleAction({ trouble: { kind, id, serverId, fault } }) {
  return html`<${ProblemAction} kind="small" fault=${fault} instanceId=${kind === "instance" ? id : null} serverId=${serverId} />`;
}
