/** Whose numbers are shown; nothing to choose while there is one client. */

import { html } from "htm/preact";
import { clients } from "../state/fleet.js";
import { chooseClient, clientId } from "../state/route.js";
import { t } from "../state/words.js";
import { Choice } from "./field.js";

/** @param {{ beside?: boolean }} props as of Choice */
export function ClientPicker({ beside = false }) {
  const known = clients.value ?? [];
  if (known.length < 2) return null;
  /** @type {[string, string][]} */
  const options = [["", t("client.all")], ...known.map((client) => /** @type {[string, string]} */ ([client.id, client.name]))];
  return html`<${Choice} label=${t("client.label")} beside=${beside} value=${clientId.value ?? ""} options=${options}
    onInput=${(/** @type {string} */ id) => chooseClient(id || null)} />`;
}
