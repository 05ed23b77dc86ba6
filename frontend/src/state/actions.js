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
 * @param {"take_over" | "restore_previous" | "leave" | "use_global"} [wish] what is done about somebody else's webhook
 * @returns {Promise<import("../types.js").ActionResult>}
 */
export async function setWebhook(id, wish) {
  const result = confirmed(await act("POST", `/api/instances/${id}/set-webhook`, wish ? { [wish]: true } : {}));
  show(result);
  return result;
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

/**
 * @param {string} id
 * @param {Record<string, unknown>} changes
 * @returns {Promise<import("../types.js").Server>}
 */
export async function editServer(id, changes) {
  const seen = await act("PATCH", `/api/servers/${id}`, changes);
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
 * @param {string} id
 * @param {string} name
 */
export async function renameClient(id, name) {
  await act("PATCH", `/api/clients/${id}`, { name });
  await refresh();
}

/** @param {string} id */
export async function deleteClient(id) {
  await act("DELETE", `/api/clients/${id}`);
  await refresh();
}

/**
 * @param {string | null} clientId null: of all clients
 * @returns {Promise<import("../types.js").DeletePreview>}
 */
export function previewDeleteAll(clientId) {
  return act("POST", "/api/instances/delete-all/preview", clientId === null ? {} : { client_id: clientId });
}

/**
 * @param {import("../types.js").DeletePreview} preview
 * @param {(seen: import("../types.js").Operation) => void} onSeen how far it is, each second until it ends
 */
export async function deleteAll({ confirm_token, count }, onSeen) {
  await act("POST", "/api/instances/delete-all", { confirm_token, confirm_count: count }, onSeen);
  await refresh();
}

/**
 * @param {{ client_id: string, server_id?: string, instance_names?: string[] }} wanted
 * @param {(seen: import("../types.js").Operation) => void} onSeen of many: how far it is
 * @returns {Promise<import("../types.js").Synced | null>} null where it was an operation on many
 */
export async function syncInstances(wanted, onSeen) {
  const answer = await act("POST", "/api/instances/sync", wanted, onSeen);
  await refresh();
  return answer.synced ? answer : null;
}

/** @param {string} id of an operation on many */
export async function cancelOperation(id) {
  await act("POST", `/api/operations/${id}/cancel`, {});
}

/**
 * The API answers 200 with ok: false where the gateway said yes and the read-back did not.
 * @param {import("../types.js").ActionResult} result
 */
export function confirmed(result) {
  if (result?.ok !== false) return result;
  throw new RequestFailed({ ...silence("action_not_confirmed", describe), action: "view_diagnosis", ...(result.detail ?? result.error) });
}

/** @param {import("../types.js").ActionResult} result */
export function show(result) {
  if (result?.instance) showInstance(result.instance);
  else void refresh();
}
