/** Answers the API's paths from the made-up shop, in `npm run dev:mock`, `npm run preview:mock` and the browser tests. */
import type { Plugin } from "vite";
import { handle } from "./api/http.ts";

export function mockApi(): Plugin {
  return {
    name: "mercer-mock-api",
    configureServer: (server) => void server.middlewares.use(handle),
    configurePreviewServer: (server) => void server.middlewares.use(handle),
  };
}
