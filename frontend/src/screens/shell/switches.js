/** Language and theme, on the login page as in the bar. */

import { html } from "htm/preact";
import { Button } from "../../components/button.js";
import { chooseLang, lang, switchTheme, theme } from "../../state/preferences.js";
import { t } from "../../state/words.js";

export function Switches() {
  return html`
    <div class="switches" role="group" aria-label=${t("switch.lang")}>${language("id", "ID", "Bahasa Indonesia")} ${language("en", "EN", "English")}</div>
    <${Button}
      kind="quiet"
      icon=${theme.value === "dark" ? "sun" : "moon"}
      label=${t(theme.value === "dark" ? "switch.light" : "switch.dark")}
      onClick=${switchTheme}
    />
  `;
}

/**
 * @param {import("../../state/preferences.js").Lang} wanted
 * @param {string} short
 * @param {string} name
 */
function language(wanted, short, name) {
  return html`
    <button
      type="button"
      class="switch"
      lang=${wanted}
      aria-pressed=${lang.value === wanted ? "true" : "false"}
      onClick=${() => chooseLang(wanted)}
    >${short}<span class="sr-only"> ${name}</span></button>
  `;
}
