/** The last 24 hours of every number, read once for all rows. */

import { computed } from "@preact/signals";
import { resource } from "./resource.js";

/** @typedef {import("../types.js").Runs} Runs */

/** A cell is 15 minutes. */
const EVERY_MS = 60_000;

/** @type {import("./resource.js").Resource<import("../types.js").Strips>} */
const strips = resource("/api/metrics/strips", { every: EVERY_MS });

/** By instance id. */
export const runsOf = computed(() => new Map((strips.value.value?.items ?? []).map(({ instance_id, runs }) => [instance_id, runs])));

/** Kept fresh until the returned function is called. */
export function useStrips() {
  return strips.use();
}
