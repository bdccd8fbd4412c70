/**
 * Numbers, money and time as a British merchant reads them. Pure: the shop's time zone and "now" are given.
 * Does not translate and does not convert currencies.
 */

const LOCALE = "en-GB";

const wholeFormat = new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 0 });
const tenthFormat = new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 1 });
const compactFormat = new Intl.NumberFormat(LOCALE, { notation: "compact", maximumFractionDigits: 1 });
const moneyFormats = new Map<string, Intl.NumberFormat>();

function moneyFormat(currency: string, style: "exact" | "whole" | "compact"): Intl.NumberFormat {
  const key = `${currency} ${style}`;
  const known = moneyFormats.get(key);
  if (known) return known;
  const options: Intl.NumberFormatOptions = { style: "currency", currency };
  if (style === "whole") Object.assign(options, { maximumFractionDigits: 0, minimumFractionDigits: 0 });
  if (style === "compact")
    Object.assign(options, { notation: "compact", maximumFractionDigits: 1, minimumFractionDigits: 0 });
  const made = new Intl.NumberFormat(LOCALE, options);
  moneyFormats.set(key, made);
  return made;
}

/** How many decimal digits the currency's minor unit has: 2 for GBP, 0 for JPY, 3 for KWD. */
export function currencyExponent(currency: string): number {
  return moneyFormat(currency, "exact").resolvedOptions().maximumFractionDigits ?? 2;
}

/** Minor units as an exact decimal string, without going through floating point: 1234 GBP is "12.34". */
export function minorToDecimal(minor: number, currency: string): string {
  const exponent = currencyExponent(currency);
  const digits = String(Math.abs(minor)).padStart(exponent + 1, "0");
  const sign = minor < 0 ? "-" : "";
  if (exponent === 0) return sign + digits;
  return `${sign}${digits.slice(0, -exponent)}.${digits.slice(-exponent)}`;
}

/** Amounts below zero carry a minus sign, which is as wide as a digit; the locale writes a hyphen. */
function signed(text: string): string {
  return text.replace("-", "\u2212");
}

/** Minor units as money to the last digit: £1,234.50. */
export function money(minor: number, currency: string): string {
  return signed(moneyFormat(currency, "exact").format(minorToDecimal(minor, currency) as unknown as number));
}

/** Money without the part below the main unit, for headlines: £1,235. */
export function moneyWhole(minor: number, currency: string): string {
  return signed(moneyFormat(currency, "whole").format(minor / 10 ** currencyExponent(currency)));
}

/** Money in few characters, for axes: £1.2K. */
export function moneyCompact(minor: number, currency: string): string {
  return signed(moneyFormat(currency, "compact").format(minor / 10 ** currencyExponent(currency)));
}

/** A whole number with separators: 12,345. */
export function whole(n: number): string {
  return signed(wholeFormat.format(n));
}

/** A change with its sign: "+5", "−3", "0". */
export function delta(n: number): string {
  return n > 0 ? `+${whole(n)}` : whole(n);
}

/** A number with at most one decimal: 12.3. */
export function tenth(n: number): string {
  return signed(tenthFormat.format(n));
}

/** A number in few characters, for axes: 12K. */
export function compact(n: number): string {
  return signed(compactFormat.format(n));
}

/** A count with its noun: "1 order", "1,204 orders". */
export function count(n: number, one: string, many = `${one}s`): string {
  return `${whole(n)} ${n === 1 ? one : many}`;
}

/** A fraction of one as per cent: 0.123 is "12.3 %". */
export function percent(share: number): string {
  return `${signed(tenthFormat.format(share * 100))} %`;
}

/** The change from one figure to another, in words, or null when there is nothing to compare with. */
export function changeOf(now: number, before: number): { direction: "up" | "down" | "same"; text: string } | null {
  if (before === 0) return null;
  const share = (now - before) / Math.abs(before);
  if (Math.abs(share) < 0.0005) return { direction: "same", text: "no change" };
  const text = `${tenthFormat.format(Math.abs(share) * 100)} %`;
  return share > 0 ? { direction: "up", text: `up ${text}` } : { direction: "down", text: `down ${text}` };
}

