/** Copies a text, also where the browser keeps its clipboard from pages without TLS, as on a laptop in the office. */

/** @param {string} text */
export async function copy(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const held = document.createElement("textarea");
  held.value = text;
  held.className = "sr-only";
  // Inside the open dialog: outside of it nothing can be selected.
  (document.querySelector("dialog[open]:last-of-type") ?? document.body).append(held);
  held.select();
  document.execCommand("copy");
  held.remove();
}
