/** The form of a new channel: what a person knows of it, tried before it is kept. */

import { html } from "htm/preact";
import { useState } from "preact/hooks";
import { Button } from "../../components/button.js";
import { Choice, Field } from "../../components/field.js";
import { Notice } from "../../components/notice.js";
import { useTask } from "../../components/use-task.js";
import { channelUrl, FIELDS, KINDS, SECRET } from "../../core/channel-url.js";
import { testChannel } from "../../state/alert-actions.js";
import { lang } from "../../state/preferences.js";
import { t } from "../../state/words.js";

/** @typedef {import("../../core/channel-url.js").ChannelKind} ChannelKind */

/** @param {{ onKeep: (wanted: import("../../types.js").ChannelWanted) => Promise<void>, onCancel: () => void }} props */
export function ChannelForm({ onKeep, onCancel }) {
  const [kind, setKind] = useState(/** @type {ChannelKind} */ ("telegram"));
  const [form, setForm] = useState(/** @type {Record<string, string>} */ ({}));
  const [least, setLeast] = useState("warning");
  const [tried, setTried] = useState(false);
  const url = channelUrl(kind, form);
  const language = lang.value;
  const trying = useTask(async () => {
    await testChannel({ url: /** @type {string} */ (url), language });
    setTried(true);
  });
  const keeping = useTask(() => onKeep({ name: form["name"]?.trim() || t(`channels.kind.${kind}`), url: /** @type {string} */ (url), enabled: true, language, least_severity: least }));
  /** @param {string} name */
  const bind = (name) => ({
    value: form[name] ?? "",
    onInput: (/** @type {string} */ value) => { setForm((before) => ({ ...before, [name]: value })); setTried(false); },
  });
  const problem = trying.problem ?? keeping.problem;
  return html`
    <form class="form" autocomplete="off" onSubmit=${(/** @type {Event} */ event) => { event.preventDefault(); if (url) void keeping.run(); }}>
      <${Choice} label=${t("channels.kind")} value=${kind} options=${KINDS.map((one) => [one, t(`channels.kind.${one}`)])}
        onInput=${(/** @type {ChannelKind} */ one) => { setKind(one); setTried(false); }} />
      ${FIELDS[kind].map((name) => html`<${Field} key=${`${kind} ${name}`} label=${t(`channels.field.${name}`)} hint=${t(`channels.field.${name}.hint`)} required
        type=${SECRET.has(name) ? "password" : "text"} autocomplete=${SECRET.has(name) ? "new-password" : "off"} ...${bind(name)} />`)}
      <${Field} label=${t("channels.name")} hint=${t("channels.name.hint")} maxlength=${80} ...${bind("name")} />
      <${Choice} label=${t("channels.least")} value=${least} options=${["warning", "critical"].map((one) => [one, t(`channels.least.${one}`)])} onInput=${setLeast} />
      ${problem && html`<${Notice} live fault=${problem} />`}
      ${tried && html`<${Notice} live tone="good" fault=${{ title: t("channels.tried"), detail: t("channels.tried.text") }} />`}
      <div class="form-end">
        <${Button} onClick=${onCancel}>${t("dialog.cancel")}<//>
        <${Button} busy=${trying.busy} disabled=${url === null} onClick=${trying.run}>${t("channels.test")}<//>
        <${Button} type="submit" kind="primary" busy=${keeping.busy} disabled=${url === null}>${t("server.save")}<//>
      </div>
    </form>
  `;
}
