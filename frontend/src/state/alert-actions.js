/** What the buttons of the screen "Peringatan" ask of the API. */

import { act } from "./api.js";

/** @param {string} id */
export async function acknowledgeAlert(id) {
  await act("POST", `/api/alerts/${id}/acknowledge`, {});
}

/** @param {import("../types.js").ChannelWanted[]} wanted all there shall be; the others go */
export async function keepChannels(wanted) {
  await act("PUT", "/api/alert-channels", { items: wanted });
}

/** @param {{ id?: string, url?: string, language: string }} which a kept one by its id, or a URL before it is kept */
export async function testChannel(which) {
  await act("POST", "/api/alert-channels/test", which);
}
