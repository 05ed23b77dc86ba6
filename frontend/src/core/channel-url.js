/** Where alerts go, from what a person knows (a bot's token, a mailbox) to the one line that says it (Apprise's URL form). */

/** @typedef {"telegram" | "slack" | "email" | "webhook" | "other"} ChannelKind */
/** @typedef {Record<string, string>} ChannelForm the fields of FIELDS by their names */

/** What to ask for, in order; the ones that are secrets are never shown again. @type {Record<ChannelKind, readonly string[]>} */
export const FIELDS = {
  telegram: ["token", "chat"],
  slack: ["slack"],
  email: ["smtp", "user", "password", "to"],
  webhook: ["address"],
  other: ["apprise"],
};
export const SECRET = new Set(["token", "password"]);
/** @type {readonly ChannelKind[]} */
export const KINDS = ["telegram", "slack", "email", "webhook", "other"];

const part = encodeURIComponent;

/**
 * @param {ChannelKind} kind
 * @param {ChannelForm} form
 * @returns {string | null} null: something is missing, or not of its shape
 */
export function channelUrl(kind, form) {
  const said = Object.fromEntries(FIELDS[kind].map((name) => [name, (form[name] ?? "").trim()]));
  if (Object.values(said).some((value) => value === "")) return null;
  return BUILD[kind](said);
}

/** @type {Record<ChannelKind, (said: Record<string, any>) => string | null>} */
const BUILD = {
  telegram: ({ token, chat }) => (/^\d+:[\w-]+$/.test(token) && /^(-?\d+|@\w+)$/.test(chat) ? `tgram://${token}/${part(chat)}` : null),
  slack: ({ slack }) => {
    const found = /^https:\/\/hooks\.slack\.com\/services\/(\w+)\/(\w+)\/(\w+)\/?$/.exec(slack);
    return found ? `slack://${found[1]}/${found[2]}/${found[3]}` : null;
  },
  email: ({ smtp, user, password, to }) => {
    const [, host, port] = /^([\w.-]+)(?::(\d{1,5}))?$/.exec(smtp) ?? [];
    const boxes = /^[^\s@]+@[^\s@]+$/;
    if (!host || !boxes.test(to)) return null;
    const from = boxes.test(user) ? `&from=${part(user)}` : "";
    return `mailtos://${part(user)}:${part(password)}@${host}${port ? `:${port}` : ""}?smtp=${part(host)}&to=${part(to)}${from}`;
  },
  webhook: ({ address }) => {
    const found = /^http(s?):\/\/(\S+)$/.exec(address);
    return found ? `json${found[1]}://${found[2]}` : null;
  },
  other: ({ apprise }) => (/^[a-z][a-z0-9+.-]*:\/\/\S+$/i.test(apprise) ? apprise : null),
};
