/** Which dialog is open; one at a time, so that any button on the page can lead to any of them. */

import { signal } from "@preact/signals";

/** @typedef {import("../types.js").Qr} Qr */
/**
 * @typedef {{ name: "qr", instanceId: string, qr?: Qr | null }
 *   | { name: "create-instance" } | { name: "create-client" } | { name: "add-server" }
 *   | { name: "delete-instance", instanceId: string } | { name: "take-over-webhook", instanceId: string }
 *   | { name: "delete-server", serverId: string } | { name: "server-instances", serverId: string }} OpenDialog
 */

/** @type {import("@preact/signals").Signal<OpenDialog | null>} */
export const dialog = signal(null);

/** @param {OpenDialog} wanted */
export function openDialog(wanted) {
  dialog.value = wanted;
}

export function closeDialog() {
  dialog.value = null;
}
