/** Says that the page has lost its server, and how old what it shows is; goes away by itself. */

import { html } from "htm/preact";
import { Icon } from "../../components/icon.js";
import { RelativeTime } from "../../components/relative-time.js";
import { lost, seenAt } from "../../state/fleet.js";
import { t } from "../../state/words.js";

export function ConnectionBanner() {
  const problem = lost.value;
  return html`
    <div class="banner-place" role="status">
      ${problem && html`<div class="banner tone-warn">
        <${Icon} name="offline" />
        <div>
          <strong>${problem.title}</strong> ${problem.detail}
          ${seenAt.value !== null && html`<span class="banner-age" aria-live="off"> ${t("lost.age")} <${RelativeTime} at=${seenAt.value} />.</span>`}
          ${" "}${t("lost.retrying")}
        </div>
      </div>`}
    </div>
  `;
}
