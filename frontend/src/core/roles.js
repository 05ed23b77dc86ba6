/** Who may do what; the server decides, the page only hides what would be refused. */

/** @typedef {import("../types.js").Role} Role */

/** @type {Role[]} */
const RANKS = ["viewer", "operator", "admin"];

/**
 * @param {readonly string[]} roles of the person
 * @param {Role} needed
 */
export function may(roles, needed) {
  return roles.some((role) => RANKS.indexOf(/** @type {Role} */ (role)) >= RANKS.indexOf(needed));
}
