/** What a source says, in words; silence is told apart from having nothing to say. */

import { t } from "../../state/words.js";
import { worded } from "./words-of.js";

/** @type {Partial<Record<import("../../core/truth.js").Source, string>>} */
const SILENCE = { event: "says.never", places: "says.unasked" };

/** A webjs node sends every session's events to one address, set in the node itself: there is nothing to ask it. */
const WEBHOOK_OF_NODE = "says.webhook_of_node";

/**
 * @param {import("../../core/truth.js").Told} told
 * @param {import("../../types.js").Server | undefined} server the number's
 */
export function saysWords({ source, says, more }, server) {
  if (says === null && source === "webhook" && server?.kind === "webjs") return t(WEBHOOK_OF_NODE);
  if (says === null) return t(SILENCE[source] ?? "says.silence");
  const words = worded(`says.${says}`) === null ? says : t(`says.${says}`, more);
  return more.reason ? `${words}, ${t("truth.reason", { reason: more.reason })}` : words;
}
