/** "Event per menit": whether gateways talk to us at all, minute by minute. */

import { html } from "htm/preact";
import { Bars } from "../../components/bars.js";
import { Loaded } from "../../components/loaded.js";
import { useResource } from "../../state/resource.js";
import { t } from "../../state/words.js";

/** @typedef {import("../../types.js").Events} Events */

const EVERY_MS = 15_000;

export function Traffic() {
  /** @type {import("../../state/resource.js").Resource<Events>} */
  const events = useResource("/api/metrics/events?window=1h", { every: EVERY_MS });
  return html`
    <section class="panel" aria-labelledby="traffic">
      <div class="panel-head"><h2 id="traffic">${t("traffic.title")}</h2><p class="panel-age">${t("traffic.window")}</p></div>
      <${Loaded} of=${events}>${(/** @type {Events} */ { counts, total }) => {
        const most = Math.max(0, ...counts);
        const silent = counts.filter((n) => n === 0).length;
        return total === 0
          ? html`<p class="panel-empty">${t("traffic.none")}</p>`
          : html`<${Bars} values=${counts} label=${t("traffic.words", { total, most, silent })} first=${t("traffic.first")} last=${t("time.ago.now")} top=${t("traffic.most", { most })} />`;
      }}<//>
    </section>
  `;
}
