/** Every language of the page, one entry each; to add one, add its two files of texts and its entry. */

import en from "../../i18n/en.json";
import id from "../../i18n/id.json";
import catalogueEn from "../../../layers/common/sambung/texts/en.json";
import catalogueId from "../../../layers/common/sambung/texts/id.json";

/** @typedef {{ title: string, detail: string, button?: string | null }} CatalogueText */
/**
 * @typedef {object} Language
 * @property {string} code as browsers and the API name it
 * @property {string} short on its button
 * @property {string} name in itself
 * @property {Record<string, string>} words the page's own
 * @property {Record<string, CatalogueText>} catalogue the errors'
 */

/** The first is what one sees who has not chosen. @type {readonly [Language, ...Language[]]} */
export const LANGUAGES = [
  { code: "id", short: "ID", name: "Bahasa Indonesia", words: id, catalogue: catalogueId },
  { code: "en", short: "EN", name: "English", words: en, catalogue: catalogueEn },
];

/**
 * @param {string | null} code
 * @returns {Language} the first where there is none of that code
 */
export function languageOf(code) {
  return LANGUAGES.find((one) => one.code === code) ?? LANGUAGES[0];
}
