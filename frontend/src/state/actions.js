/** What the page's buttons ask of the API, each ending in what was seen afterwards. */

import { RequestFailed, silence } from "../core/problem.js";
import { act, read } from "./api.js";
import { dropInstance, refresh, showInstance } from "./fleet.js";
import { describe } from "./words.js";

/** @typedef {import("../types.js").Instance} Instance */
/** @typedef {import("../types.js").ListedInstance} ListedInstance */

/**
 * @param {{ client_id: string, instance_name: string, server_id?: string, number?: string, label?: string }} wanted
 * @returns {Promise<Instance & { qr?: import("../types.js").Qr | null }>}
 */
export async function createInstance(wanted) {
  const created = await act("POST", "/api/instances", wanted);
  showInstance(created);
  return created;
}

/**
 * @param {string} id
 * @param {string} [number] asks for a pairing code instead of a QR
 * @returns {Promise<import("../types.js").ConnectAnswer>}
 */
export function connect(id, number) {
  return act("POST", `/api/instances/${id}/connect`, number ? { number } : {});
}

/**
 * @param {string} id
 * @returns {Promise<import("../types.js").StoredQr>}
 */
export function storedQr(id) {
  return read(`/api/instances/${id}/qr`);
}

/**
 * @param {string} id
 * @param {{ takeOver?: boolean }} [options] take over: somebody else's webhook is replaced
 */
export async function setWebhook(id, { takeOver = false } = {}) {
  show(confirmed(await act("POST", `/api/instances/${id}/set-webhook`, takeOver ? { take_over: true } : {})));
}

/**
 * @param {string} id
 * @param {{ takeOver?: boolean }} [options]
 */
export async function deleteInstance(id, { takeOver = false } = {}) {
  confirmed(await act("DELETE", `/api/instances/${id}${takeOver ? "?take_over=true" : ""}`));
  dropInstance(id);
}

/**
 * @param {Record<string, unknown>} wanted
 * @returns {Promise<import("../types.js").Server>}
 */
export async function addServer(wanted) {
  const added = await act("POST", "/api/servers", wanted);
  void refresh();
  return added;
}

/** @param {string} id */
export async function checkServer(id) {
  const seen = await act("POST", `/api/servers/${id}/check`, {});
  void refresh();
  return seen;
}

/** @param {string} id */
export async function deleteServer(id) {
  await act("DELETE", `/api/servers/${id}`);
  await refresh();
}

/**
 * @param {string} id
 * @returns {Promise<ListedInstance[]>}
 */
export async function listedOn(id) {
  return (await read(`/api/servers/${id}/instances`)).items;
}

/**
 * @param {string} name
 * @returns {Promise<import("../types.js").Client>}
 */
export async function createClient(name) {
  const created = await act("POST", "/api/clients", { name });
  await refresh();
  return created;
}

/**
 * The API answers 200 with ok: false where the gateway said yes and the read-back did not.
 * @param {import("../types.js").ActionResult} result
 */
function confirmed(result) {
  if (result?.ok !== false) return result;
  throw new RequestFailed({ ...silence("action_not_confirmed", describe), action: "view_diagnosis", ...result.detail });
}

/** @param {import("../types.js").ActionResult} result */
function show(result) {
  if (result?.instance) showInstance(result.instance);
  else void refresh();
}
