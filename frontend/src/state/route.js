/** Where the person is: `#/nomor?client=..`, so that a reload, a new login and a shared link keep the place. */

import { computed, signal } from "@preact/signals";
import { hashOf, parsePlace } from "../core/place.js";

const hash = signal(location.hash);
/** The address one came from. */
let left = "";
/** The last address of each screen, with its filters. @type {Map<string, string>} */
const last = new Map();

// One's place is kept by the page: the browser would restore it before there is anything to scroll.
history.scrollRestoration = "manual";
addEventListener("hashchange", () => {
  left = hash.peek();
  last.set(parsePlace(left).path.join("/"), left);
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
 * The way back to a list, as it was filtered when one left it.
 * @param {string} at
 * @returns {string} for an `href`
 */
export function backTo(at) {
  return last.get(at) ?? linkTo(at);
}

/** @returns {string | null} of one who comes back to a list from one of its numbers: that number's id */
export function cameFrom() {
  const [here, from] = [place.peek().path, parsePlace(left).path];
  return from[0] === here[0] ? (from[here.length] ?? null) : null;
}

/**
 * Changes filters where one is; it adds no step to the browser's way back.
 * @param {Record<string, string | null>} changes empty or null: no longer filtered by it
 */
export function setQuery(changes) {
  const { path, query } = place.peek();
  const wanted = hashOf(path, { ...query, ...changes });
  hash.value = wanted;
  try {
    history.replaceState(history.state, "", wanted);
  } catch {
    return; // a browser refuses the hundredth change within seconds; what is shown is right all the same
  }
}

/** @param {string | null} wanted */
export function chooseClient(wanted) {
  setQuery({ client: wanted });
}
