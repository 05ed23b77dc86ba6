/** Which rows a search shows and in which order; the order never depends on state, so nothing jumps while one reads. */

import { badge } from "./status.js";

/** @typedef {import("../types.js").Instance} Instance */

const ORDER = new Intl.Collator(undefined, { numeric: true });

/** @param {Instance} instance */
export function nameOf(instance) {
  return instance.label || instance.instance_name;
}

/**
 * @param {readonly Instance[]} instances
 * @returns {Instance[]} in the order of their names, numbers as people count
 */
export function inOrder(instances) {
  return [...instances].sort((a, b) => ORDER.compare(nameOf(a), nameOf(b)));
}

/**
 * @param {readonly Instance[]} instances
 * @param {{ clientId?: string | null, query?: string, status?: string | null, serverId?: string | null }} wanted what is empty filters nothing
 * @returns {Instance[]} those of the client, the state and the server whose name, label or number contains the query
 */
export function matching(instances, { clientId, query = "", status, serverId }) {
  const needle = query.trim().toLowerCase();
  return instances.filter((instance) =>
    (!clientId || instance.client_id === clientId)
    && (!serverId || instance.server_id === serverId)
    && (!status || badge(instance).label === status)
    && (needle === "" || haystack(instance).includes(needle)));
}

/** @param {Instance} instance */
function haystack(instance) {
  return [instance.label, instance.instance_name, instance.phone_number, instance.profile_name].join(" ").toLowerCase();
}

/** @param {string} name */
export function validInstanceName(name) {
  return /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/.test(name);
}

/**
 * A name the servers accept, made from what a person typed.
 * @param {string} label
 */
export function suggestName(label) {
  const plain = label.normalize("NFKD").replace(/[^\w\s-]/g, "").trim().toLowerCase();
  return plain.replace(/[\s_-]+/g, "-").replace(/^-+/, "").slice(0, 63);
}

/**
 * @param {string} typed a phone number in any spelling; 08.. is Indonesia
 * @returns {string} digits with the country code
 */
export function digitsOf(typed) {
  const digits = typed.replace(/\D/g, "");
  return digits.startsWith("0") ? `62${digits.slice(1)}` : digits;
}
