/** The one button a problem leads to, as far as this person may press it. */

import { html } from "htm/preact";
import { checkServer, setWebhook } from "../state/actions.js";
import { copy } from "../state/clipboard.js";
import { closeDialog, openDialog } from "../state/dialogs.js";
import { allowed, instances, refresh } from "../state/fleet.js";
import { recheck } from "../state/instance-actions.js";
import { goTo, place } from "../state/route.js";
import { buttonOf, t } from "../state/words.js";
import { Button } from "./button.js";
import { say } from "./said.js";
import { useTask } from "./use-task.js";

/** @typedef {import("../types.js").Action} Action */
/** @typedef {import("../types.js").Fault} Fault */
/** @typedef {{ instanceId?: string | null, serverId?: string | null, retry?: () => unknown }} Around what the problem is about */
/** @typedef {{ needs: import("../types.js").Role, run: () => unknown, words?: string }} Way */

/** What the form or the login that is on the screen mends: a button beside it would lead away from it. */
const MENDED_WHERE_ONE_IS = new Set([401, 403, 413, 415, 422]);

/** Each action of the catalogue as it is taken from here. @type {Record<Action, (fault: Fault, around: Around) => Way | null>} */
const WAYS = {
  connect: (fault, { instanceId }) =>
    instanceId ? { needs: "operator", run: () => openDialog({ name: "qr", instanceId }) } : look(),
  open_wizard: (fault, { instanceId }) =>
    instanceId ? { needs: "operator", run: () => openDialog({ name: "wizard", instanceId }) } : look(),
  set_webhook: (fault, { instanceId }) =>
    instanceId ? { needs: "operator", run: () => webhook(fault, instanceId) } : look(),
  recreate: (fault, { instanceId }) =>
    instanceId ? { needs: "admin", run: () => openDialog({ name: "recreate", instanceId }) } : look(),
  check_server: (fault, around) => checking(around),
  sync: (fault, { serverId }) => ({ needs: "operator", run: () => openDialog({ name: "sync", serverId: serverId ?? undefined }) }),
  contact_owner: (fault) => ({ needs: "viewer", run: () => copyForOwner(fault) }),
  view_diagnosis: (fault, { instanceId }) =>
    instanceId && !shows(instanceId) ? { needs: "viewer", run: () => toDiagnosis(instanceId) } : look(),
  wait: (fault, { retry }) => (retry ? { needs: "viewer", run: retry, words: t("action.retry") } : look()),
  none: (fault) => (MENDED_WHERE_ONE_IS.has(/** @type {Partial<import("../types.js").Problem>} */ (fault).status ?? 0) ? null : look()),
};

/** @param {{ fault: Fault, kind?: "plain" | "small" | "primary" } & Around} props */
export function ProblemAction({ fault, kind = "plain", ...around }) {
  const way = (WAYS[fault.action] ?? WAYS.none)(fault, around);
  const task = useTask(async () => {
    await way?.run();
  });
  if (way === null) return null;
  const words = way.words ?? buttonOf(fault.code) ?? t(`action.${fault.action}`);
  if (!allowed(way.needs)) return html`<p class="hint">${t(`action.needs.${way.needs}`, { words })}</p>`;
  return html`
    <${Button} kind=${kind} busy=${task.busy} onClick=${task.run}>${words}<//>
    ${task.problem && html`<p class="field-error" role="alert">${task.problem.title}. ${task.problem.detail}</p>`}
  `;
}

/** Nothing to do but to see how it is now. @returns {Way} */
function look() {
  return { needs: "viewer", run: refresh, words: t("action.refresh") };
}

/**
 * @param {Around} around
 * @returns {Way}
 */
function checking({ instanceId, serverId }) {
  const instance = instances.peek()?.find(({ id }) => id === instanceId);
  if (instance) return { needs: "operator", run: () => checked(instance) };
  if (serverId) return { needs: "operator", run: () => checkedServer(serverId) };
  return { needs: "viewer", run: () => goTo("server") };
}

/** @param {import("../types.js").Instance} instance */
async function checked(instance) {
  await recheck(instance);
  say(t("said.checked"));
}

/** @param {string} serverId */
async function checkedServer(serverId) {
  const seen = await checkServer(serverId);
  if (seen.reachable) say(t("said.reachable"));
  else say(t("said.unreachable"), "warn");
}

/**
 * @param {Fault} fault
 * @param {string} instanceId
 */
async function webhook(fault, instanceId) {
  if (fault.code === "webhook_elsewhere") return openDialog({ name: "webhook-choices", instanceId, host: hostOf(fault) });
  await setWebhook(instanceId);
  say(t("said.webhook"));
}

/**
 * A finding has seen whose webhook it is; an older problem has not.
 * @param {Fault & { evidence?: Record<string, unknown> }} fault
 */
function hostOf({ evidence }) {
  return typeof evidence?.host === "string" ? evidence.host : undefined;
}

/**
 * People reach the owner in their own way; what to tell is here.
 * @param {Fault} fault
 */
async function copyForOwner(fault) {
  await copy(`${fault.title}\n${fault.detail}`);
  say(t("said.copied"));
}

/** @param {string} instanceId */
function shows(instanceId) {
  const [screen, id] = place.value.path;
  return screen === "nomor" && id === instanceId;
}

/** @param {string} instanceId */
function toDiagnosis(instanceId) {
  closeDialog();
  goTo(`nomor/${instanceId}`);
}
