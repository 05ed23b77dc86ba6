/** One ticking "now" on the server's clock, so that ages are right on a laptop whose clock is not. */

import { computed, signal } from "@preact/signals";
import { parseTime } from "../core/time.js";

/** ms on this computer's clock, once a second: for what is counted down here. */
export const local = signal(Date.now());
const ahead = signal(0);

/** ms on the server's clock, once a second. */
export const now = computed(() => local.value + ahead.value);

/** ms on the server's clock, this very moment. */
export function moment() {
  return Date.now() + ahead.peek();
}

/**
 * A server's time as this computer's clock will show it.
 * @param {string | null} time RFC 3339
 */
export function onLocalClock(time) {
  const then = parseTime(time);
  return then === null ? null : new Date(then - ahead.peek()).toISOString();
}

/**
 * Learns from an answer's Date header, where the browser may read it. It has whole seconds, so smaller
 * differences mean nothing.
 * @param {string | null} date
 */
export function learn(date) {
  const server = date === null ? NaN : Date.parse(date);
  if (Number.isNaN(server)) return;
  const difference = server - Date.now();
  if (Math.abs(difference - ahead.peek()) > 2_000) ahead.value = Math.abs(difference) > 2_000 ? difference : 0;
}

setInterval(() => {
  local.value = Date.now();
}, 1_000);
