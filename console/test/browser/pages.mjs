/** Every page, wide and narrow, light and dark: shows its content, logs no error, and passes axe. */
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { assertAccessible, assertFits, newPage, openOnce, screenshot, settled } from "./support.mjs";

const WINDOWS = [
  ["wide", { viewport: { width: 1280, height: 900 } }],
  ["narrow", { viewport: { width: 360, height: 740 }, hasTouch: true }],
];

/** Name, address, and the text that must be there. An address may be found on another page. */
const PAGES = [
  ["today", "/", ["Needs a decision", "What changed", "Sales by day, last 28 days"]],
  ["orders", "/orders", ["Orders", "Sort by", "Next"]],
  ["order", firstLink("/orders", "/orders/"), ["Sums", "About the order"]],
  ["customers", "/customers", ["Customers", "Segment", "Next"]],
  ["customer", firstLink("/customers", "/customers/"), ["Value", "Timeline", "Profile", "What to suggest"]],
  ["products", "/products", ["Products", "Sort by"]],
  ["product", firstLink("/products", "/products/"), ["Sales and forecast", "Suggest with it", "Show as table"]],
  ["forecasts", "/forecasts", ["Forecasts", "Expected, next 28 days"]],
  ["segments", "/segments", ["Segments", "Champions", "How they are made"]],
  ["decisions", "/decisions", ["Decisions", "Why?"]],
  ["decision", firstLink("/decisions", "/decisions/"), ["About the decision", "of the weight"]],
  ["import", "/import", ["Drop a file with orders here", "Past imports"]],
  ["settings-keys", "/settings", ["API keys", "Create a key"]],
  ["settings-jobs", "/settings?tab=jobs", ["Jobs"]],
  ["settings-quality", "/settings?tab=quality", ["Evaluate"]],
  ["settings-configuration", "/settings?tab=configuration", ["Configuration"]],
  ["settings-about", "/settings?tab=about", ["What is running", "Last computed"]],
];

/** The address of the first link on a list that leads to one of its rows. */
function firstLink(list, prefix) {
  return async (page, base) => {
    await page.goto(base + list);
    const link = page.locator(`main a[href^="${prefix}"]`).first();
    await link.waitFor();
    return link.getAttribute("href");
  };
}

describe("every page", () => {
  let browser;
  let base;
  let storageState;

  before(async () => {
    ({ browser, base, storageState } = await openOnce());
  });

  for (const [size, options] of WINDOWS) {
    for (const [name, address, texts] of PAGES) {
      test(`${name} is complete, silent and accessible in a ${size} window`, async () => {
        const { page, context, errors } = await newPage(browser, { ...options, storageState });
        const path = typeof address === "string" ? address : await address(page, base);
        await page.goto(base + path);
        await settled(page);
        const body = await page.locator("main").innerText();
        for (const text of texts) assert.ok(body.includes(text), `${name} says “${text}”`);
        await assertAccessible(page, `${name}, ${size}`);
        await assertFits(page, `${name}, ${size}`);
        await screenshot(page, `${name}-${size}`);
        assert.deepEqual(errors, []);
        await context.close();
      });
    }
  }

  for (const [name, path] of [
    ["today", "/"],
    ["product", "/products"],
    ["decisions", "/decisions"],
    ["segments", "/segments"],
  ]) {
    test(`${name} has enough contrast in the dark`, async () => {
      const { page, context, errors } = await newPage(browser, { ...WINDOWS[0][1], colorScheme: "dark", storageState });
      await page.goto(base + path);
      await settled(page);
      if (name === "product") {
        await page.locator('main a[href^="/products/"]').first().click();
        await page.getByRole("heading", { name: "Sales and forecast" }).waitFor();
        await settled(page);
      }
      await assertAccessible(page, `${name}, dark`);
      await screenshot(page, `${name}-dark`);
      assert.deepEqual(errors, []);
      await context.close();
    });
  }

  test("the sign-in page is accessible and asks for e-mail and password", async () => {
    const { page, context } = await newPage(browser, WINDOWS[1][1]);
    await page.goto(`${base}/customers?segment=at_risk`);
    await page.getByLabel("E-mail address").waitFor();
    assert.equal(new URL(page.url()).pathname, "/sign-in");
    assert.equal(new URL(page.url()).searchParams.get("next"), "/customers?segment=at_risk");
    await assertAccessible(page, "sign-in");
    await assertFits(page, "sign-in");
    await screenshot(page, "sign-in-narrow");
    await context.close();
  });

  test("an unknown address says so and leads back", async () => {
    const { page, context } = await newPage(browser, { ...WINDOWS[0][1], storageState });
    await page.goto(`${base}/nothing/here`);
    await page.getByRole("heading", { name: "There is no such page" }).waitFor();
    await page.getByRole("link", { name: "Go to Today" }).click();
    await page.getByRole("heading", { level: 1, name: "Today" }).waitFor();
    await context.close();
  });
});
