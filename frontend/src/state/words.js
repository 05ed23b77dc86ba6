/** Every text a person reads, in the chosen language; the error catalogue is the API's own. */

import { languageOf } from "./languages.js";
import { lang } from "./preferences.js";

const words = () => languageOf(lang.value).words;
const catalogue = () => languageOf(lang.value).catalogue;

/**
 * @param {string} key
 * @param {Record<string, string | number>} [params] for {name} in the text
 */
export function t(key, params = {}) {
  const text = words()[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => String(params[name] ?? whole));
}

/**
 * Whether there are words for a key: of what the API may name before the page knows it.
 * @param {string} key
 */
export function known(key) {
  return key in words();
}

/**
 * Title and detail of an error code: the page's own (a silent network) or the catalogue's.
 * @param {string} code
 * @param {Record<string, string | number>} [params]
 */
export function describe(code, params = {}) {
  const own = words()[`problem.${code}.title`];
  if (own) return { title: own, detail: t(`problem.${code}.detail`) };
  const known = catalogue()[code] ?? catalogue()["internal"];
  if (!known) return { title: t("problem.unreadable.title"), detail: "" };
  return { title: fill(known.title, params), detail: fill(known.detail, params) };
}

/**
 * @param {string} code
 * @returns {string | null} the words on the button that mends it
 */
export function buttonOf(code) {
  return catalogue()[code]?.button || null;
}

/**
 * The catalogue sets between [ and ] what is left out where its {name} is not known.
 * @param {string} text
 * @param {Record<string, string | number>} params
 */
function fill(text, params) {
  const known = (/** @type {string} */ part) => [...part.matchAll(/\{(\w+)\}/g)].every(([, name]) => name && name in params);
  const kept = text.replace(/\[([^\]]*)\]/g, (_, part) => (known(part) ? part : ""));
  return kept.replace(/\{(\w+)\}/g, (whole, name) => String(params[name] ?? whole));
}
