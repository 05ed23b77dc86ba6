/** The page: login, or the screen one is at with the dialog that is open over it. */

import { html } from "htm/preact";
import { render } from "preact";
import "./styles/index.css";
import { Dialog } from "./components/dialog.js";
import { Said } from "./components/said.js";
import { entryAt } from "./core/place.js";
import { DIALOGS, SCREENS } from "./registry.js";
import { LoginForm } from "./screens/login/login-form.js";
import { Login } from "./screens/login/login.js";
import { ConnectionBanner } from "./screens/shell/connection-banner.js";
import { Header } from "./screens/shell/header.js";
import { useArrival } from "./screens/shell/use-arrival.js";
import { dialog } from "./state/dialogs.js";
import { aged, keepFleetFresh } from "./state/fleet.js";
import { place } from "./state/route.js";
import { ended, session } from "./state/session.js";
import { t } from "./state/words.js";

function App() {
  if (session.value === null) return html`<${Login} />`;
  const open = dialog.value;
  return html`
    <a class="skip" href="#main" onClick=${skip}>${t("nav.skip")}</a>
    <${Header} />
    <main class=${aged.value ? "page page-aged" : "page"} id="main" tabindex="-1">
      <${ConnectionBanner} />
      <${CurrentScreen} />
    </main>
    <${Said} />
    ${open && html`<${/** @type {any} */ (DIALOGS[open.name])} key=${open.name} ...${open} />`}
    ${ended.value && html`<${Dialog} title=${t("login.again")}><p>${t("login.again.text")}</p><${LoginForm} /><//>`}
  `;
}

function CurrentScreen() {
  const { entry, params } = entryAt(SCREENS, place.value.path);
  useArrival(t(entry.title), [entry.at, ...Object.values(params)].join(" "));
  return html`<${entry.draw} key=${entry.at} ...${params} />`;
}

/** @param {Event} event the address stays the screen's */
function skip(event) {
  event.preventDefault();
  document.getElementById("main")?.focus();
}

keepFleetFresh();
render(html`<${App} />`, /** @type {HTMLElement} */ (document.getElementById("app")));
