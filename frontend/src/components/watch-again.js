/** The button of a number that is parked on purpose: before anything else can help it, it has to be wanted again. */

import { html } from "htm/preact";
import { nameOf } from "../core/matching.js";
import { editInstance } from "../state/instance-actions.js";
import { t } from "../state/words.js";
import { Button } from "./button.js";
import { say } from "./said.js";
import { useTask } from "./use-task.js";

/** @param {{ instance: import("../types.js").Instance, kind?: "plain" | "accent", label?: string }} props label: where there are many */
export function WatchAgain({ instance, kind = "plain", label }) {
  const name = nameOf(instance);
  const task = useTask(async () => {
    await editInstance(instance.id, { desired: "online" });
    say(t("said.unparked", { name }));
  });
  return html`
    <${Button} icon="play" kind=${kind} busy=${task.busy} label=${label} onClick=${task.run}>${t("parked.end")}<//>
    ${task.problem && html`<p class="field-error" role="alert">${task.problem.title}. ${task.problem.detail}</p>`}
  `;
}
