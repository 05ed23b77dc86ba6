/** One story out of four journals: changes of status and server, what people did, what the gateway told; newest first. */

import { parseTime } from "./time.js";

/** @typedef {import("../types.js").InstanceDetail} InstanceDetail */

/**
 * @typedef {{ kind: "transition", key: string, at: number, transition: import("../types.js").Transition }
 *   | { kind: "operation", key: string, at: number, operation: import("../types.js").Operation }
 *   | { kind: "move", key: string, at: number, move: import("../types.js").Move }
 *   | { kind: "event", key: string, at: number, event: import("../types.js").GatewayEvent, times: number }} Entry
 * times: how often the same came in a row; at: when the last of them did
 */

/**
 * @param {Pick<InstanceDetail, "transitions" | "operations" | "events" | "moves">} detail
 * @returns {Entry[]}
 */
export function timeline({ transitions, operations, events, moves }) {
  /** @type {Entry[]} */
  const entries = [
    ...operations.map((operation) => /** @type {const} */ ({ kind: "operation", key: operation.id, at: time(operation.created_at), operation })),
    ...transitions.map((transition) => /** @type {const} */ ({ kind: "transition", key: `${transition.event_time} ${transition.new_status}`, at: time(transition.event_time), transition })),
    ...moves.map((move) => /** @type {const} */ ({ kind: "move", key: `move ${move.moved_at}`, at: time(move.moved_at), move })),
    ...events.map((event) => /** @type {const} */ ({ kind: "event", key: `${event.received_at} ${event.event}`, at: time(event.received_at), event, times: 1 })),
  ];
  return gathered(entries.sort((a, b) => b.at - a.at));
}

/**
 * Twelve messages in a row are one line: they must not push out what one looks for.
 * @param {Entry[]} entries newest first
 * @returns {Entry[]}
 */
function gathered(entries) {
  /** @type {Entry[]} */
  const found = [];
  for (const entry of entries) {
    const last = found.at(-1);
    if (last && alike(last, entry)) found[found.length - 1] = { ...last, times: last.times + 1 };
    else found.push(entry);
  }
  return found;
}

/**
 * @param {Entry} one
 * @param {Entry} other
 * @returns {one is Extract<Entry, { kind: "event" }>}
 */
function alike(one, other) {
  if (one.kind !== "event" || other.kind !== "event") return false;
  return one.event.event === other.event.event && one.event.outcome === other.event.outcome;
}

/** @param {string} text */
function time(text) {
  return parseTime(text) ?? 0;
}
