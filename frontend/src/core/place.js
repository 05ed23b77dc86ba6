/** Addresses inside the page, `#/nomor/<id>?client=..`, read, written and matched with the screens in one place. */

/** @typedef {{ path: readonly string[], query: Readonly<Record<string, string>> }} Place */

/**
 * @param {string} hash
 * @returns {Place}
 */
export function parsePlace(hash) {
  const [path = "", query = ""] = hash.replace(/^#?\/?/, "").split("?");
  return { path: path.split("/").filter(Boolean).map(decoded), query: Object.fromEntries(new URLSearchParams(query)) };
}

/**
 * @param {readonly string[]} path
 * @param {Record<string, string | null | undefined>} [query] what is empty is left out
 */
export function hashOf(path, query = {}) {
  const said = Object.entries(query).flatMap(([name, value]) => (value ? [[name, value]] : []));
  const search = new URLSearchParams(said).toString();
  return `#/${path.map(encodeURIComponent).join("/")}${search && `?${search}`}`;
}

/**
 * The entry whose `at` fits the path, with what its `:names` stand for; the first entry where none fits.
 * @template {{ at: string }} E
 * @param {readonly [E, ...E[]]} entries
 * @param {readonly string[]} path
 * @returns {{ entry: E, params: Record<string, string> }}
 */
export function entryAt(entries, path) {
  for (const entry of entries) {
    const params = fit(entry.at.split("/"), path);
    if (params) return { entry, params };
  }
  return { entry: entries[0], params: {} };
}

/**
 * @param {readonly string[]} pattern
 * @param {readonly string[]} path
 * @returns {Record<string, string> | null}
 */
function fit(pattern, path) {
  if (pattern.length !== path.length) return null;
  /** @type {Record<string, string>} */
  const params = {};
  for (const [place, part] of pattern.entries()) {
    const said = path[place] ?? "";
    if (part.startsWith(":")) params[part.slice(1)] = said;
    else if (part !== said) return null;
  }
  return params;
}

/** @param {string} part a person may have typed a lone % */
function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
