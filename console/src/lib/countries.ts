/** The choices of a country filter, from what the shop's rows say. */
import { country } from "./format";

function isoCountries(): string[] {
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
  const codes: string[] = [];
  for (const first of letters) for (const second of letters) codes.push(first + second);
  return codes.filter((code) => country(code) !== code);
}

/** All countries when the shop's rows hold ISO codes, otherwise the names that were seen. */
export function countryOptions(seen: string[]): { value: string; label: string }[] {
  const codes = seen.some((one) => /^[A-Z]{2}$/.test(one))
    ? [...new Set([...isoCountries(), ...seen])]
    : [...new Set(seen)];
  return codes.map((value) => ({ value, label: country(value) })).sort((a, b) => a.label.localeCompare(b.label));
}
