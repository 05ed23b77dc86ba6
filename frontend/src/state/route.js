/** Where the person is: `#/nomor?client=..`, so that a reload and a new login keep the place. */

import { computed, signal } from "@preact/signals";

/** @typedef {"nomor" | "server"} Screen */

const hash = signal(location.hash);
addEventListener("hashchange", () => {
  hash.value = location.hash;
});

export const screen = computed(() => /** @type {Screen} */ (hash.value.startsWith("#/server") ? "server" : "nomor"));

/** The chosen client's id; null for all. */
export const clientId = computed(() => new URLSearchParams(hash.value.split("?")[1] ?? "").get("client"));

/** @param {string | null} wanted */
export function chooseClient(wanted) {
  location.hash = wanted === null ? "#/nomor" : `#/nomor?client=${encodeURIComponent(wanted)}`;
}

/** @param {Screen} wanted */
export function goTo(wanted) {
  location.hash = `#/${wanted}`;
}
