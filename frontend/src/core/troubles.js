/** What needs a person, worst first: a server before its numbers, since its silence hides what is wrong with them. */

/** @typedef {import("../types.js").Fault} Fault */
/** @typedef {import("../types.js").HealthCheck} HealthCheck */
/** @typedef {import("../types.js").InstanceHealth} InstanceHealth */
/** @typedef {import("../types.js").ServerHealth} ServerHealth */

/**
 * @typedef {object} Trouble
 * @property {"server" | "instance"} kind
 * @property {string} id of the server or the instance
 * @property {string} name
 * @property {string | null} serverId
 * @property {Fault} fault
 * @property {number} numbers how many numbers it is about
 */

/** What mends nothing at once stands behind what does. @type {import("../types.js").Status[]} */
const GRAVITY = ["error", "disconnected", "connecting", "connected"];

/**
 * @param {HealthCheck} health
 * @returns {Trouble[]}
 */
export function troubles({ servers, instances }) {
  const failing = servers.filter(fails);
  // Nothing is known of the numbers behind a server that fails or is switched off: they are not listed one by one.
  const hidden = new Set([...failing.filter(({ evolution_reachable }) => !evolution_reachable), ...servers.filter(({ enabled }) => !enabled)].map(({ server_id }) => server_id));
  const wrong = instances.filter((one) => one.code !== null && !(one.server_id !== null && hidden.has(one.server_id)));
  return [
    ...failing.map((server) => ofServer(server, instances)).sort((a, b) => b.numbers - a.numbers || a.name.localeCompare(b.name)),
    ...wrong.sort((a, b) => GRAVITY.indexOf(a.status) - GRAVITY.indexOf(b.status) || (a.code ?? "").localeCompare(b.code ?? "")
      || a.instance_name.localeCompare(b.instance_name)).map(ofInstance),
  ];
}

/** @param {ServerHealth} server */
function fails({ enabled, code }) {
  return enabled && code !== null;
}

/**
 * @param {ServerHealth} server
 * @param {InstanceHealth[]} instances
 * @returns {Trouble}
 */
function ofServer({ server_id, name, code, title, detail, action, side }, instances) {
  return {
    kind: "server",
    id: server_id,
    name,
    serverId: server_id,
    fault: fault({ code, title, detail, action, side }),
    numbers: instances.filter((one) => one.server_id === server_id).length,
  };
}

/**
 * @param {InstanceHealth} one
 * @returns {Trouble}
 */
function ofInstance({ instance_id, instance_name, server_id, code, reason, detail, action, side }) {
  return {
    kind: "instance",
    id: instance_id,
    name: instance_name,
    serverId: server_id,
    fault: fault({ code, title: reason, detail, action, side }),
    numbers: 1,
  };
}

/**
 * @param {{ [N in keyof Fault]: Fault[N] | null }} said
 * @returns {Fault}
 */
function fault({ code, title, detail, action, side }) {
  return { code: code ?? "internal", title: title ?? "", detail: detail ?? "", action: action ?? "none", side: side ?? "us" };
}
