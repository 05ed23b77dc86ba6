/** Name and password, and the first password of a new account; the same form as a page and over a page. */

import { html } from "htm/preact";
import { useState } from "preact/hooks";
import { Button } from "../../components/button.js";
import { Field } from "../../components/field.js";
import { Notice } from "../../components/notice.js";
import { useTask } from "../../components/use-task.js";
import { chooseFirstPassword, login, session } from "../../state/session.js";
import { t } from "../../state/words.js";

export function LoginForm() {
  const [username, setUsername] = useState(session.peek()?.username ?? "");
  const [password, setPassword] = useState("");
  const [fresh, setFresh] = useState("");
  const [challenge, setChallenge] = useState(/** @type {import("../../state/session.js").Challenge | null} */ (null));
  const task = useTask(async () => {
    setChallenge(challenge ? await chooseFirstPassword(challenge, fresh) : await login(username.trim(), password));
  });
  return html`
    <form class="form" onSubmit=${(/** @type {Event} */ event) => { event.preventDefault(); void task.run(); }}>
      ${task.problem && html`<${Notice} live fault=${task.problem} />`}
      ${challenge
        ? html`<p>${t("login.first.text")}</p>
            <${Field} label=${t("login.first.password")} type="password" autocomplete="new-password" required autofocus
              value=${fresh} onInput=${setFresh} />`
        : html`<${Field} label=${t("login.username")} name="username" autocomplete="username" required autofocus
              value=${username} onInput=${setUsername} />
            <${Field} label=${t("login.password")} name="password" type="password" autocomplete="current-password" required
              value=${password} onInput=${setPassword} />`}
      <${Button} type="submit" kind="primary" busy=${task.busy}>${t(task.busy ? "login.busy" : "login.submit")}<//>
    </form>
  `;
}
