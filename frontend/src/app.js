/** The page: login, or the screen one is at with the dialog that is open over it. */

import { html } from "htm/preact";
import { render } from "preact";
import "./styles/index.css";
import { Dialog } from "./components/dialog.js";
import { Said } from "./components/said.js";
import { AddServer } from "./screens/servers/add-server.js";
import { ConnectionBanner } from "./screens/shell/connection-banner.js";
import { CreateClient } from "./screens/numbers/create-client.js";
import { CreateInstance } from "./screens/numbers/create-instance.js";
import { DeleteInstance } from "./screens/numbers/delete-instance.js";
import { DeleteServer } from "./screens/servers/delete-server.js";
import { Header } from "./screens/shell/header.js";
import { Login } from "./screens/login/login.js";
import { LoginForm } from "./screens/login/login-form.js";
import { Numbers } from "./screens/numbers/numbers.js";
import { QrDialog } from "./screens/qr/qr-dialog.js";
import { ServerInstances } from "./screens/servers/server-instances.js";
import { Servers } from "./screens/servers/servers.js";
import { TakeOverWebhook } from "./screens/numbers/take-over-webhook.js";
import { dialog } from "./state/dialogs.js";
import { startLooking } from "./state/fleet.js";
import { screen } from "./state/route.js";
import { ended, session } from "./state/session.js";
import { t } from "./state/words.js";

const DIALOGS = {
  "add-server": AddServer,
  "create-client": CreateClient,
  "create-instance": CreateInstance,
  "delete-instance": DeleteInstance,
  "delete-server": DeleteServer,
  qr: QrDialog,
  "server-instances": ServerInstances,
  "take-over-webhook": TakeOverWebhook,
};

const SCREENS = { nomor: Numbers, server: Servers };

function App() {
  if (session.value === null) return html`<${Login} />`;
  const open = dialog.value;
  return html`
    <${Header} />
    <main class="page">
      <${ConnectionBanner} />
      <${SCREENS[screen.value]} />
    </main>
    <${Said} />
    ${open && html`<${/** @type {any} */ (DIALOGS[open.name])} key=${open.name} ...${open} />`}
    ${ended.value && html`<${Dialog} title=${t("login.again")}><p>${t("login.again.text")}</p><${LoginForm} /><//>`}
  `;
}

startLooking();
render(html`<${App} />`, /** @type {HTMLElement} */ (document.getElementById("app")));
