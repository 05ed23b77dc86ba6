/** A labelled input with its hint and its error, tied together for screen readers. */

import { html } from "htm/preact";
import { useId } from "preact/hooks";
import { t } from "../state/words.js";

/**
 * What the API says of one field, in a sentence of the page's language.
 * @param {import("../types.js").Problem | null} problem
 * @param {string} name
 */
export function fieldError(problem, name) {
  const reason = problem?.fields[name];
  if (!problem || !reason) return undefined;
  return problem.code === "conflict" ? t("form.taken") : t("form.wrong", { reason });
}

/**
 * @param {{
 *   label: string, value: string, onInput: (value: string) => void, hint?: string, error?: string, type?: string,
 *   required?: boolean, autofocus?: boolean, autocomplete?: string, inputmode?: string, placeholder?: string, pattern?: string,
 *   name?: string, maxlength?: number,
 * }} props
 */
export function Field({ label, value, onInput, hint, error, type = "text", ...rest }) {
  const id = useId();
  const about = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ");
  return html`
    <div class="field">
      <label for=${id}>${label}</label>
      <input
        id=${id}
        type=${type}
        value=${value}
        aria-describedby=${about || undefined}
        aria-invalid=${error ? "true" : undefined}
        spellcheck=${false}
        autocapitalize="off"
        onInput=${(/** @type {Event} */ event) => onInput(/** @type {HTMLInputElement} */ (event.target).value)}
        ...${rest}
      />
      ${hint && html`<p class="hint" id=${`${id}-hint`}>${hint}</p>`}
      ${error && html`<p class="field-error" id=${`${id}-error`}>${error}</p>`}
    </div>
  `;
}

/**
 * @param {{
 *   label: string, value: string, onInput: (value: string) => void, options: [value: string, text: string][], hint?: string, beside?: boolean,
 * }} props beside: the label stands before the choice, not above it
 */
export function Choice({ label, value, onInput, options, hint, beside = false }) {
  const id = useId();
  return html`
    <div class=${beside ? "field field-beside" : "field"}>
      <label for=${id}>${label}</label>
      <select
        id=${id}
        value=${value}
        aria-describedby=${hint ? `${id}-hint` : undefined}
        onChange=${(/** @type {Event} */ event) => onInput(/** @type {HTMLSelectElement} */ (event.target).value)}
      >
        ${options.map(([key, text]) => html`<option key=${key} value=${key} selected=${key === value}>${text}</option>`)}
      </select>
      ${hint && html`<p class="hint" id=${`${id}-hint`}>${hint}</p>`}
    </div>
  `;
}

/**
 * @param {{ label: string, checked: boolean, onChange: (checked: boolean) => void, hint?: string }} props
 */
export function Check({ label, checked, onChange, hint }) {
  const id = useId();
  return html`
    <div class="field field-check">
      <input id=${id} type="checkbox" checked=${checked} aria-describedby=${hint ? `${id}-hint` : undefined}
        onChange=${(/** @type {Event} */ event) => onChange(/** @type {HTMLInputElement} */ (event.target).checked)} />
      <label for=${id}>${label}</label>
      ${hint && html`<p class="hint" id=${`${id}-hint`}>${hint}</p>`}
    </div>
  `;
}
