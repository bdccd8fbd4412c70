// What the server's own histograms gained between two answers of /metrics.
//
// Usage: node times.mjs BEFORE AFTER ROUTE
//
// Prints, for the route and for the steps of a quote, the bucket of p50 and p99 and the share of
// requests that took at most 5 ms. A quantile is known only to lie in its bucket.

import { readFileSync } from "node:fs";

const [before, after, route] = process.argv.slice(2);

/** Counts below each bound, by series. */
function buckets(file) {
  const found = new Map();
  for (const line of readFileSync(file, "utf8").split("\n")) {
    const parts = /^mercer_(http_route|step)_seconds_bucket\{(.*)\} (\d+)/.exec(line);
    if (!parts) continue;
    const label = (name) => new RegExp(`${name}="([^"]*)"`).exec(parts[2])?.[1];
    const name = parts[1] === "step" ? label("name") : `${label("method")} ${label("route")}`;
    if (!found.has(name)) found.set(name, new Map());
    found.get(name).set(label("le"), Number(parts[3]));
  }
  return found;
}

const old = buckets(before);
const millis = (bound) => (bound === "+Inf" ? "more" : `${Number(bound) * 1000} ms`);
for (const [name, counts] of buckets(after)) {
  if (name !== route && !(route === "POST /v1/quotes" && name.startsWith("quote."))) continue;
  const bounds = [...counts.keys()];
  const gained = bounds.map((bound) => counts.get(bound) - (old.get(name)?.get(bound) ?? 0));
  const n = gained[gained.length - 1];
  if (n === 0) continue;
  const at = (share) => {
    const place = gained.findIndex((count) => count >= share * n);
    const low = place === 0 ? "0" : millis(bounds[place - 1]).replace(" ms", "");
    return `${low} to ${millis(bounds[place])}`;
  };
  const soon = gained[bounds.findIndex((bound) => Number(bound) === 0.005)];
  const under = ((100 * soon) / n).toFixed(2);
  console.log(`    ${name}: p50 ${at(0.5)}, p99 ${at(0.99)}, ${under} % within 5 ms (${n})`);
}
