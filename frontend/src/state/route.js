/** Where the person is: `#/nomor?client=..`, so that a reload, a new login and a shared link keep the place. */

import { computed, signal } from "@preact/signals";
import { hashOf, parsePlace } from "../core/place.js";

const hash = signal(location.hash);
addEventListener("hashchange", () => {
  hash.value = location.hash;
});

export const place = computed(() => parsePlace(hash.value));

/** The chosen client's id; null for all. It stays chosen from screen to screen. */
export const clientId = computed(() => place.value.query.client ?? null);

/**
 * @param {string} at the screen's path as the registry has it, without parameters: "nomor", `nomor/${id}`
 * @param {Record<string, string | null | undefined>} [query]
 * @returns {string} for an `href`
 */
export function linkTo(at, query = {}) {
  return hashOf(at.split("/"), { client: clientId.value, ...query });
}

/**
 * @param {string} at
 * @param {Record<string, string | null | undefined>} [query]
 */
export function goTo(at, query = {}) {
  location.hash = linkTo(at, query);
}

/**
 * Changes filters where one is; it adds no step to the browser's way back.
 * @param {Record<string, string | null>} changes empty or null: no longer filtered by it
 */
export function setQuery(changes) {
  const { path, query } = place.peek();
  const wanted = hashOf(path, { ...query, ...changes });
  history.replaceState(history.state, "", wanted);
  hash.value = wanted;
}

/** @param {string | null} wanted */
export function chooseClient(wanted) {
  setQuery({ client: wanted });
}
