/** A question before something that cannot be undone: the impact in words, the way out first. */

import { html } from "htm/preact";
import { Button } from "../components/button.js";
import { Dialog } from "../components/dialog.js";
import { Notice } from "../components/notice.js";
import { useTask } from "../components/use-task.js";
import { closeDialog } from "../state/dialogs.js";
import { t } from "../state/words.js";

/**
 * @param {{ title: string, impact: string, words: string, busyWords: string, action: () => Promise<void>, beside?: (problem: import("../types.js").Problem) => any, children?: any }} props
 * beside: what helps when the action fails
 */
export function Confirm({ title, impact, words, busyWords, action, beside, children }) {
  const task = useTask(action);
  return html`
    <${Dialog} title=${title} onClose=${closeDialog}>
      <div class="form">
        ${children}
        <p class="impact tone-bad">${impact}</p>
        ${task.problem && html`<${Notice} live fault=${task.problem}>${beside?.(task.problem)}<//>`}
        <div class="form-end form-end-apart">
          <${Button} onClick=${closeDialog}>${t("dialog.cancel")}<//>
          <${Button} kind="danger" busy=${task.busy} onClick=${task.run}>${task.busy ? busyWords : words}<//>
        </div>
      </div>
    <//>
  `;
}
