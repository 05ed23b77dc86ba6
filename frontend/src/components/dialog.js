/** The browser's own modal dialog: focus stays inside, Escape closes, focus returns to where it was. */

import { html } from "htm/preact";
import { useId, useLayoutEffect, useRef } from "preact/hooks";
import { t } from "../state/words.js";
import { Icon } from "./icon.js";
import { Said } from "./said.js";

/**
 * @param {{ title: string, onClose?: () => void, wide?: boolean, children?: any }} props without onClose it must be answered
 */
export function Dialog({ title, onClose, wide = false, children }) {
  const element = useRef(/** @type {HTMLDialogElement | null} */ (null));
  const heading = useId();
  useLayoutEffect(() => {
    const dialog = /** @type {HTMLDialogElement} */ (element.current);
    dialog.showModal();
    // The field to fill in, else the heading: never a button, which Enter would press.
    const field = /** @type {HTMLElement | null} */ (dialog.querySelector(".dialog-body [autofocus]"));
    (field ?? /** @type {HTMLElement} */ (dialog.querySelector("h2"))).focus();
    return () => dialog.close();
  }, []);
  return html`
    <dialog
      ref=${element}
      class=${wide ? "dialog dialog-wide" : "dialog"}
      aria-labelledby=${heading}
      onCancel=${(/** @type {Event} */ event) => {
        event.preventDefault(); // the owner removes it, so that page and dialog never disagree
        onClose?.();
      }}
    >
      <header class="dialog-head">
        <h2 id=${heading} tabindex="-1">${title}</h2>
        ${onClose && html`<button type="button" class="button button-quiet" aria-label=${t("dialog.close")} onClick=${onClose}>
          <${Icon} name="close" />
        </button>`}
      </header>
      <div class="dialog-body">${children}</div>
      <${Said} />
    </dialog>
  `;
}
