/** The log's filter as a query of the API, and newer lines put before older ones. */

/** The filter as it stands in the page's address. @typedef {{ number: string, action: string, result: string, hours: string, follow: string }} LogFilter */

/** @type {LogFilter} */
export const ALL = { number: "", action: "", result: "", hours: "24", follow: "" };

const HOUR = 3_600_000;

/**
 * @param {LogFilter} filter number: an instance's id; hours: how far back, "all" for everything
 * @param {number} now ms
 * @returns {string} the query without "?"
 */
export function logQuery(filter, now) {
  const query = new URLSearchParams();
  if (filter.number) query.set("instance_id", filter.number);
  if (filter.action) query.set("action", filter.action);
  if (filter.result) query.set("status", filter.result);
  const hours = Number(filter.hours);
  if (hours > 0) query.set("from", new Date(now - hours * HOUR).toISOString());
  return query.toString();
}

/**
 * Newer lines before those that were shown, each once.
 * @template {{ id: number }} L
 * @param {readonly L[]} newest newest first
 * @param {readonly L[]} shown newest first
 * @returns {L[]}
 */
export function joined(newest, shown) {
  const known = new Set(newest.map(({ id }) => id));
  return [...newest, ...shown.filter(({ id }) => !known.has(id))];
}
