/** The bar at the top: where one is, who one is, language and theme. */

import { html } from "htm/preact";
import { Button } from "../../components/button.js";
import { lang, chooseLang, switchTheme, theme } from "../../state/preferences.js";
import { screen } from "../../state/route.js";
import { logout, session } from "../../state/session.js";
import { t } from "../../state/words.js";

export function Header() {
  return html`
    <header class="top">
      <a class="brand-link" href="#/nomor"><${Brand} /></a>
      <nav class="tabs" aria-label=${t("nav.label")}>
        ${tab("nomor", t("nav.numbers"))} ${tab("server", t("nav.servers"))}
      </nav>
      <div class="top-end">
        <${Switches} />
        <${Button} kind="quiet" icon="exit" label=${t("login.out", { name: session.value?.username ?? "" })} onClick=${logout} />
      </div>
    </header>
  `;
}

export function Brand() {
  return html`
    <span class="brand">
      <svg class="brand-mark" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
        <rect x="2.5" y="10" width="15" height="12" rx="6" />
        <rect x="14.5" y="10" width="15" height="12" rx="6" />
      </svg>
      Sambung
    </span>
  `;
}

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
 * @param {import("../../state/route.js").Screen} to
 * @param {string} words
 */
function tab(to, words) {
  return html`<a class="tab" href=${`#/${to}`} aria-current=${screen.value === to ? "page" : undefined}>${words}</a>`;
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
