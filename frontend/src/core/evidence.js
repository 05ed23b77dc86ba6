/** The proof of a finding as lines one can read: each thing by its name, spans of time and lists as what they are. */

/** @typedef {{ name: string, kind: "text" | "span" | "ms" | "yes" | "no", value: string | number }} Line */

/**
 * @param {Record<string, unknown>} evidence as the API gives it
 * @returns {Line[]} without what is empty
 */
export function lines(evidence) {
  return Object.entries(evidence).flatMap(([name, value]) => line(name, value));
}

/**
 * @param {string} name
 * @param {unknown} value
 * @returns {Line[]}
 */
function line(name, value) {
  if (value === null || value === undefined || value === "") return [];
  if (typeof value === "boolean") return [{ name, kind: value ? "yes" : "no", value: "" }];
  if (typeof value === "number" && name.endsWith("_s")) return [{ name, kind: "span", value: value * 1000 }];
  if (typeof value === "number" && name.endsWith("_ms")) return [{ name, kind: "ms", value: Math.round(value) }];
  if (Array.isArray(value)) return value.length === 0 ? [] : [{ name, kind: "text", value: value.map(plain).join(", ") }];
  if (typeof value === "object") return lines(/** @type {Record<string, unknown>} */ (value));
  return [{ name, kind: "text", value: String(value) }];
}

/** @param {unknown} value */
function plain(value) {
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
