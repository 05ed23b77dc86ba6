/** Buttons that stand side by side where there is room; on a narrow window they wait behind one. */

import { html } from "htm/preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { Icon } from "./icon.js";

/** @param {{ label: string, children?: any }} props label: of the one button */
export function Menu({ label, children }) {
  const element = useRef(/** @type {HTMLDivElement | null} */ (null));
  const [open, setOpen] = useState(false);
  const id = useId();
  useEffect(() => {
    if (!open) return undefined;
    /** @param {Event} event closed by a press beside it and by what was chosen */
    const close = (event) => {
      if (!element.current?.contains(/** @type {Node} */ (event.target))) setOpen(false);
    };
    document.addEventListener("pointerdown", close);
    return () => document.removeEventListener("pointerdown", close);
  }, [open]);
  return html`
    <div
      class="menu"
      ref=${element}
      onKeyDown=${(/** @type {KeyboardEvent} */ event) => {
        if (event.key !== "Escape" || !open) return;
        setOpen(false);
        element.current?.querySelector("button")?.focus();
      }}
    >
      <button type="button" class="button button-plain menu-button" aria-expanded=${open ? "true" : "false"} aria-controls=${id} onClick=${() => setOpen(!open)}>
        <${Icon} name="more" /><span>${label}</span>
      </button>
      <div class=${open ? "menu-items menu-open" : "menu-items"} id=${id} onClick=${() => setOpen(false)}>${children}</div>
    </div>
  `;
}
