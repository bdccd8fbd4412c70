/** A generator with a fixed seed, ids and dates for the made-up shop. Knows no products, customers or orders. */

export const AS_OF = "2011-12-09";
export const CURRENCY = "GBP";

/** A small generator of pseudo-random numbers (mulberry32): the same seed gives the same shop. */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

export const random = generator(20111209);
export const below = (n: number) => Math.floor(random() * n);
export function oneOf<T>(list: readonly T[]): T {
  const found = list[below(list.length)];
  if (found === undefined) throw new Error("the list is empty");
  return found;
}

export function id(prefix: string, n: number): string {
  const digits = "0123456789abcdefghjkmnpqrstvwxyz";
  let rest = (n + 1) * 2654435761;
  let text = "";
  for (let i = 0; i < 10; i += 1) {
    text = (digits[Math.floor(rest % 32)] ?? "0") + text;
    rest = Math.floor(rest / 32) + n * 7 + 13;
  }
  return `${prefix}_01hzzzzzzz${n
    .toString(32)
    .padStart(6, "0")
    .replace(/[ilou]/g, "z")}${text}`;
}

export function addDays(day: string, days: number): string {
  const at = new Date(`${day}T00:00:00Z`);
  at.setUTCDate(at.getUTCDate() + days);
  return at.toISOString().slice(0, 10);
}

export const daysBetween = (from: string, to: string) => Math.round((Date.parse(to) - Date.parse(from)) / 86_400_000);

export const ago = (hours: number) => new Date(Date.now() - hours * 3_600_000).toISOString();
