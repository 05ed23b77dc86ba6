/** Ages and exact times, so that every screen says "30 detik lalu" alike. */

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Indonesia's three zones have names of their own that browsers do not know. */
const INDONESIAN_ZONES = new Map([
  ["Asia/Jakarta", "WIB"],
  ["Asia/Pontianak", "WIB"],
  ["Asia/Makassar", "WITA"],
  ["Asia/Ujung_Pandang", "WITA"],
  ["Asia/Jayapura", "WIT"],
]);

/**
 * How long ago `then` was, in its largest whole unit. A time in the future (clocks differ) counts as now.
 * @param {number} then ms
 * @param {number} now ms
 * @returns {{ unit: "now" | "s" | "m" | "h" | "d", n: number }}
 */
export function age(then, now) {
  const passed = now - then;
  if (passed < 5 * SECOND) return { unit: "now", n: 0 };
  if (passed < MINUTE) return { unit: "s", n: Math.floor(passed / SECOND) };
  if (passed < HOUR) return { unit: "m", n: Math.floor(passed / MINUTE) };
  if (passed < DAY) return { unit: "h", n: Math.floor(passed / HOUR) };
  return { unit: "d", n: Math.floor(passed / DAY) };
}

/**
 * The exact local time with its zone's name: "21 Nov 2026 14.03.05 WIB".
 * @param {number} then ms
 * @param {string} lang
 * @param {string} [zone] IANA name; the browser's own when absent
 */
export function exact(then, lang, zone = Intl.DateTimeFormat().resolvedOptions().timeZone) {
  const named = INDONESIAN_ZONES.get(zone);
  const text = new Intl.DateTimeFormat(lang === "en" ? "en-GB" : lang, {
    timeZone: zone,
    day: "numeric",
    month: "short",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    ...(named ? {} : { timeZoneName: "short" }),
  }).format(then);
  return named ? `${text} ${named}` : text;
}

/**
 * @param {string | null | undefined} text RFC 3339
 * @returns {number | null} ms, null for what is absent or no time
 */
export function parseTime(text) {
  if (!text) return null;
  const time = Date.parse(text);
  return Number.isNaN(time) ? null : time;
}
