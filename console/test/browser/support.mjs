/** A browser, a console to look at, and the checks that every page must pass. */
import assert from "node:assert/strict";
import { mkdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const require = createRequire(import.meta.url);
const AXE = require.resolve("axe-core/axe.min.js");
const folder = fileURLToPath(new URL("../..", import.meta.url));

const ARGUMENTS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
];

export const usesMock = process.env.MERCER_URL === undefined;

/** Where the console is: a running server, or the built console before the made-up shop. */
async function openConsole() {
  if (!usesMock) {
    const base = process.env.MERCER_URL.replace(/\/$/, "");
    const given = process.env.MERCER_SIGN_IN_URL;
    assert.ok(given, "MERCER_URL needs MERCER_SIGN_IN_URL, the link that `mercer demo` prints, or its token");
    const signIn = /^https?:/.test(given) ? given : `${base}/sign-in?token=${encodeURIComponent(given)}`;
    return { base, signIn, close: async () => {} };
  }
  const { preview } = await import("vite");
  const server = await preview({
    root: folder,
    mode: "mock",
    preview: { port: 0, host: "127.0.0.1" },
    logLevel: "warn",
  });
  const base = `http://127.0.0.1:${server.httpServer.address().port}`;
  return { base, signIn: `${base}/sign-in?token=demo`, close: () => server.close() };
}

function launch() {
  return chromium.launch({
    executablePath: process.env.MERCER_CHROMIUM ?? "/usr/bin/chromium",
    headless: true,
    args: ARGUMENTS,
  });
}

/** A page that collects whatever goes wrong in it. */
export async function newPage(browser, options = {}) {
  const context = await browser.newContext({
    locale: "en-GB",
    timezoneId: "Europe/London",
    reducedMotion: "reduce",
    ...options,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  const errors = [];
  page.on("console", (message) => {
    if (message.type() === "error") errors.push(`${message.text()} (${message.location().url})`);
  });
  page.on("pageerror", (error) => errors.push(String(error)));
  return { page, context, errors };
}

let opened = null;

async function start() {
  const console_ = await openConsole();
  const browser = await launch();
  const { page, context } = await newPage(browser);
  await page.goto(console_.signIn);
  await page.getByRole("heading", { level: 1, name: "Today" }).waitFor();
  const storageState = await context.storageState();
  await context.close();
  return {
    browser,
    storageState,
    base: console_.base,
    close: async () => {
      await browser.close();
      await console_.close();
    },
  };
}

/**
 * The console in a browser, signed in, once for all tests: a sign-in link works once, so every window gets the cookies
 * of the first.
 */
export function openOnce() {
  opened ??= start();
  return opened;
}

/** Closes what `openOnce` opened. */
export async function closeAll() {
  await (await opened)?.close();
}

/** Waits until nothing on the page says that it is loading. */
export async function settled(page) {
  await page.getByRole("heading", { level: 1 }).first().waitFor();
  await page.waitForFunction(() => document.querySelector(".mantine-Skeleton-root, .mantine-Loader-root") === null);
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
}

/** Fails when axe finds something serious or critical. */
export async function assertAccessible(page, where) {
  // Through the debugger's own evaluation: a script tag would be refused by a strict policy.
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(await readFile(AXE, "utf8"));
  const result = await page.evaluate(() =>
    window.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }),
  );
  const bad = result.violations.filter((one) => one.impact === "serious" || one.impact === "critical");
  const text = bad.map(
    (one) =>
      `${one.id}: ${one.help}\n${one.nodes
        .slice(0, 4)
        .map((node) => `    ${node.html}\n    ${node.failureSummary}`)
        .join("\n")}`,
  );
  assert.deepEqual(text, [], `axe on ${where}`);
}

/** The page itself never scrolls sideways. */
export async function assertFits(page, where) {
  const { wide, room } = await page.evaluate(() => ({
    wide: document.documentElement.scrollWidth,
    room: document.documentElement.clientWidth,
  }));
  assert.ok(wide <= room, `${where} is ${wide} px wide in a window of ${room} px`);
}

export async function screenshot(page, name) {
  const target = process.env.MERCER_SCREENSHOTS;
  if (!target) return;
  await mkdir(target, { recursive: true });
  await page.screenshot({ path: path.join(target, `${name}.png`), fullPage: true });
}
