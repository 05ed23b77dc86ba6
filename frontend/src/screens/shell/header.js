/** The bar at the top: the way between the screens, who one is, language and theme. */

import { html } from "htm/preact";
import { Button } from "../../components/button.js";
import { SCREENS } from "../../registry.js";
import { linkTo } from "../../state/route.js";
import { logout, session } from "../../state/session.js";
import { t } from "../../state/words.js";
import { Brand } from "./brand.js";
import { Navigation } from "./navigation.js";
import { Switches } from "./switches.js";

export function Header() {
  return html`
    <header class="top">
      <a class="brand-link" href=${linkTo(SCREENS[0].at)}><${Brand} /></a>
      <${Navigation} />
      <div class="top-end">
        <${Switches} />
        <${Button} kind="quiet" icon="exit" label=${t("login.out", { name: session.value?.username ?? "" })} onClick=${logout} />
      </div>
    </header>
  `;
}
