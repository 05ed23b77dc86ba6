/** How many numbers there are of each state, by the badge they wear; those nobody can see apart from the others. */

import { badge } from "./status.js";

/** @typedef {import("../types.js").Instance} Instance */
/** @typedef {import("../types.js").ViewLabel} ViewLabel */

/** In the order in which they are shown. @type {ViewLabel[]} */
export const COUNTED = ["connected", "error", "disconnected", "waiting_qr", "connecting", "reconnecting", "parked", "stale"];

/**
 * @param {readonly Instance[]} instances
 * @returns {{ label: ViewLabel, n: number }[]} without the states nobody is in, except connected
 */
export function statusCounts(instances) {
  /** @type {Map<ViewLabel, number>} */
  const counted = new Map([["connected", 0]]);
  for (const instance of instances) {
    const { label } = badge(instance);
    counted.set(label, (counted.get(label) ?? 0) + 1);
  }
  return COUNTED.flatMap((label) => (counted.has(label) ? [{ label, n: counted.get(label) ?? 0 }] : []));
}
