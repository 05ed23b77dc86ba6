/** What a resource has seen: while there is nothing yet it says so; what is old says why, and is shown all the same. */

import { html } from "htm/preact";
import { lost } from "../state/fleet.js";
import { t } from "../state/words.js";
import { Button } from "./button.js";
import { Notice } from "./notice.js";
import { RelativeTime } from "./relative-time.js";

/**
 * @template T
 * @param {{ of: import("../state/resource.js").Resource<T>, children: (value: T) => any }} props
 */
export function Loaded({ of, children }) {
  const value = of.value.value;
  // A lost network is told once, by the page's banner.
  const problem = lost.value === null ? of.problem.value : null;
  const retry = html`<${Button} icon="refresh" onClick=${of.look}>${t("action.retry")}<//>`;
  if (value === null) {
    return problem ? html`<${Notice} fault=${problem}>${retry}<//>` : html`<p class="loading" role="status">${t("page.loading")}</p>`;
  }
  return html`
    ${problem && html`<${Notice} tone="warn" fault=${problem}>
      <span class="hint">${t("lost.age")} <${RelativeTime} at=${of.seenAt.value} />.</span> ${retry}
    <//>`}
    ${children(value)}
  `;
}