/** Bytes with their unit: 45.3 MB. */
export function bytes(n: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = n;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? whole(value) : tenth(value)} ${units[unit] ?? ""}`;
}

/** A length of time in seconds, rounded to what a person wants to know: "8 s", "2 min 5 s", "1 h 4 min". */
export function duration(seconds: number): string {
  if (seconds < 10) return `${tenth(seconds)} s`;
  const all = Math.round(seconds);
  if (all < 60) return `${all} s`;
  const minutes = Math.floor(all / 60);
  if (minutes < 60) return all % 60 === 0 ? `${minutes} min` : `${minutes} min ${all % 60} s`;
  return minutes % 60 === 0 ? `${Math.floor(minutes / 60)} h` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** Seconds as a countdown: "0:42", "14:32", "2:05:09", "3 d 4 h". */
export function clock(seconds: number): string {
  const two = (n: number) => String(n).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  if (hours >= 48) return `${Math.floor(hours / 24)} d ${hours % 24} h`;
  const rest = `${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  return hours > 0 ? `${hours}:${rest}` : rest.replace(/^0/, "");
}

/** A calendar date (`YYYY-MM-DD`) that belongs to no time zone: "9 Dec 2011". */
export function date(day: string, style: "long" | "short" | "weekday" = "long"): string {
  const options: Intl.DateTimeFormatOptions =
    style === "short"
      ? { day: "numeric", month: "short" }
      : style === "weekday"
        ? { weekday: "short", day: "numeric", month: "short", year: "numeric" }
        : { day: "numeric", month: "short", year: "numeric" };
  return new Intl.DateTimeFormat(LOCALE, { ...options, timeZone: "UTC" }).format(
    new Date(`${day.slice(0, 10)}T00:00:00Z`),
  );
}

/** Two dates as a range, with what they share said once: "3–9 Dec 2011". */
export function dateRange(from: string, to: string): string {
  const format = new Intl.DateTimeFormat(LOCALE, { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
  return format.formatRange(new Date(`${from}T00:00:00Z`), new Date(`${to}T00:00:00Z`));
}

/** The day after or before by `days`: addDays("2011-12-09", -1) is "2011-12-08". */
export function addDays(day: string, days: number): string {
  const at = new Date(`${day}T00:00:00Z`);
  at.setUTCDate(at.getUTCDate() + days);
  return at.toISOString().slice(0, 10);
}

/** An instant as date and time in the shop's zone: "9 Dec 2011, 12:50". */
export function instant(at: string, timeZone: string): string {
  return new Intl.DateTimeFormat(LOCALE, { dateStyle: "medium", timeStyle: "short", timeZone }).format(new Date(at));
}

/** An instant as its date in the shop's zone: "9 Dec 2011". */
export function instantDate(at: string, timeZone: string): string {
  return new Intl.DateTimeFormat(LOCALE, { dateStyle: "medium", timeZone }).format(new Date(at));
}

/** An instant to the second with its zone, for hovering: "Friday, 9 December 2011 at 12:50:00 GMT". */
export function instantExact(at: string, timeZone: string): string {
  return new Intl.DateTimeFormat(LOCALE, { dateStyle: "full", timeStyle: "long", timeZone }).format(new Date(at));
}

const RELATIVE_STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["year", 31_557_600],
  ["month", 2_629_800],
  ["week", 604_800],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];

/** An instant as seen from `now` (milliseconds): "3 hours ago", "in 2 days", "just now". */
export function relative(at: string, now: number): string {
  const seconds = (new Date(at).getTime() - now) / 1000;
  for (const [unit, length] of RELATIVE_STEPS) {
    if (Math.abs(seconds) >= length) {
      return new Intl.RelativeTimeFormat(LOCALE, { numeric: "auto" }).format(Math.trunc(seconds / length), unit);
    }
  }
  return "just now";
}

/** The name of a country by its ISO code; anything else is shown as it is. */
export function country(code: string): string {
  if (!/^[A-Z]{2}$/.test(code)) return code;
  try {
    return new Intl.DisplayNames(LOCALE, { type: "region" }).of(code) ?? code;
  } catch {
    return code;
  }
}
