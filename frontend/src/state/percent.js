/** Shares as people read them, in the page's language. */

import { lang } from "./preferences.js";

/** @param {number} share of 1; 99.96 is not 100, and what was never nothing is not 0 */
export function inPercent(share) {
  const floored = Math.floor(share * 1000) / 1000;
  const told = share > 0 && share < 0.001 ? 0.001 : floored;
  return new Intl.NumberFormat(lang.value, { style: "percent", maximumFractionDigits: 1 }).format(told);
}
