/**
 * The client of the API: typed paths, the session's CSRF token, idempotency keys and problems as exceptions.
 * Does not cache: that is the task of the queries.
 */
import createClient, { type Middleware } from "openapi-fetch";
import type { Complete, Import, ImportPreview, paths, Problem } from "./types";

/** An answer of the API that is not a success, or no answer at all (status 0). */
export class ApiError extends Error {
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly field: string | null;

  constructor(problem: Partial<Problem>, status: number) {
    super(problem.detail ?? "The server gave no details.");
    this.name = "ApiError";
    this.title = problem.title ?? `The server answered with status ${status}`;
    this.status = status;
    this.code = problem.code ?? "unknown";
    this.field = problem.field ?? null;
  }
}

const unreachable = () =>
  new ApiError(
    {
      title: "The server cannot be reached",
      detail: "Nothing was changed. Check that Mercer is running and that this device is online, then try again.",
      code: "unreachable",
    },
    0,
  );

let csrfToken: string | null = null;

/** The token that the session's unsafe requests carry; null after signing out. */
export function setCsrfToken(token: string | null): void {
  csrfToken = token;
}

/** A key that makes a repeated request count once. Works without a secure context too. */
function idempotencyKey(): string {
  const words = crypto.getRandomValues(new Uint32Array(4));
  return Array.from(words, (one) => one.toString(16).padStart(8, "0")).join("");
}

function unsafeHeaders(method: string): Record<string, string> {
  if (method === "GET" || method === "HEAD") return {};
  const headers: Record<string, string> = {};
  if (csrfToken != null) headers["X-CSRF-Token"] = csrfToken;
  if (method === "POST") headers["Idempotency-Key"] = idempotencyKey();
  return headers;
}

/** How far the server's clock is before this device's, in milliseconds, as its last answer said. */
let serverLeadMs = 0;

/** The instant by the server's clock, in milliseconds: what runs out there must not depend on this device's clock. */
export function serverNow(): number {
  return Date.now() + serverLeadMs;
}

/** Takes the server's clock from an answer's header, or from a field that is more exact. */
export function noteServerTime(text: string | null): void {
  const at = text === null ? Number.NaN : Date.parse(text);
  if (!Number.isNaN(at)) serverLeadMs = at - Date.now();
}

const session: Middleware = {
  onRequest({ request }) {
    for (const [name, value] of Object.entries(unsafeHeaders(request.method))) request.headers.set(name, value);
    return request;
  },
  onResponse({ response }) {
    noteServerTime(response.headers.get("date"));
  },
  onError() {
    return unreachable();
  },
};

// Looked up at each call, so that a test can put its own `fetch` in place.
export const api = createClient<paths>({
  baseUrl: globalThis.location.origin,
  fetch: (request) => globalThis.fetch(request),
});
api.use(session);

function toProblem(body: unknown): Partial<Problem> {
  return typeof body === "object" && body !== null ? body : {};
}

/** The data of an answer; throws an `ApiError` for everything else. */
export async function take<T>(
  answer: Promise<{ data?: T; error?: unknown; response: Response }>,
): Promise<Complete<T>> {
  const { data, error, response } = await answer;
  if (error !== undefined || !response.ok) throw new ApiError(toProblem(error), response.status);
  return data as Complete<T>;
}

/** An error to show, whatever was thrown. */
export function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  const detail = error instanceof Error ? error.message : String(error);
  return new ApiError({ title: "Something went wrong in the console", detail, code: "console" }, 0);
}

/** How much of a file the server wants to see to guess its columns. */
const PREVIEW_BYTES_MAX = 256 * 1024;

function query(values: Record<string, string | boolean | undefined>): string {
  const params = new URLSearchParams();
  for (const [key, value] of Object.entries(values)) {
    if (value !== undefined && value !== "") params.set(key, String(value));
  }
  return params.toString();
}

/** Sends bytes to a path with its query and takes the JSON that it answers. */
export async function binaryRequest<T>(
  path: string,
  values: Record<string, string | undefined>,
  body: Blob,
): Promise<T> {
  const request = new Request(`${path}?${query(values)}`, {
    method: "POST",
    headers: { ...unsafeHeaders("POST"), "Content-Type": "application/octet-stream" },
    body,
  });
  const response = await globalThis.fetch(request).catch(() => {
    throw unreachable();
  });
  const answer: unknown = await response.json().catch(() => null);
  if (!response.ok) throw new ApiError(toProblem(answer), response.status);
  return answer as T;
}

export interface PreviewOptions {
  preset: string;
  /** For times and amounts of the file that name none; what the shop uses unless the merchant says otherwise. */
  timeZone: string | undefined;
  currency: string | undefined;
}

/** Asks what is in a file: its preset, columns and first rows. Sends its beginning only and keeps nothing. */
export function previewImport(file: File, options: PreviewOptions): Promise<ImportPreview> {
  const { preset, timeZone, currency } = options;
  const values = { preset, file_name: file.name, time_zone: timeZone, currency };
  return binaryRequest<ImportPreview>("/v1/imports/preview", values, file.slice(0, PREVIEW_BYTES_MAX));
}

export interface ImportOptions {
  preset: string;
  timeZone: string;
  currency: string;
  dryRun: boolean;
  /** Order of day and month where the file leaves it open; empty lets the server find out. */
  dates: string;
  /** Column by field; only fields that have a column. */
  mapping: Record<string, string>;
}

/** Sends a file and starts its import. `onSent` is told the share of the file that left this device. */
export function startImport(file: File, options: ImportOptions, onSent: (share: number) => void): Promise<Import> {
  // A line for each pair: the name of a column may have a comma.
  const map = Object.entries(options.mapping)
    .map(([field, column]) => `${field}:${column}\n`)
    .join("");
  const parameters = query({
    preset: options.preset,
    file_name: file.name,
    time_zone: options.timeZone,
    currency: options.currency,
    dry_run: options.dryRun,
    dates: options.dates,
    map,
  });
  return new Promise((resolve, reject) => {
    // XMLHttpRequest, because fetch cannot tell how much of a large body was sent.
    const request = new XMLHttpRequest();
    request.open("POST", `/v1/imports?${parameters}`);
    request.setRequestHeader("Content-Type", "application/octet-stream");
    for (const [name, value] of Object.entries(unsafeHeaders("POST"))) request.setRequestHeader(name, value);
    request.responseType = "json";
    request.upload.onprogress = (event) => {
      if (event.lengthComputable) onSent(event.loaded / event.total);
    };
    request.onerror = () => reject(unreachable());
    request.onload = () => {
      if (request.status >= 200 && request.status < 300) resolve(request.response as Import);
      else reject(new ApiError(toProblem(request.response), request.status));
    };
    request.send(file);
  });
}
