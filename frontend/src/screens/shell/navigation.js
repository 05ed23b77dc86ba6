/** The way between the screens: tabs at the top, on a narrow window a bar at the thumb's reach. */

import { html } from "htm/preact";
import { Icon } from "../../components/icon.js";
import { SCREENS } from "../../registry.js";
import { linkTo, place } from "../../state/route.js";
import { t } from "../../state/words.js";

export function Navigation() {
  return html`
    <nav class="tabs" aria-label=${t("nav.label")}>
      ${SCREENS.map(({ at, title, icon }) => icon && html`
        <a key=${at} class="tab" href=${linkTo(at)} aria-current=${current() === at ? "page" : undefined}>
          <${Icon} name=${icon} /><span>${t(title)}</span>
        </a>`)}
    </nav>
  `;
}

/** A screen below another, such as one number, belongs to the tab it was reached from. */
function current() {
  return place.value.path[0] ?? SCREENS[0].at;
}
