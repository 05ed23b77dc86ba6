/** The diagnosis as a text to send to somebody who helps: complete, but without full numbers and without secrets. */

import { lines } from "../../core/evidence.js";
import { redact } from "../../core/redact.js";
import { timeline } from "../../core/timeline.js";
import { exact, parseTime } from "../../core/time.js";
import { told } from "../../core/truth.js";
import { term, value } from "../../components/evidence.js";
import { lang } from "../../state/preferences.js";
import { t } from "../../state/words.js";
import { entryWords } from "./entry-words.js";
import { saysWords } from "./says-words.js";

const LATEST = 15;

/**
 * @param {import("../../types.js").Diagnosis} diagnosis
 * @param {import("../../types.js").InstanceDetail} detail
 * @param {import("../../types.js").Server | undefined} server
 */
export function diagnosisText(diagnosis, detail, server) {
  const where = server ? `${server.name} (${server.kind} ${server.version ?? "?"})` : "–";
  const parts = [
    `Sambung, ${at(diagnosis.checked_at)}`,
    `${detail.instance_name}: ${t(`status.${detail.view.label}`)}, ${detail.phone_number ?? t("instance.no-number")}`,
    `${t("instance.server")}: ${where}`,
    "",
    `# ${t("diagnosis.title")}`,
    ...(diagnosis.findings.length === 0 ? [t("diagnosis.well")] : diagnosis.findings.flatMap(finding)),
    "",
    `# ${t("truth.title")}`,
    ...told(diagnosis, detail).map((row) => `- ${t(`truth.of.${row.source}`)}: ${saysWords(row, server)}${row.at ? `, ${at(row.at)}` : ""}`),
    ...diagnosis.disagreements.map(({ name }) => `! ${t(`disagree.${name}`)}: ${t(`disagree.${name}.text`)}`),
    "",
    `# ${t("story.title")}`,
    ...timeline(detail).slice(0, LATEST).map((entry) => `- ${exact(entry.at, lang.value)} ${entryWords(entry)}`),
  ];
  return redact(parts.join("\n"));
}

/** @param {import("../../types.js").Finding} one */
function finding(one) {
  const proof = lines(one.evidence).map((line) => `${term(line.name)}: ${value(line)}`).join("; ");
  return [`- ${one.title} [${one.code}, ${t(`severity.${one.severity}`)}, ${t(`side.${one.side}`)}]`, `  ${one.detail}`, ...(proof ? [`  ${proof}`] : [])];
}

/** @param {string | number} time */
function at(time) {
  const then = typeof time === "number" ? time : parseTime(time);
  return then === null ? "" : exact(then, lang.value);
}
