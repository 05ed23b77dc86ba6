/** Who is told: each channel with its last message and a test, and the form for a new one. */

import { html } from "htm/preact";
import { useState } from "preact/hooks";
import { Badge } from "../../components/badge.js";
import { Button } from "../../components/button.js";
import { Notice } from "../../components/notice.js";
import { RelativeTime } from "../../components/relative-time.js";
import { say } from "../../components/said.js";
import { useTask } from "../../components/use-task.js";
import { keepChannels, testChannel } from "../../state/alert-actions.js";
import { allowed } from "../../state/fleet.js";
import { lang } from "../../state/preferences.js";
import { useResource } from "../../state/resource.js";
import { t } from "../../state/words.js";
import { ChannelForm } from "./channel-form.js";

/** @typedef {import("../../types.js").Channel} Channel */

const EVERY_MS = 15_000;

export function Channels() {
  return allowed("admin") && html`<${Known} />`;
}

function Known() {
  const seen = /** @type {import("../../state/resource.js").Resource<{ items: Channel[] }>} */ (useResource("/api/alert-channels", { every: EVERY_MS }));
  const [adding, setAdding] = useState(false);
  const channels = seen.value.value?.items ?? null;
  if (channels === null) return null;
  return html`
    <section class="panel" aria-labelledby="channels">
      <h2 id="channels">${t("channels.title")}</h2>
      <p class="hint">${t("channels.text")}</p>
      ${channels.length === 0 && html`<p>${t("channels.none")}</p>`}
      <ul class="many-items">${channels.map((channel) => html`<${Row} key=${channel.id} channel=${channel} channels=${channels} onChanged=${seen.look} />`)}</ul>
      ${adding
        ? html`<${ChannelForm} onCancel=${() => setAdding(false)} onKeep=${async (/** @type {import("../../types.js").ChannelWanted} */ wanted) => {
            await keepChannels([...channels.map(kept), wanted]);
            setAdding(false);
            say(t("said.channel", { name: wanted.name }));
            await seen.look();
          }} />`
        : html`<${Button} icon="plus" onClick=${() => setAdding(true)}>${t("channels.add")}<//>`}
    </section>
  `;
}

/** @param {{ channel: Channel, channels: Channel[], onChanged: () => unknown }} props */
function Row({ channel, channels, onChanged }) {
  const testing = useTask(async () => {
    await testChannel({ id: channel.id, language: lang.peek() });
    say(t("said.channel-test", { name: channel.name }));
  });
  const changing = useTask(async (/** @type {Channel[]} */ wanted) => {
    await keepChannels(wanted.map(kept));
    await onChanged();
  });
  const [sure, setSure] = useState(false);
  const problem = testing.problem ?? changing.problem;
  return html`
    <li data-channel=${channel.name}>
      <span class="many-name">${channel.name}</span>
      <span class="many-facts">${channel.target} · ${t(`channels.least.${channel.least_severity}`)}</span>
      ${!channel.enabled && html`<${Badge} tone="mute">${t("channels.off")}<//>`}
      ${channel.last_failure && html`<${Badge} tone="bad">${t("channels.failed")}<//>`}
      <span class="many-buttons">
        <${Button} kind="small" busy=${testing.busy} label=${`${t("channels.test")}: ${channel.name}`} onClick=${testing.run}>${t("channels.test")}<//>
        <${Button} kind="small" busy=${changing.busy} label=${`${t(channel.enabled ? "channels.switch-off" : "channels.switch-on")}: ${channel.name}`}
          onClick=${() => changing.run(channels.map((one) => (one.id === channel.id ? { ...one, enabled: !one.enabled } : one)))}
        >${t(channel.enabled ? "channels.switch-off" : "channels.switch-on")}<//>
        ${sure
          ? html`<${Button} kind="danger" busy=${changing.busy} onClick=${() => changing.run(channels.filter(({ id }) => id !== channel.id))}>${t("channels.remove.sure")}<//>
              <${Button} kind="small" onClick=${() => setSure(false)}>${t("dialog.cancel")}<//>`
          : html`<${Button} kind="small" label=${`${t("channels.remove")}: ${channel.name}`} onClick=${() => setSure(true)}>${t("channels.remove")}<//>`}
      </span>
      <p class="many-why">
        ${channel.last_failure_reason && html`${channel.last_failure_reason} (<${RelativeTime} at=${channel.last_failed_at} />) `}
        ${channel.last_sent_at ? html`${t("channels.last")} <${RelativeTime} at=${channel.last_sent_at} />` : t("channels.never")}
      </p>
      ${problem && html`<${Notice} live fault=${problem} />`}
    </li>
  `;
}

/**
 * A channel as it is kept: without its URL, which is nobody's to see again.
 * @param {Channel} channel
 * @returns {import("../../types.js").ChannelWanted}
 */
function kept({ id, name, enabled, language, least_severity }) {
  return { id, name, enabled, language, least_severity };
}
