/** What a source says, in words; silence is told apart from having nothing to say. */

import { t } from "../../state/words.js";
import { worded } from "./words-of.js";

/** @type {Partial<Record<import("../../core/truth.js").Source, string>>} */
const SILENCE = { event: "says.never", places: "says.unasked" };

/** @param {import("../../core/truth.js").Told} told */
export function saysWords({ source, says, more }) {
  if (says === null) return t(SILENCE[source] ?? "says.silence");
  const words = worded(`says.${says}`) === null ? says : t(`says.${says}`, more);
  return more.reason ? `${words}, ${t("truth.reason", { reason: more.reason })}` : words;
}
