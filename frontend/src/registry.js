/** Every screen and every dialog of the page, one line each; to add one, add its line. */

import { Alerts } from "./screens/alerts/alerts.js";
import { Clients } from "./screens/clients/clients.js";
import { DeleteAll } from "./screens/delete-all/delete-all.js";
import { EditServer } from "./screens/servers/edit-server.js";
import { Logout, Recreate, Release, Restart, RestoreWebhook } from "./screens/instance/confirm-action.js";
import { EditInstance } from "./screens/instance/edit-instance.js";
import { InstanceScreen } from "./screens/instance/instance.js";
import { SendTest } from "./screens/instance/send-test.js";
import { WebhookChoices } from "./screens/instance/webhook-choices.js";
import { Wizard } from "./screens/wizard/wizard.js";
import { Help } from "./screens/help/help.js";
import { Log } from "./screens/log/log.js";
import { Sync } from "./screens/sync/sync.js";
import { AddServer } from "./screens/servers/add-server.js";
import { CreateClient } from "./screens/numbers/create-client.js";
import { CreateInstance } from "./screens/numbers/create-instance.js";
import { DeleteInstance } from "./screens/numbers/delete-instance.js";
import { DeleteServer } from "./screens/servers/delete-server.js";
import { Numbers } from "./screens/numbers/numbers.js";
import { Overview } from "./screens/overview/overview.js";
import { QrDialog } from "./screens/qr/qr-dialog.js";
import { ServerInstances } from "./screens/servers/server-instances.js";
import { Servers } from "./screens/servers/servers.js";

/**
 * @typedef {object} Screen
 * @property {string} at its address after `#/`; a part that begins with : is handed to it as a property
 * @property {string} title key of its words: the tab's and the window's
 * @property {import("./components/icon.js").IconName} [icon] the screens that have one are in the navigation, in this order
 * @property {(props: any) => any} draw
 */

/** The first is where one lands. @type {[Screen, ...Screen[]]} */
export const SCREENS = [
  { at: "ringkasan", title: "nav.overview", icon: "pulse", draw: Overview },
  { at: "nomor", title: "nav.numbers", icon: "phone", draw: Numbers },
  { at: "nomor/:id", title: "nav.instance", draw: InstanceScreen },
  { at: "server", title: "nav.servers", icon: "server", draw: Servers },
  { at: "peringatan", title: "nav.alerts", icon: "alert", draw: Alerts },
  { at: "log", title: "nav.log", icon: "list", draw: Log },
  { at: "bantuan", title: "nav.help", icon: "book", draw: Help },
];

/** By the name that openDialog takes; what else it takes are the dialog's own properties. */
export const DIALOGS = {
  "add-server": AddServer,
  clients: Clients,
  "create-client": CreateClient,
  "create-instance": CreateInstance,
  "delete-all": DeleteAll,
  "delete-instance": DeleteInstance,
  "delete-server": DeleteServer,
  "edit-instance": EditInstance,
  "edit-server": EditServer,
  logout: Logout,
  qr: QrDialog,
  recreate: Recreate,
  release: Release,
  restart: Restart,
  "restore-webhook": RestoreWebhook,
  "send-test": SendTest,
  "server-instances": ServerInstances,
  sync: Sync,
  "webhook-choices": WebhookChoices,
  wizard: Wizard,
};
