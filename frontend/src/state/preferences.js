/** Language and theme: Indonesian and the system's own until a person chooses; kept in the browser. */

import { effect, signal } from "@preact/signals";
import { languageOf } from "./languages.js";

/** @typedef {"light" | "dark"} Theme */

export const lang = signal(languageOf(kept("sambung.lang")).code);

const chosen = kept("sambung.theme");
const system = matchMedia("(prefers-color-scheme: dark)");
const systemDark = signal(system.matches);
const choice = signal(/** @type {Theme | null} */ (chosen === "light" || chosen === "dark" ? chosen : null));

export const theme = {
  get value() {
    return choice.value ?? (systemDark.value ? "dark" : "light");
  },
};

/** To the other one; what equals the system's is not kept, so that the page follows it again. */
export function switchTheme() {
  const other = theme.value === "dark" ? "light" : "dark";
  choice.value = other === (systemDark.value ? "dark" : "light") ? null : other;
  keep("sambung.theme", choice.value);
}

/** @param {string} wanted a language's code */
export function chooseLang(wanted) {
  lang.value = wanted;
  keep("sambung.lang", wanted);
}

system.addEventListener("change", (event) => {
  systemDark.value = event.matches;
});

effect(() => {
  document.documentElement.lang = lang.value;
});

effect(() => {
  if (choice.value) document.documentElement.dataset.theme = choice.value;
  else delete document.documentElement.dataset.theme;
});

/** @param {string} name */
function kept(name) {
  try {
    return localStorage.getItem(name);
  } catch {
    return null; // a browser may refuse storage; the page then forgets at the next visit
  }
}

/**
 * @param {string} name
 * @param {string | null} value
 */
function keep(name, value) {
  try {
    if (value === null) localStorage.removeItem(name);
    else localStorage.setItem(name, value);
  } catch {
    return; // as above
  }
}
