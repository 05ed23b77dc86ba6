/** Language and theme, on the login page as in the bar. */

import { html } from "htm/preact";
import { Button } from "../../components/button.js";
import { LANGUAGES } from "../../state/languages.js";
import { chooseLang, lang, switchTheme, theme } from "../../state/preferences.js";
import { t } from "../../state/words.js";

export function Switches() {
  return html`
    <div class="switches" role="group" aria-label=${t("switch.lang")}>${LANGUAGES.map(language)}</div>
    <${Button}
      kind="quiet"
      icon=${theme.value === "dark" ? "sun" : "moon"}
      label=${t(theme.value === "dark" ? "switch.light" : "switch.dark")}
      onClick=${switchTheme}
    />
  `;
}

/** @param {import("../../state/languages.js").Language} one */
function language({ code, short, name }) {
  return html`
    <button
      type="button"
      class="switch"
      lang=${code}
      aria-pressed=${lang.value === code ? "true" : "false"}
      onClick=${() => chooseLang(code)}
    >${short}<span class="sr-only"> ${name}</span></button>
  `;
}
