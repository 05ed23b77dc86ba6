/** Which rows a search shows and in which order; the order never depends on state, so nothing jumps while one reads. */

/** @typedef {import("../types.js").Instance} Instance */

const ORDER = new Intl.Collator(undefined, { numeric: true });

/** @param {Instance} instance */
export function nameOf(instance) {
  return instance.label || instance.instance_name;
}

/**
 * @param {readonly Instance[]} instances
 * @param {{ clientId: string | null, query: string }} wanted
 * @returns {Instance[]} those of the client whose name, label or number contains the query
 */
export function matching(instances, { clientId, query }) {
  const needle = query.trim().toLowerCase();
  return instances
    .filter((instance) => clientId === null || instance.client_id === clientId)
    .filter((instance) => needle === "" || haystack(instance).includes(needle))
    .sort((a, b) => ORDER.compare(nameOf(a), nameOf(b)));
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
