/** What cannot be undone, in a place of its own: each button only opens the question. */

import { html } from "htm/preact";
import { Button } from "../../components/button.js";
import { openDialog } from "../../state/dialogs.js";
import { allowed } from "../../state/fleet.js";
import { t } from "../../state/words.js";

/** @param {{ instance: import("../../types.js").Instance }} props */
export function DangerCard({ instance }) {
  const instanceId = instance.id;
  if (!allowed("operator")) return null;
  return html`
    <section class="card danger" aria-labelledby="danger-title">
      <div class="card-head"><h2 id="danger-title">${t("danger.title")}</h2><p class="hint">${t("danger.text")}</p></div>
      <div class="buttons">
        <${Button} kind="danger-line" icon="exit" onClick=${() => openDialog({ name: "logout", instanceId })}>${t("act.logout")}<//>
        ${allowed("admin") && html`
          <${Button} kind="danger-line" icon="refresh" onClick=${() => openDialog({ name: "recreate", instanceId })}>${t("act.recreate")}<//>
          <${Button} kind="danger-line" icon="link" onClick=${() => openDialog({ name: "release", instanceId })}>${t("act.release")}<//>
          <${Button} kind="danger-line" icon="trash" onClick=${() => openDialog({ name: "delete-instance", instanceId })}>${t("instance.delete")}<//>`}
      </div>
    </section>
  `;
}
