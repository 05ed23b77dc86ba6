/** A fleet as the health check tells it, for the tests of what the overview makes of it. */

export const NOW = Date.UTC(2026, 10, 22, 3);

/** @param {number} seconds */
export const ago = (seconds) => new Date(NOW - seconds * 1000).toISOString();

/**
 * @param {string} name
 * @param {object} [more]
 * @returns {any}
 */
export function server(name, more = {}) {
  return {
    server_id: name, name, enabled: true, evolution_reachable: true, fetch_instances_ok: true, version: "2.3.6", latency_ms: 20,
    latencies_ms: [], failures_in_row: 0, unreachable_since: null, checked_at: ago(10), code: null, cause: null, title: null, detail: null,
    action: null, side: null, reason: null, ...more,
  };
}

/** @param {string} name */
export function down(name) {
  return server(name, {
    evolution_reachable: false, failures_in_row: 3, code: "server_unreachable", action: "check_server", side: "server",
    title: "Unreachable", detail: "VPS off", reason: "Unreachable: VPS off",
  });
}

/**
 * @param {string} name
 * @param {object} [more]
 * @returns {any}
 */
export function number(name, more = {}) {
  return {
    instance_id: name, instance_name: name, server_id: "a", webhook_state: "ok", webhook_proven: true, webhook_policy: "ours", last_webhook_event_at: ago(30),
    last_qr_event_at: null, qr_readiness: "connected", status: "connected", stale: false, view: "connected", code: null, action: null,
    side: null, reason: null, detail: null, ...more,
  };
}

/**
 * @param {any[]} servers
 * @param {any[]} instances
 * @returns {any}
 */
export function health(servers, instances) {
  return { checked_at: servers.length > 0 ? ago(10) : null, reason: null, servers, instances, summary: {} };
}
