/**
 * Stock, promotions, flash sales and quotes, as a merchant uses them. Needs a server whose demo has stock and promotions
 * (MERCER_URL): the made-up shop has none.
 */
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { assertAccessible, assertFits, newPage, openOnce, screenshot, settled, usesMock } from "./support.mjs";

const WINDOWS = [
  ["wide", { viewport: { width: 1280, height: 900 } }],
  ["narrow", { viewport: { width: 360, height: 740 } }],
  ["small", { viewport: { width: 320, height: 640 } }],
];

describe("what is counted and offered", { skip: usesMock && "the made-up shop has no stock and no promotions" }, () => {
  let browser;
  let base;
  let storageState;
  const known = {};

  /** Asks the API as the signed-in console does. */
  function ask(page, path) {
    return page.evaluate((at) => fetch(at).then((answer) => answer.json()), path);
  }

  async function open(path, options = WINDOWS[0][1]) {
    const opened = await newPage(browser, { ...options, storageState });
    await opened.page.goto(base + path);
    await settled(opened.page);
    return opened;
  }

  before(async () => {
    ({ browser, base, storageState } = await openOnce());
    const { page, context } = await open("/");
    const first = async (path) => (await ask(page, path)).items[0];
    known.sku = (await first("/v1/stock?limit=1")).sku;
    known.promotion = (await first("/v1/promotions?limit=1&state=active")).id;
    known.sale = (await first("/v1/flash-sales?limit=1")).id;
    await context.close();
  });

  const PAGES = [
    ["stock", () => "/stock", ["Available", "Import a stock file"]],
    ["stock-item", () => `/stock/${known.sku}`, ["What there is", "What moved it", "Book"]],
    ["promotions", () => "/promotions", ["Write a promotion", "Discount given"]],
    ["promotion", () => `/promotions/${known.promotion}`, ["What it does", "Try it on past orders"]],
    ["promotion-new", () => "/promotions/new", ["What it gives", "In plain words"]],
    ["promotion-edit", () => `/promotions/${known.promotion}/edit`, ["When it applies", "Keep the change"]],
    ["flash-sales", () => "/flash-sales", ["Units left", "Write a flash sale"]],
    ["flash-sale", () => `/flash-sales/${known.sale}`, ["Right now", "Its rules"]],
    ["flash-sale-new", () => "/flash-sales/new", ["What and when", "Keep the draft"]],
    ["quote-tester", () => "/quote-tester", ["Cart", "The price comes here"]],
    ["quotes", () => "/quotes", ["Quotes"]],
    ["settings-offers", () => "/settings?tab=offers", ["Which promotions apply"]],
  ];
  for (const [size, options] of WINDOWS) {
    for (const [name, path, texts] of PAGES) {
      test(`${name} is complete, silent and accessible in a ${size} window`, async () => {
        const { page, context, errors } = await open(path(), options);
        for (const text of texts) await page.getByText(text).first().waitFor();
        await assertAccessible(page, `${name}, ${size}`);
        await assertFits(page, `${name}, ${size}`);
        await screenshot(page, `${name}-${size}`);
        assert.deepEqual(errors, []);
        await context.close();
      });
    }
  }

  test("a cart is priced with its reasons, held, and released", async () => {
    const { page, context, errors } = await open(
      `/quote-tester?lines=${known.sku}*2&coupons=NO-SUCH-CODE&shipping=3.95`,
    );
    await page.getByRole("button", { name: "Price the cart" }).click();
    await page.getByRole("heading", { name: "What is to be paid" }).waitFor();
    await page.getByText("Code NO-SUCH-CODE").waitFor();
    await page.getByRole("button", { name: "Hold everything" }).click();
    await page.getByText("Held for another").waitFor();
    await assertAccessible(page, "a held quote");
    await page.getByRole("button", { name: "Why? this price" }).click();
    await page.getByRole("dialog").getByText("of the weight").first().waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Release" }).click();
    await page.getByText("This quote was released").waitFor();
    await page.getByRole("link", { name: "Open this quote’s page" }).click();
    await page.getByRole("heading", { name: "About the quote" }).waitFor();
    await settled(page);
    await assertAccessible(page, "a quote");
    await screenshot(page, "quote-wide");
    assert.deepEqual(errors, []);
    await context.close();
  });

  test("the sums of a quote add up to what is to be paid", async () => {
    const { page, context } = await open(`/quote-tester?lines=${known.sku}*13&shipping=3.95`);
    await page.getByRole("button", { name: "Price the cart" }).click();
    const receipt = page.getByRole("table", { name: "The price of the cart" });
    await receipt.waitFor();
    const pence = (await receipt.locator("tr:not(.after) td").allInnerTexts()).map((text) =>
      Math.round(Number(text.replace("\u2212", "-").replace(/[£,]/g, "")) * 100),
    );
    const total = pence.pop();
    assert.equal(
      pence.reduce((sum, one) => sum + one, 0),
      total,
    );
    await context.close();
  });

  test("a promotion is written with its sentence while typing, tried on the past, let run and ended", async () => {
    const { page, context, errors } = await open("/promotions/new");
    await page.getByLabel("Name").fill("Browser test dozen");
    await page.getByRole("combobox", { name: "What it gives" }).click();
    await page.getByRole("option", { name: "The more units, the cheaper" }).click();
    await page.getByText(/10 % off from 12 of one product/).waitFor();
    await page.getByLabel("From", { exact: true }).fill("0");
    await page.getByText("Not right yet").waitFor();
    await assertAccessible(page, "a promotion with a mistake");
    await page.getByLabel("From", { exact: true }).fill("6");
    await page.getByText(/10 % off from 6 of one product/).waitFor();
    await page.getByRole("button", { name: "Try it" }).click();
    await page.getByText("Revenue after discounts").waitFor();
    await assertAccessible(page, "a simulation");
    await screenshot(page, "promotion-simulated-wide");
    await page.getByRole("button", { name: "Keep as a draft" }).click();
    await page.getByRole("heading", { level: 1, name: "Browser test dozen" }).waitFor();
    await page.getByRole("button", { name: "Let it run" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Let it run" }).click();
    await page.getByRole("button", { name: "Pause" }).waitFor();
    await page.getByRole("button", { name: "End", exact: true }).click();
    await page.getByRole("dialog").getByRole("button", { name: "End", exact: true }).click();
    await page.getByText("Ended").first().waitFor();
    assert.deepEqual(errors, []);
    await context.close();
  });

  test("a flash sale is written with errors at their fields, scheduled, followed live and ended", async () => {
    const { page, context, errors } = await open("/flash-sales/new");
    await page.getByLabel("Name").fill("Browser test sale");
    await page.getByLabel("Starts").fill("2036-01-02T10:00");
    await page.getByLabel("Ends").fill("2036-01-01T10:00");
    await page.getByRole("searchbox", { name: "Add a product" }).fill(known.sku);
    await page.getByRole("option").first().click();
    await page.getByLabel(`Price of ${known.sku} in the sale`).fill("1.00");
    await page.getByLabel(`Units of ${known.sku}`).fill("1");
    await page.getByRole("button", { name: "Keep the draft" }).click();
    await page.getByText("The sale ends before it starts.").first().waitFor();
    await assertAccessible(page, "a sale with a mistake");
    await page.getByLabel("Ends").fill("2036-01-02T12:00");
    await page.getByRole("button", { name: "Keep the draft" }).click();
    await page.getByRole("heading", { level: 1, name: "Browser test sale" }).waitFor();
    await page.getByRole("button", { name: "Schedule the sale" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Schedule the sale" }).click();
    await page.getByText("Live", { exact: true }).waitFor();
    await page.getByRole("button", { name: "End the sale" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "End the sale" }).click();
    await page.getByText("Over").first().waitFor();
    // The one refusal above is an answer, which the browser writes down as well.
    assert.deepEqual(
      errors.filter((one) => !one.includes("422")),
      [],
    );
    await context.close();
  });

  test("stock is counted, and the movement appears", async () => {
    const { page, context, errors } = await open(`/stock/${known.sku}`);
    await page.getByLabel("Units that lie there, held ones too").fill("77");
    await page.getByRole("button", { name: "Book" }).click();
    await page.getByText("Booked.").waitFor();
    await page.getByRole("table", { name: "By location" }).getByText("77").first().waitFor();
    await assertAccessible(page, "stock after a count");
    assert.deepEqual(errors, []);
    await context.close();
  });
});
