/** What every screen needs to know: who one is, the numbers, the servers and the clients, and how old that knowledge is. */

import { computed } from "@preact/signals";
import { may } from "../core/roles.js";
import { now } from "./clock.js";
import { lookAtAll, resource, startLooking } from "./resource.js";

/** @typedef {import("../types.js").Instance} Instance */
/** @typedef {import("../types.js").Server} Server */
/** @typedef {import("../types.js").Client} Client */
/** @typedef {import("../types.js").Role} Role */
/** @template T @typedef {import("./resource.js").Resource<T>} Resource */

const AGED_MS = 15_000;
/** Servers and clients change seldom. */
const SELDOM_MS = 15_000;

/** @type {Resource<{ username: string, roles: string[] }>} */
const person = resource("/api/me", { every: Infinity });
/** @type {Resource<Instance[]>} */
const numbers = resource("/api/instances?limit=500", { pages: true });
/** @type {Resource<Server[]>} */
const gateways = resource("/api/servers", { pages: true, every: SELDOM_MS });
/** @type {Resource<Client[]>} */
const owners = resource("/api/clients", { pages: true, every: SELDOM_MS });
const ALL = [person, numbers, gateways, owners];

export const me = person.value;
export const instances = numbers.value;
export const servers = gateways.value;
export const clients = owners.value;
/** ms, when the numbers were last seen. */
export const seenAt = numbers.seenAt;
/** Why the last look failed; null while all is well. */
export const lost = computed(() => ALL.map(({ problem }) => problem.value).find((problem) => problem !== null) ?? null);

/** What is shown may no longer be so: nothing of it may look green. */
export const aged = computed(() => lost.value !== null && now.value - (seenAt.value ?? 0) > AGED_MS);

/** @param {Role} needed */
export function allowed(needed) {
  return may(me.value?.roles ?? [], needed);
}

/**
 * Look at the numbers every second until the returned function is called.
 * @returns {() => void}
 */
export function watch() {
  return numbers.use(true);
}

/**
 * Show at once what an action's answer carried; the look that follows outdates any that is under way.
 * @param {Instance} seen
 */
export function showInstance(seen) {
  const others = (instances.peek() ?? []).filter((instance) => instance.id !== seen.id);
  instances.value = [...others, seen];
  void refresh();
}

/** @param {string} id */
export function dropInstance(id) {
  instances.value = (instances.peek() ?? []).filter((instance) => instance.id !== id);
  void refresh();
}

/** Look now, at everything that is on the screen. */
export const refresh = lookAtAll;

/** Start looking; call once. */
export function keepFleetFresh() {
  for (const { use } of ALL) use();
  startLooking();
}
