/** One line of the history in words, for the screen and for the copied text alike. */

import { t } from "../../state/words.js";
import { actionWords, faultWords, reasonWords, worded } from "./words-of.js";

/** @param {import("../../core/timeline.js").Entry} entry */
export function entryWords(entry) {
  if (entry.kind === "transition") return transition(entry.transition);
  if (entry.kind === "operation") return operation(entry.operation);
  if (entry.kind === "move") return moved(entry.move);
  const { event, outcome } = entry.event;
  const times = entry.times > 1 ? `, ${t("story.times", { n: entry.times })}` : "";
  return `${t("story.event", { event })}: ${worded(`outcome.${outcome}`) ?? outcome}${times}`;
}

/** @param {import("../../types.js").Transition} one */
function transition(one) {
  const by = t(`story.by.${one.source}`);
  return `${t(`says.${one.old_status}`)} → ${t(`says.${one.new_status}`)}: ${reasonWords(one.reason)} (${by})`;
}

/** @param {import("../../types.js").Move} one */
function moved({ old_server: from, new_server: to, found_by: by }) {
  return `${t("story.moved", { from: from ?? "?", to: to ?? "?" })}: ${t(`story.moved.${by}`)}`;
}

/** @param {import("../../types.js").Operation} one */
function operation(one) {
  const state = worded(`story.state.${one.state}`) ?? one.state;
  const why = one.error ? `: ${faultWords(one.error.code) ?? one.error.title}` : "";
  return `${actionWords(one.action)} ${t("detail.running.by", { actor: one.actor })}: ${state}${why}`;
}
