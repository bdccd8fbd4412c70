import { afterEach, describe, expect, test, vi } from "vitest";
import { api, ApiError, setCsrfToken, take } from "./client";

const answer = (status: number, body: unknown, type = "application/json") =>
  new Response(body === undefined ? null : JSON.stringify(body), { status, headers: { "Content-Type": type } });

function stub(make: () => Promise<Response>) {
  const seen: Request[] = [];
  vi.stubGlobal("fetch", (request: Request) => {
    seen.push(request);
    return make();
  });
  return seen;
}

afterEach(() => {
  vi.unstubAllGlobals();
  setCsrfToken(null);
});

describe("the client", () => {
  test("sends the session's token and a fresh key with each unsafe request, and neither with a safe one", async () => {
    const seen = stub(() => Promise.resolve(answer(200, {})));
    setCsrfToken("token");
    await take(api.GET("/v1/status"));
    await take(api.POST("/v1/decisions/{id}/approve", { params: { path: { id: "dec_1" } } }));
    await take(api.POST("/v1/decisions/{id}/approve", { params: { path: { id: "dec_1" } } }));
    expect(seen[0]?.headers.has("X-CSRF-Token")).toBe(false);
    expect(seen[0]?.headers.has("Idempotency-Key")).toBe(false);
    expect(seen[1]?.headers.get("X-CSRF-Token")).toBe("token");
    const keys = seen.slice(1).map((one) => one.headers.get("Idempotency-Key"));
    expect(keys[0]).toMatch(/^[0-9a-f]{32}$/);
    expect(keys[0]).not.toBe(keys[1]);
  });

  test("turns a problem into an error with its title, detail and field", async () => {
    stub(() =>
      Promise.resolve(
        answer(
          422,
          { title: "Not a date", detail: "“from” is no date.", status: 422, code: "invalid", field: "from" },
          "application/problem+json",
        ),
      ),
    );
    const error = await take(api.GET("/v1/today")).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ title: "Not a date", message: "“from” is no date.", status: 422, field: "from" });
  });

  test("says that the server cannot be reached when there is no answer", async () => {
    stub(() => Promise.reject(new TypeError("network down")));
    const error = await take(api.GET("/v1/today")).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "unreachable", status: 0 });
  });

  test("takes an answer without a body as done", async () => {
    stub(() => Promise.resolve(new Response(null, { status: 204 })));
    await expect(take(api.DELETE("/v1/keys/{id}", { params: { path: { id: "key_1" } } }))).resolves.toBeUndefined();
  });
});
