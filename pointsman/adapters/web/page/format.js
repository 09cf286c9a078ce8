// Says numbers, money and moments in words. Unknown is never shown as zero.

import { plural, t } from "./texts.js";

const number = new Intl.NumberFormat(t("locale.numbers"));
const short = new Intl.NumberFormat(t("locale.numbers"), { notation: "compact", maximumFractionDigits: 1 });

/** A number with so many digits behind the point, or the comma. */
const fixed = (value, digits) => value.toLocaleString(t("locale.numbers"), { minimumFractionDigits: digits, maximumFractionDigits: digits });

/** A count: "1,234", or "?" when it is not known. */
export const count = (value) => (value === null || value === undefined ? "?" : number.format(value));

/** A count in little room: "1.2K", or "?". */
export const compact = (value) => (value === null || value === undefined ? "?" : short.format(value));

function dollars(amount) {
  if (amount === 0) return "$0";
  if (amount >= 1) return `$${fixed(amount, 2)}`;
  if (amount >= 0.1) return `$${fixed(amount, 2)}`;
  const digits = Math.min(6, 1 - Math.floor(Math.log10(amount)));
  return amount < 0.000001 ? `<$${fixed(0.000001, 6)}` : `$${fixed(amount, digits)}`;
}

/** Money: "$0.0042", "≥ $0.0042" when a part is unknown, "unknown" when all of it is. */
export function money(value) {
  if (!value) return t("common.unknown");
  const amount = Number(value.amount);
  if (value.complete) return dollars(amount);
  return amount === 0 ? t("common.unknown") : `≥ ${dollars(amount)}`;
}

/** Money in a sentence: "$0.0042", or "cost unknown", so that nobody wonders what is. */
export const costWords = (value) => (!value || (!value.complete && Number(value.amount) === 0) ? t("format.costUnknown") : money(value));

/** The sum of several amounts; unknown parts keep their mark. */
export function total(amounts) {
  const known = amounts.filter(Boolean);
  const sum = known.reduce((all, each) => all + Number(each.amount), 0);
  return { amount: String(sum), complete: known.length === amounts.length && known.every((each) => each.complete) };
}

/** Tokens that may be partly unknown: "1,204", "≥ 1,204", "?". */
export function tokens(value) {
  if (!value) return "?";
  if (value.complete) return compact(value.known);
  return value.known ? `≥ ${compact(value.known)}` : "?";
}

/** Milliseconds: "840 ms", "2.4 s", "1 min 5 s", or "?". */
export function milliseconds(value) {
  if (value === null || value === undefined) return "?";
  if (value > 0 && value < 10) return t("format.milliseconds", { count: fixed(value, 1) });
  if (value < 1000) return t("format.milliseconds", { count: Math.round(value) });
  if (value < 60000) return t("format.seconds", { count: fixed(value / 1000, 1) });
  return t("format.minutesAndSeconds", { minutes: Math.floor(value / 60000), seconds: Math.round((value % 60000) / 1000) });
}

/** A share between 0 and 1: "0.4 %". */
export const percent = (share) =>
  share === null || share === undefined ? "?" : `${fixed(share * 100, share > 0 && share < 0.1 ? 1 : 0)} %`;

/** Bytes: "1.4 MB". */
export function bytes(value) {
  if (value === null || value === undefined) return "?";
  const units = ["B", "kB", "MB", "GB"];
  let size = value;
  let unit = 0;
  while (size >= 1000 && unit < units.length - 1) {
    size /= 1000;
    unit += 1;
  }
  return `${unit === 0 || size >= 100 ? Math.round(size) : fixed(size, 1)} ${units[unit]}`;
}

/** A moment near now: "just now", "5 min ago", "in 3 h", or the date. */
export function ago(seconds, now = Date.now() / 1000) {
  const past = now - seconds;
  const size = Math.abs(past);
  const words = (span) => t(past >= 0 ? "format.ago" : "format.ahead", { span });
  if (size < 45) return past >= 0 ? t("format.justNow") : t("format.inAMoment");
  if (size < 3600) return words(t("format.minutes", { count: Math.max(1, Math.round(size / 60)) }));
  if (size < 86400) return words(t("format.hours", { count: Math.round(size / 3600) }));
  if (size < 7 * 86400) return words(t("format.days", { count: Math.round(size / 86400) }));
  return day(seconds);
}

/** A day: "3 Mar 2026". */
export const day = (seconds) =>
  new Date(seconds * 1000).toLocaleDateString(t("locale.dates"), { day: "numeric", month: "short", year: "numeric" });

/** A time of day: "14:03:59". */
export const clock = (seconds, withSeconds = true) =>
  new Date(seconds * 1000).toLocaleTimeString(t("locale.dates"), {
    hour: "2-digit",
    minute: "2-digit",
    ...(withSeconds ? { second: "2-digit" } : {}),
  });

/** A day and a time: "3 Mar 2026, 14:03". */
export const moment = (seconds) => `${day(seconds)}, ${clock(seconds, false)}`;

/** So many of what the text `key` names: "1 note", "2 notes". */
export const countOf = (key, value) => plural(key, value, count(value));
