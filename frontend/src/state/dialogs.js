/** Which dialog is open; one at a time, so that any button on the page can lead to any of them. */

import { signal } from "@preact/signals";

/** @typedef {typeof import("../registry.js").DIALOGS} Dialogs */
/** @typedef {{ [N in keyof Dialogs]: { name: N } & (Parameters<Dialogs[N]> extends [infer P] ? P : {}) }[keyof Dialogs]} OpenDialog */

/** @type {import("@preact/signals").Signal<OpenDialog | null>} */
export const dialog = signal(null);

/** @param {OpenDialog} wanted */
export function openDialog(wanted) {
  dialog.value = wanted;
}

export function closeDialog() {
  dialog.value = null;
}
