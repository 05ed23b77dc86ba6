/** The one button a problem leads to, as far as this person may press it. */

import { html } from "htm/preact";
import { Button } from "../components/button.js";
import { say } from "../components/said.js";
import { useTask } from "../components/use-task.js";
import { checkServer, setWebhook } from "../state/actions.js";
import { openDialog } from "../state/dialogs.js";
import { allowed, refresh } from "../state/fleet.js";
import { goTo } from "../state/route.js";
import { buttonOf, t } from "../state/words.js";

/** @typedef {import("../types.js").Action} Action */
/** @typedef {import("../types.js").Fault} Fault */
/** @typedef {{ instanceId?: string | null, serverId?: string | null, retry?: () => void }} Around what the problem is about */
/** @typedef {{ needs: import("../types.js").Role, run: (around: Around) => unknown, words?: string }} Way */

/** @type {(around: Around) => void} */
const openQr = ({ instanceId }) => instanceId && openDialog({ name: "qr", instanceId });

/**
 * How each action is taken from here; null where the page can do nothing about it.
 * @param {Fault} fault
 * @param {Around} around
 * @returns {Way | null}
 */
function wayOf(fault, around) {
  const { instanceId, serverId, retry } = around;
  switch (fault.action) {
    case "connect":
      return instanceId ? { needs: "operator", run: openQr } : null;
    case "open_wizard":
      return instanceId ? { needs: "operator", run: openQr, words: t("action.connect") } : null;
    case "set_webhook":
      return instanceId ? { needs: "operator", run: () => webhook(fault, instanceId) } : null;
    case "check_server":
      return serverId ? { needs: "operator", run: () => recheck(serverId) } : { needs: "viewer", run: () => goTo("server") };
    case "sync":
      return serverId ? { needs: "viewer", run: () => openDialog({ name: "server-instances", serverId }), words: t("action.list") } : null;
    case "contact_owner":
      return { needs: "viewer", run: () => copyForOwner(fault) };
    case "wait":
      return retry ? { needs: "viewer", run: retry, words: t("action.retry") } : null;
    case "view_diagnosis":
      return { needs: "viewer", run: refresh, words: t("action.refresh") };
    default:
      return null;
  }
}

/** @param {{ fault: Fault, kind?: "plain" | "small" } & Around} props */
export function ProblemAction({ fault, kind = "plain", ...around }) {
  const way = wayOf(fault, around);
  const task = useTask(async () => {
    await way?.run(around);
  });
  if (!way || !allowed(way.needs)) return null;
  const words = way.words ?? buttonOf(fault.code) ?? t(`action.${fault.action}`);
  return html`
    <${Button} kind=${kind} busy=${task.busy} onClick=${task.run}>${words}<//>
    ${task.problem && html`<p class="field-error" role="alert">${task.problem.title}. ${task.problem.detail}</p>`}
  `;
}

/**
 * @param {Fault} fault
 * @param {string} instanceId
 */
async function webhook(fault, instanceId) {
  if (fault.code === "webhook_elsewhere") return openDialog({ name: "take-over-webhook", instanceId });
  await setWebhook(instanceId);
  say(t("said.webhook"));
}

/**
 * People reach the owner in their own way; what to tell is here.
 * @param {Fault} fault
 */
async function copyForOwner(fault) {
  await navigator.clipboard.writeText(`${fault.title}\n${fault.detail}`);
  say(t("said.copied"));
}

/** @param {string} serverId */
async function recheck(serverId) {
  const seen = await checkServer(serverId);
  say(t(seen.reachable ? "said.reachable" : "said.unreachable"));
}
