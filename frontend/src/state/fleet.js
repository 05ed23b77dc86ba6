/** What the page knows of clients, servers and numbers, and how old that knowledge is. */

import { batch, computed, effect, signal, untracked } from "@preact/signals";
import { cadence } from "../core/cadence.js";
import { RequestFailed } from "../core/problem.js";
import { may } from "../core/roles.js";
import { forgetAnswers, read, readAll } from "./api.js";
import { moment, now } from "./clock.js";
import { lang } from "./preferences.js";
import { ended, session } from "./session.js";

/** @typedef {import("../types.js").Instance} Instance */
/** @typedef {import("../types.js").Server} Server */
/** @typedef {import("../types.js").Client} Client */
/** @typedef {import("../types.js").Problem} Problem */
/** @typedef {import("../types.js").Role} Role */
/** @template T @typedef {import("@preact/signals").Signal<T>} Signal */

const AGED_MS = 15_000;
/** Servers and clients change seldom: every third look is enough. */
const SLOW_LISTS = 3;

/** @type {Signal<{ username: string, roles: string[] } | null>} */
export const me = signal(null);
/** @type {Signal<Instance[] | null>} */
export const instances = signal(null);
/** @type {Signal<Server[] | null>} */
export const servers = signal(null);
/** @type {Signal<Client[] | null>} */
export const clients = signal(null);
/** ms, when the numbers were last seen. @type {Signal<number | null>} */
export const seenAt = signal(null);
/** Why the last look failed; null while all is well. @type {Signal<Problem | null>} */
export const lost = signal(null);
/** Dialogs that need every second. */
let watchers = 0;

/** What is shown may no longer be so: nothing of it may look green. */
export const aged = computed(() => lost.value !== null && now.value - (seenAt.value ?? 0) > AGED_MS);

/** @param {Role} needed */
export function allowed(needed) {
  return may(me.value?.roles ?? [], needed);
}

/**
 * Look every second until the returned function is called.
 * @returns {() => void}
 */
export function watch() {
  watchers += 1;
  void look();
  return () => {
    watchers -= 1;
  };
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

/** Look now, at everything. */
export async function refresh() {
  looks = 0;
  await look();
}

let looks = 0;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;
/** Answers of an earlier login or language come to nothing. */
let epoch = 0;

async function look() {
  clearTimeout(timer);
  const mine = ++epoch;
  const full = looks++ % SLOW_LISTS === 0;
  try {
    me.value ??= await read("/api/me");
    const [seenInstances, seenServers, seenClients] = await Promise.all([
      readAll("/api/instances?limit=500"),
      full ? readAll("/api/servers") : servers.peek(),
      full ? readAll("/api/clients") : clients.peek(),
    ]);
    if (mine !== epoch) return;
    batch(() => {
      keepSame(instances, seenInstances);
      keepSame(servers, seenServers ?? []);
      keepSame(clients, seenClients ?? []);
      seenAt.value = moment();
      lost.value = null;
    });
  } catch (error) {
    if (mine !== epoch) return;
    if (!(error instanceof RequestFailed)) throw error;
    // A token that ended is no lost connection: login is on the screen already.
    if (error.problem.status !== 401) lost.value = error.problem;
  } finally {
    if (mine === epoch) later();
  }
}

function later() {
  clearTimeout(timer);
  if (!session.peek() || ended.peek()) return;
  timer = setTimeout(look, cadence({ hidden: document.hidden, watching: watchers > 0 }));
}

/**
 * An unchanged list stays the same object, so that nothing is drawn again.
 * @template T
 * @param {Signal<T[] | null>} list
 * @param {T[]} seen
 */
function keepSame(list, seen) {
  const shown = list.peek();
  const same = shown !== null && shown.length === seen.length && shown.every((item, place) => item === seen[place]);
  if (!same) list.value = seen;
}

function forget() {
  epoch += 1;
  clearTimeout(timer);
  forgetAnswers();
  batch(() => {
    me.value = null;
    instances.value = servers.value = clients.value = null;
    seenAt.value = null;
    lost.value = null;
  });
}

/** Start looking; call once. */
export function startLooking() {
  /** @type {typeof session.value} */
  let known = null;
  document.addEventListener("visibilitychange", () => {
    // One who comes back does not wait for the slow round to end.
    if (!document.hidden) lookIfAllowed();
  });
  // The browser knows at once; a look says whether it is right.
  for (const change of ["online", "offline"]) addEventListener(change, lookIfAllowed);
  effect(() => {
    const person = session.value;
    if (person === null) forget();
    else if (!ended.value) {
      lang.value; // the API words what it sends, so a new language needs a new look
      untracked(() => {
        if (person !== known) me.value = null;
        known = person;
        void refresh();
      });
    }
  });
}

function lookIfAllowed() {
  if (session.peek() && !ended.peek()) void look();
}
