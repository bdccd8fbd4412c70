/** Keys, jobs and settings of the made-up shop. */
import type { ApiKey, Job, Setting } from "../../src/api/types";
import { id, ago } from "./base.ts";

export const keys: ApiKey[] = [
  {
    id: id("key", 0),
    name: "Storefront",
    prefix: "mk_4fQ2",
    scopes: ["read"],
    created_at: ago(24 * 40),
    expires_at: null,
    last_used_at: ago(0.2),
    revoked_at: null,
  },
  {
    id: id("key", 1),
    name: "Warehouse sync",
    prefix: "mk_9sLx",
    scopes: ["read", "write"],
    created_at: ago(24 * 12),
    expires_at: ago(-24 * 78),
    last_used_at: ago(26),
    revoked_at: null,
  },
  {
    id: id("key", 2),
    name: "Old script",
    prefix: "mk_1aZp",
    scopes: ["admin"],
    created_at: ago(24 * 200),
    expires_at: null,
    last_used_at: null,
    revoked_at: ago(24 * 60),
  },
];

export const jobs: Job[] = [
  {
    id: id("job", 0),
    kind: "recommend.rebuild",
    state: "done",
    due_at: ago(5),
    attempts: 1,
    last_error: null,
    finished_at: null,
  },
  {
    id: id("job", 1),
    kind: "segments.rebuild",
    state: "running",
    due_at: ago(0.01),
    attempts: 1,
    last_error: null,
    finished_at: null,
  },
  {
    id: id("job", 2),
    kind: "forecast.rebuild",
    state: "waiting",
    due_at: ago(-1),
    attempts: 0,
    last_error: null,
    finished_at: null,
  },
  {
    id: id("job", 3),
    kind: "connector.pull",
    state: "parked",
    due_at: ago(9),
    attempts: 8,
    last_error: "The shop answered 503 Service Unavailable eight times; nothing was changed.",
    finished_at: null,
  },
];

export const settings: Setting[] = [
  {
    name: "database.url",
    value: "sqlite:mercer-data/mercer.db",
    source: "default",
    help: "Where the shop's record is kept.",
  },
  { name: "http.listen", value: "127.0.0.1:8080", source: "flag", help: "The address and port to answer at." },
  { name: "shop.currency", value: "GBP", source: "file", help: "The currency of the shop's books, ISO 4217." },
  { name: "shop.time_zone", value: "Europe/London", source: "file", help: "The zone whose midnight starts a day." },
  { name: "http.session_secret", value: "••••••••", source: "environment", help: "Signs the session cookies." },
];
