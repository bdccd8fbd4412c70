/** The session, the guards and the writing of answers. */
import type { IncomingMessage, ServerResponse } from "node:http";
import * as shop from "../data.ts";
import { type Answer, Refused, notFound } from "./common.ts";
import { stream } from "./imports.ts";
import { get, post } from "./answers.ts";

function session(method: string, body: Record<string, unknown>, cookie: string): Answer & { cookie?: string } {
  const signedIn = {
    user: { id: "usr_01", email: "demo@example.com", name: "Demo merchant" },
    csrf_token: "csrf-of-the-mock",
    expires_at: shop.ago(-24),
  };
  if (method === "DELETE") return { status: 204, cookie: "mercer_session=; Path=/; Max-Age=0" };
  if (method === "GET") {
    if (!cookie.includes("mercer_session=mock"))
      throw new Refused(401, "signed_out", "Not signed in", "Sign in to go on.");
    return { body: signedIn };
  }
  if (body.link_token !== "demo" && body.password !== "demo")
    throw new Refused(
      401,
      "bad_credentials",
      "Cannot sign in",
      "The e-mail address or the password is not right. After five wrong tries there is a pause of a minute.",
    );
  return { body: signedIn, cookie: "mercer_session=mock; Path=/; HttpOnly; SameSite=Lax" };
}

async function readBody(request: IncomingMessage): Promise<Record<string, unknown>> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  if (!(request.headers["content-type"] ?? "").includes("json") || parts.length === 0) return {};
  return JSON.parse(Buffer.concat(parts).toString("utf8")) as Record<string, unknown>;
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? "/", "http://mock");
  const path = url.pathname.split("/").slice(2).map(decodeURIComponent);
  const method = request.method ?? "GET";
  const body = method === "GET" ? {} : await readBody(request);
  if (path[0] === "session") {
    const { cookie, ...result } = session(method, body, request.headers.cookie ?? "");
    if (cookie) response.setHeader("Set-Cookie", cookie);
    send(response, result);
    return;
  }
  if (!(request.headers.cookie ?? "").includes("mercer_session=mock"))
    throw new Refused(401, "signed_out", "Not signed in", "Sign in to go on.");
  if (method !== "GET" && request.headers["x-csrf-token"] !== "csrf-of-the-mock")
    throw new Refused(403, "csrf", "Not allowed", "The request did not carry the session's token.");
  if (method === "GET" && path[0] === "imports" && path[2] === "events") {
    stream(path[1] ?? "", response);
    return;
  }
  if (method === "GET" && path[0] === "imports" && path[2] === "rejects") {
    response.setHeader("Content-Type", "text/csv");
    response.end("line,column,reason\n623,UnitPrice,empty\n");
    return;
  }
  if (method === "DELETE" && path[0] === "keys") {
    const key = shop.keys.find((one) => one.id === path[1]);
    if (!key) throw notFound("Key");
    key.revoked_at = new Date().toISOString();
    send(response, { status: 204 });
    return;
  }
  send(response, method === "GET" ? { body: get(path, url.searchParams) } : post(path, url.searchParams, body));
}

export function send(response: ServerResponse, { status = 200, body }: Answer): void {
  response.statusCode = status;
  if (body === undefined) {
    response.end();
    return;
  }
  response.setHeader("Content-Type", "application/json");
  response.end(JSON.stringify(body));
}

function refuse(response: ServerResponse, error: unknown): void {
  const refused = error instanceof Refused ? error : new Refused(500, "mock", "The mock failed", String(error));
  response.statusCode = refused.status;
  response.setHeader("Content-Type", "application/problem+json");
  response.end(
    JSON.stringify({
      type: `urn:mercer:problem:${refused.code}`,
      title: refused.title,
      status: refused.status,
      code: refused.code,
      detail: refused.message,
    }),
  );
}

export function handle(request: IncomingMessage, response: ServerResponse, next: () => void): void {
  if (!request.url?.startsWith("/v1/")) {
    next();
    return;
  }
  answer(request, response).catch((error: unknown) => refuse(response, error));
}
