/** Warnings about a server, and what to put into its own settings so that it works with us. */

import { html } from "htm/preact";
import { Notice } from "../../components/notice.js";
import { t } from "../../state/words.js";

/** @param {{ server: import("../../types.js").Server, open?: boolean }} props */
export function ServerSetup({ server, open = false }) {
  const settings = Object.entries(server.setup ?? {});
  return html`
    ${(server.warnings ?? []).map((warning) => html`<${Notice} key=${warning.code} tone="warn" fault=${{ title: warning.title, detail: warning.detail }} />`)}
    ${settings.length > 0 && html`
      <details class="setup" open=${open}>
        <summary>${t("server.setup")}</summary>
        <dl class="settings">
          ${settings.map(([name, value]) => html`<div key=${name}><dt><code>${name}</code></dt><dd><code>${String(value)}</code></dd></div>`)}
        </dl>
      </details>`}
  `;
}
