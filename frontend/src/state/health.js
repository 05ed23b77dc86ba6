/** The fleet's health as last looked at, and the look one can ask for. */

import { act } from "./api.js";
import { resource, useResource } from "./resource.js";
import { clientId } from "./route.js";

/** @typedef {import("../types.js").HealthCheck} HealthCheck */

function path() {
  return clientId.value === null ? "/api/health-check" : `/api/health-check?client_id=${encodeURIComponent(clientId.value)}`;
}

/**
 * Of the chosen client, fresh for as long as the component is on the screen.
 * @returns {import("./resource.js").Resource<HealthCheck>}
 */
export function useHealth() {
  return useResource(path());
}

/** Look at all servers now; seconds, when one of them hangs. */
export async function checkNow() {
  await act("POST", "/api/health-check", {});
  await resource(path()).look();
}
