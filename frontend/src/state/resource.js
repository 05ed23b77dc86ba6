/**
 * What the page reads of the API and keeps fresh: each path once, however many look at it, with its age and its failure.
 *
 * A path is asked for only while somebody uses it; what was seen before is shown at once when they come back.
 */

import { batch, effect, signal, untracked } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { cadence } from "../core/cadence.js";
import { RequestFailed } from "../core/problem.js";
import { shared } from "../core/sharing.js";
import { forgetAnswers, read, readAll } from "./api.js";
import { moment } from "./clock.js";
import { lang } from "./preferences.js";
import { ended, session } from "./session.js";

/** @typedef {import("../types.js").Problem} Problem */
/** @template T @typedef {import("@preact/signals").Signal<T>} Signal */

/**
 * @typedef {object} Options
 * @property {boolean} [pages] the path is a list: all its pages are read, and the value is the array of their items
 * @property {number} [every] ms between questions about what changes seldom; Infinity: once is enough
 */

/**
 * @template T
 * @typedef {object} Resource
 * @property {Signal<T | null>} value null until it was seen
 * @property {Signal<number | null>} seenAt ms on the server's clock
 * @property {Signal<Problem | null>} problem why the last look failed; null while all is well
 * @property {() => Promise<void>} look now; its answer outdates any that is under way
 * @property {(watching?: boolean) => () => void} use kept fresh until the returned function is called; watching: every second
 * @property {() => boolean} used
 * @property {() => void} forget
 */

/** Filters and numbers make many paths; of those nobody looks at only so many are kept. */
const MOST_KEPT = 60;

/** @type {Map<string, Resource<any>>} */
const known = new Map();

/**
 * @template T
 * @param {string} path with its query
 * @param {Options} [options]
 * @returns {Resource<T>}
 */
export function resource(path, options = {}) {
  const found = known.get(path);
  if (found) return found;
  /** @type {Resource<T>} */
  const made = start(path, options);
  for (const [other, { used }] of known) if (known.size >= MOST_KEPT && !used()) known.delete(other);
  known.set(path, made);
  return made;
}

/**
 * A resource for as long as the component is on the screen.
 * @template T
 * @param {string} path
 * @param {Options & { watching?: boolean }} [options]
 * @returns {Resource<T>}
 */
export function useResource(path, { watching = false, ...options } = {}) {
  /** @type {Resource<T>} */
  const found = resource(path, options);
  useEffect(() => found.use(watching), [found, watching]);
  return found;
}

/** Look now, at everything that is in use. */
export async function lookAtAll() {
  await Promise.all([...known.values()].filter(({ used }) => used()).map(({ look }) => look()));
}

/**
 * @template T
 * @param {string} path
 * @param {Options} options
 * @returns {Resource<T>}
 */
function start(path, { pages = false, every }) {
  /** @type {Signal<T | null>} */
  const value = signal(null);
  const seenAt = signal(/** @type {number | null} */ (null));
  const problem = signal(/** @type {Problem | null} */ (null));
  let users = 0;
  let watchers = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  /** Answers of an earlier login, language or look come to nothing. */
  let epoch = 0;

  async function look() {
    clearTimeout(timer);
    if (!session.peek() || ended.peek()) return;
    const mine = ++epoch;
    try {
      const seen = await (pages ? readAll(path) : read(path));
      if (mine !== epoch) return;
      batch(() => {
        value.value = shared(value.peek(), seen);
        seenAt.value = moment();
        problem.value = null;
      });
    } catch (error) {
      if (mine !== epoch) return;
      if (!(error instanceof RequestFailed)) throw error;
      // A token that ended is no failure to show: login is on the screen already.
      if (error.problem.status !== 401) problem.value = error.problem;
    } finally {
      if (mine === epoch) later();
    }
  }

  function later() {
    clearTimeout(timer);
    if (users === 0 || !session.peek() || ended.peek()) return;
    const enough = every === Infinity && problem.peek() === null;
    if (enough) return;
    const wait = cadence({ hidden: document.hidden, watching: watchers > 0, every: every === Infinity ? undefined : every });
    timer = setTimeout(look, wait);
  }

  /** @param {boolean} [watching] */
  function use(watching = false) {
    users += 1;
    watchers += watching ? 1 : 0;
    if (users === 1 || watching) void look();
    return () => {
      users -= 1;
      watchers -= watching ? 1 : 0;
      if (users === 0) clearTimeout(timer);
    };
  }

  function forget() {
    epoch += 1;
    clearTimeout(timer);
    batch(() => {
      value.value = seenAt.value = problem.value = null;
    });
  }

  return { value, seenAt, problem, look, use, used: () => users > 0, forget };
}

/** Look again whenever who asks, the language, the network or the window's visibility changes; call once. */
export function startLooking() {
  let person = session.peek()?.username;
  let begun = false;
  document.addEventListener("visibilitychange", () => {
    // One who comes back does not wait for the slow round to end.
    if (!document.hidden) void lookAtAll();
  });
  // The browser knows at once; a look says whether it is right.
  for (const change of ["online", "offline"]) addEventListener(change, () => void lookAtAll());
  effect(() => {
    const now = session.value?.username;
    lang.value; // the API words what it sends, so a new language needs a new look
    if (ended.value) return;
    untracked(() => {
      if (person !== undefined && now !== person) forgetAll();
      person = now;
      // What was in use before this looks by itself.
      if (begun && now !== undefined) void lookAtAll();
      begun = true;
    });
  });
}

/** What one person may see is nothing to the next. */
function forgetAll() {
  forgetAnswers();
  for (const { forget } of known.values()) forget();
}
