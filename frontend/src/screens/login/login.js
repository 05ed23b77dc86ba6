/** The page before anybody is logged in. */

import { html } from "htm/preact";
import { t } from "../../state/words.js";
import { LoginForm } from "./login-form.js";
import { Brand } from "../shell/brand.js";
import { Switches } from "../shell/switches.js";

export function Login() {
  return html`
    <main class="login">
      <div class="login-card">
        <h1><${Brand} /></h1>
        <p class="login-text">${t("login.text")}</p>
        <${LoginForm} />
      </div>
      <div class="login-switches"><${Switches} /></div>
    </main>
  `;
}
