/** What to do first, where there is nothing to show yet. */

import { html } from "htm/preact";

/** @param {{ title: string, text?: string, children?: any }} props children: the step's button */
export function EmptyState({ title, text, children }) {
  return html`
    <section class="empty">
      <h2>${title}</h2>
      ${text && html`<p>${text}</p>`}
      ${children}
    </section>
  `;
}
