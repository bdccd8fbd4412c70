import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import { mockApi } from "./mock/plugin.ts";

/** Where `npm run dev` and `npm run preview` find a running server. */
const server = process.env.MERCER_URL ?? "http://127.0.0.1:8080";

const proxy = { "/v1": { target: server, changeOrigin: true } };

const CONTENT_SECURITY_POLICY =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'";

export default defineConfig(({ mode }) => ({
  plugins: [react(), ...(mode === "mock" ? [mockApi()] : [])],
  server: { proxy: mode === "mock" ? {} : proxy },
  // The policy that the server sends, so that the browser tests notice what it would refuse.
  preview: { proxy: mode === "mock" ? {} : proxy, headers: { "Content-Security-Policy": CONTENT_SECURITY_POLICY } },
  build: {
    target: "es2022",
    // Browsers that know light-dark(); an older target would have it rewritten into variables that nobody sets.
    cssTarget: ["chrome123", "edge123", "firefox120", "safari17.5"],
    // A strict Content-Security-Policy allows no inlined script; fonts and images stay files too.
    assetsInlineLimit: 0,
    sourcemap: false,
    chunkSizeWarningLimit: 400,
  },
  test: {
    environment: "jsdom",
    include: ["src/**/*.test.{ts,tsx}"],
    setupFiles: ["src/test/setup.ts"],
    restoreMocks: true,
  },
}));
