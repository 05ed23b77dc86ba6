/** The dialogs Logout, Buat Ulang, Lepas dari Sambung and Restart: the impact in words, then the action, then what was seen. */

import { html } from "htm/preact";
import { Confirm } from "../../components/confirm.js";
import { ProblemAction } from "../../components/problem-action.js";
import { say } from "../../components/said.js";
import { useClosedWithout } from "../../components/use-closed-without.js";
import { nameOf } from "../../core/matching.js";
import { setWebhook } from "../../state/actions.js";
import { closeDialog, openDialog } from "../../state/dialogs.js";
import { instances } from "../../state/fleet.js";
import { perform, release } from "../../state/instance-actions.js";
import { t } from "../../state/words.js";

/** @typedef {import("../../types.js").Instance} Instance */
/** @typedef {{ title: string, impact: string, words: string, busyWords: string, action: () => Promise<void> }} Asked */

/** @param {(instance: Instance) => Asked} ask */
function confirming(ask) {
  /** @param {{ instanceId: string }} props */
  return function ConfirmAction({ instanceId }) {
    const instance = useClosedWithout(instances.value?.find(({ id }) => id === instanceId));
    if (!instance) return null;
    return html`
      <${Confirm} ...${ask(instance)}
        beside=${(/** @type {import("../../types.js").Problem} */ problem) => html`<${ProblemAction} fault=${problem} instanceId=${instanceId} serverId=${instance.server_id} />`}>
        <p><strong>${nameOf(instance)}</strong>${instance.phone_number && ` · ${instance.phone_number}`}</p>
      <//>
    `;
  };
}

/** Of a connected number; any other begins anew in the wizard. */
export const Restart = confirming((instance) => ({
  title: t("restart.title", { name: nameOf(instance) }),
  impact: t("restart.impact"),
  words: t("act.restart"),
  busyWords: t("restart.busy"),
  action: async () => {
    const { instance: seen } = await perform(instance.id, "restart");
    closeDialog();
    say(t(seen?.status === "connected" ? "said.restarted" : "said.restarting", { name: nameOf(instance) }));
  },
}));

export const Logout = confirming((instance) => ({
  title: t("logout.title", { name: nameOf(instance) }),
  impact: t("instance.delete.impact"),
  words: t("act.logout"),
  busyWords: t("logout.busy"),
  action: async () => {
    await perform(instance.id, "logout");
    closeDialog();
    say(t("said.logged-out", { name: nameOf(instance) }));
  },
}));

export const Recreate = confirming((instance) => ({
  title: t("recreate.title", { name: nameOf(instance) }),
  impact: t("recreate.impact"),
  words: t("act.recreate"),
  busyWords: t("recreate.busy"),
  action: async () => {
    const { qr } = await perform(instance.id, "recreate");
    say(t("said.recreated", { name: nameOf(instance) }));
    openDialog({ name: "qr", instanceId: instance.id, qr: qr ?? null });
  },
}));

export const Release = confirming((instance) => ({
  title: t("release.title", { name: nameOf(instance) }),
  impact: t("release.impact"),
  words: t("act.release"),
  busyWords: t("release.busy"),
  action: async () => {
    await release(instance.id);
    closeDialog();
    say(t("said.released", { name: nameOf(instance) }));
  },
}));

export const RestoreWebhook = confirming((instance) => ({
  title: t("hook.restore.title", { name: nameOf(instance) }),
  impact: t("hook.restore.impact", { host: instance.webhook.previous_host ?? "?" }),
  words: t("hook.restore"),
  busyWords: t("webhook.setting"),
  action: async () => {
    await setWebhook(instance.id, "restore_previous");
    closeDialog();
    say(t("said.restored"));
  },
}));
