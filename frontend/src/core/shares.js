/** Parts of a span of time by status, in one order, so that two bars can be compared. */

/** @typedef {"connected" | "connecting" | "disconnected" | "error" | "unknown"} Part */

/** @type {readonly Part[]} */
const ORDER = ["connected", "connecting", "disconnected", "error", "unknown"];

/**
 * @param {Partial<Record<string, number>>} shares by status, together 1
 * @returns {{ status: Part, share: number }[]} without those that are nothing
 */
export function shareParts(shares) {
  return ORDER.map((status) => ({ status, share: shares[status] ?? 0 })).filter(({ share }) => share > 0);
}
