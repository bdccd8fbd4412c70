/** Amounts and instants as a person types them. Pure. */
import { currencyExponent } from "./format";

/** The largest amount that the server takes, in minor units. */
const MINOR_MAX = 1_000_000_000_000;

/** Minor units of what was typed, such as "3.95" or "1,200"; null when it is not an amount of this currency. */
export function parseAmount(text: string, currency: string): number | null {
  const plain = text.trim().replace(/[\s,]/g, "").replace("\u2212", "-");
  const parts = /^(-?)(\d+)(?:\.(\d*))?$/.exec(plain);
  if (!parts) return null;
  const [, sign, major = "", minor = ""] = parts;
  const exponent = currencyExponent(currency);
  if (minor.length > exponent) return null;
  const value = Number(major + minor.padEnd(exponent, "0"));
  if (value > MINOR_MAX) return null;
  return sign === "-" ? -value : value;
}

/** Basis points of what was typed as per cent: "12.5" is 1,250; null when it is not between 0 and 100. */
export function parsePercent(text: string): number | null {
  const plain = text.trim().replace(/\s*%$/, "");
  if (!/^\d{1,3}(\.\d{0,2})?$/.test(plain)) return null;
  const points = Math.round(Number(plain) * 100);
  return points <= 10_000 ? points : null;
}

/** Basis points as they are typed: 1,250 is "12.5". */
export function percentText(basisPoints: number): string {
  return String(basisPoints / 100);
}

function parts(at: number, timeZone: string): number[] {
  const format = new Intl.DateTimeFormat("en-GB", {
    timeZone,
    hourCycle: "h23",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
  });
  const found = new Map(format.formatToParts(at).map((one) => [one.type, Number(one.value)]));
  return ["year", "month", "day", "hour", "minute"].map((name) => found.get(name as "year") ?? 0);
}

/** An instant as a date-time field shows it in a zone: "2026-11-27T09:00". */
export function toZoned(at: string, timeZone: string): string {
  const [year = 0, month, day, hour, minute] = parts(Date.parse(at), timeZone).map((one) =>
    String(one).padStart(2, "0"),
  );
  return `${String(year).padStart(4, "0")}-${month}-${day}T${hour}:${minute}`;
}

/** The instant that a date-time field of a zone means; null when it is not filled. */
export function fromZoned(text: string, timeZone: string): string | null {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d$/.test(text)) return null;
  const wanted = Date.parse(`${text}:00Z`);
  if (Number.isNaN(wanted)) return null;
  let at = wanted;
  // Twice: the first step may land on the other side of a clock change.
  for (let i = 0; i < 2; i += 1) {
    const [year = 0, month = 1, day = 1, hour = 0, minute = 0] = parts(at, timeZone);
    at += wanted - Date.UTC(year, month - 1, day, hour, minute);
  }
  return new Date(at).toISOString().replace(".000Z", "Z");
}
