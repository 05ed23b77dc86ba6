/** What is asked of the API about one number beside connecting it, each ending in what was seen afterwards. */

import { RequestFailed } from "../core/problem.js";
import { checkServer, confirmed, show } from "./actions.js";
import { act } from "./api.js";
import { dropInstance, refresh, showInstance } from "./fleet.js";
import { resource } from "./resource.js";

/** @typedef {import("../types.js").ActionResult} ActionResult */
/** @typedef {import("../types.js").Diagnosis} Diagnosis */
/** @typedef {import("../types.js").Instance} Instance */
/** @typedef {import("../types.js").StepName} StepName */

/** Each diagnosis asks the gateways anew. */
export const DIAGNOSE_EVERY_MS = 20_000;

/** @param {string} id */
export const detailPath = (id) => `/api/instances/${id}`;
/** @param {string} id */
export const diagnosisPath = (id) => `/api/instances/${id}/diagnosis`;

/**
 * @param {string} id
 * @param {"restart" | "logout" | "recreate"} action
 * @returns {Promise<ActionResult>}
 */
export async function perform(id, action) {
  const result = confirmed(await act("POST", `/api/instances/${id}/${action}`, {}));
  show(result);
  return result;
}

/** @param {string} id */
export async function release(id) {
  confirmed(await act("POST", `/api/instances/${id}/release`, {}));
  dropInstance(id);
}

/**
 * @param {string} id
 * @param {{ client_id?: string, label?: string | null, desired?: "online" | "parked", expected_number?: string | null }} changes
 */
export async function editInstance(id, changes) {
  showInstance(await act("PATCH", `/api/instances/${id}`, changes));
}

/**
 * @param {string} id
 * @param {StepName} step
 * @returns {Promise<import("../types.js").StepTaken>}
 */
export function takeStep(id, step) {
  return act("POST", `/api/instances/${id}/reconnect`, { step });
}

/**
 * @param {string} id
 * @param {{ to: string, text: string }} message
 * @returns {Promise<import("../types.js").MessageSent>}
 */
export function sendMessage(id, message) {
  return act("POST", `/api/instances/${id}/messages`, message);
}

/**
 * Ask the server itself; where our registry turns out to be behind, or was not told for long, let it catch up.
 * @param {Pick<Instance, "id" | "server_id" | "view">} instance
 */
export async function recheck({ id, server_id: serverId, view }) {
  /** @type {import("./resource.js").Resource<Diagnosis>} */
  const diagnosis = resource(diagnosisPath(id), { every: DIAGNOSE_EVERY_MS });
  if (serverId) await checkServer(serverId);
  await diagnosis.look();
  const problem = diagnosis.problem.peek();
  if (problem) throw new RequestFailed(problem);
  const behind = view.stale || diagnosis.value.peek()?.disagreements.some(({ name }) => name === "registry_behind");
  if (serverId && behind) {
    await act("POST", "/api/reconcile", { server_id: serverId });
  }
  await refresh();
}
