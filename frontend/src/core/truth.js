/** What each source says of a number, side by side, and which of them contradict each other. */

/** @typedef {import("../types.js").Diagnosis} Diagnosis */
/** @typedef {import("../types.js").InstanceDetail} InstanceDetail */
/** @typedef {"memory" | "list" | "event" | "registry" | "webhook" | "places"} Source */

/**
 * @typedef {object} Told
 * @property {Source} source
 * @property {string | null} says a word of `says.*`; null: it did not answer, or there is nothing
 * @property {string | number | null} at when it said so
 * @property {Record<string, string | number>} more what belongs to the word: a host, a number, a count
 * @property {string[]} disagrees names of the contradictions it is part of
 */

/** Whose word takes part in a contradiction under which name. @type {Record<string, Source>} */
const SPEAKERS = { memory: "memory", list: "list", registry: "registry", webhook: "webhook", assigned: "registry", found: "places" };

/**
 * @param {Diagnosis} diagnosis
 * @param {Pick<InstanceDetail, "transitions" | "last_webhook_event_at" | "status_since">} detail
 * @returns {Told[]} always every source, in the order of how directly it knows
 */
export function told(diagnosis, detail) {
  const { facts } = diagnosis;
  const disagreeing = bySource(diagnosis.disagreements);
  /** @type {(source: Source, says: unknown, at: string | number | null | undefined, more?: Record<string, string | number>) => Told} */
  const row = (source, says, at, more = {}) => ({
    source, says: typeof says === "string" ? says : null, at: at ?? null, more, disagrees: disagreeing[source] ?? [],
  });
  const listed = of(facts.list);
  const setting = of(facts.webhook);
  const byEvent = detail.transitions.find(({ source }) => source === "webhook");
  return [
    row("memory", facts.memory?.value, facts.memory?.at),
    row("list", listed?.says, facts.list?.at, listed?.close_reason == null ? {} : { reason: String(listed.close_reason) }),
    row("event", detail.last_webhook_event_at && (byEvent?.new_status ?? "heard"), detail.last_webhook_event_at),
    row("registry", facts.registry?.value, facts.registry?.at),
    row("webhook", setting && `webhook_${setting.state}`, facts.webhook?.at, setting?.host ? { host: String(setting.host) } : {}),
    row("places", ...places(of(facts.elsewhere), facts.elsewhere?.at)),
  ];
}

/**
 * @param {Record<string, unknown> | null} found
 * @param {string | null | undefined} at
 * @returns {[says: string | null, at: string | null, more: Record<string, string | number>]}
 */
function places(found, at) {
  const seen = /** @type {{ server: string, says: string }[]} */ (found?.seen ?? []);
  const asked = Number(found?.asked ?? 0);
  const answered = Number(found?.answered ?? 0);
  if (asked === 0) return [null, null, {}];
  if (seen.length === 0) return ["nowhere_else", at ?? null, { asked, answered }];
  return ["seen_elsewhere", at ?? null, { servers: [...new Set(seen.map(({ server }) => server))].join(", ") }];
}

/**
 * @param {Diagnosis["disagreements"]} disagreements
 * @returns {Partial<Record<Source, string[]>>}
 */
function bySource(disagreements) {
  /** @type {Partial<Record<Source, string[]>>} */
  const found = {};
  for (const { name, says } of disagreements) {
    for (const source of new Set(Object.keys(says).map((speaker) => SPEAKERS[speaker]))) {
      if (source) found[source] = [...(found[source] ?? []), name];
    }
  }
  return found;
}

/**
 * @param {{ value: unknown } | undefined} fact
 * @returns {Record<string, unknown> | null}
 */
function of(fact) {
  return fact && typeof fact.value === "object" ? /** @type {Record<string, unknown> | null} */ (fact.value) : null;
}
