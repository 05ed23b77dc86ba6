/** The button "Cek Sekarang": looks at every server, shows that it does, and tells when it has. */

import { html } from "htm/preact";
import { allowed } from "../state/fleet.js";
import { checkNow } from "../state/health.js";
import { t } from "../state/words.js";
import { Button } from "./button.js";
import { say } from "./said.js";
import { useTask } from "./use-task.js";

export function CheckNow() {
  const check = useTask(async () => {
    await checkNow();
    say(t("said.checked"));
  });
  if (!allowed("operator")) return null;
  return html`
    ${check.problem && html`<p class="field-error" role="alert">${check.problem.title}. ${check.problem.detail}</p>`}
    <${Button} icon="refresh" busy=${check.busy} onClick=${check.run}>${t(check.busy ? "health.checking" : "action.check_server")}<//>
  `;
}
