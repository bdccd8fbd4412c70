/**
 * What a merchant does: answers a proposal, finds a customer, imports a file, makes a key. Changes data, so a server
 * given by MERCER_URL must have a shop that may be changed, such as the one of `mercer demo`.
 */
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { assertAccessible, assertFits, newPage, openOnce, screenshot, settled, usesMock } from "./support.mjs";

/** Its second row has no quantity that can be read. */
const CSV = `InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country
536365,85123A,HOLDER,6,2010-12-01 08:26:00,2.55,17850,United Kingdom
536366,71053,LANTERN,several,2010-12-01 08:28:00,3.39,17850,United Kingdom
`;

const noPassword = usesMock ? false : "the owner of a demo signs in by link";

describe("a merchant's day", () => {
  let browser;
  let base;
  let storageState;

  before(async () => {
    ({ browser, base, storageState } = await openOnce());
  });

  async function open(path, options = {}) {
    const opened = await newPage(browser, { viewport: { width: 1280, height: 900 }, storageState, ...options });
    await opened.page.goto(base + path);
    await settled(opened.page);
    return opened;
  }

  test("a proposal is approved on Today and leaves the list", async () => {
    const { page, context, errors } = await open("/");
    const proposals = page.getByRole("button", { name: /^Approve: / });
    const first = await proposals.first().getAttribute("aria-label");
    await proposals.first().click();
    await page.getByText(first.replace("Approve: ", "Approved: ")).waitFor();
    await page.waitForFunction(
      (label) => document.querySelector(`[aria-label="${CSS.escape(label)}"]`) === null,
      first,
    );
    assert.deepEqual(errors, []);
    await context.close();
  });

  test("a proposal is dismissed with a reason, and another one snoozed", async () => {
    const { page, context, errors } = await open("/");
    await page
      .getByRole("button", { name: /^Dismiss: / })
      .first()
      .click();
    await page.getByLabel("Reason (optional)").fill("Has moved away");
    await assertAccessible(page, "dismiss");
    await page.getByRole("button", { name: "Dismiss the proposal" }).click();
    await page.getByText(/^Dismissed: /).waitFor();
    await settled(page);
    await page
      .getByRole("button", { name: /^Snooze: / })
      .first()
      .click();
    await page.getByRole("menuitem", { name: "For a week" }).click();
    await page.getByText(/^Snoozed: /).waitFor();
    assert.deepEqual(errors, []);
    await context.close();
  });

  test("“Why?” shows the reasons with their weight, and Escape closes them", async () => {
    const { page, context } = await open("/");
    const why = page.getByRole("button", { name: /^Why\? / }).first();
    await why.click();
    const drawer = page.getByRole("dialog");
    await drawer.getByText("of the weight").first().waitFor();
    await page.waitForTimeout(300);
    await assertAccessible(page, "why");
    await screenshot(page, "why-wide");
    await page.keyboard.press("Escape");
    await drawer.waitFor({ state: "hidden" });
    assert.equal(await why.evaluate((button) => button === document.activeElement), true);
    await context.close();
  });

  test("every number on Today leads to its rows", async () => {
    const { page, context } = await open("/");
    await page.getByRole("link", { name: /^Sales: / }).click();
    await page.getByRole("heading", { level: 1, name: "Orders" }).waitFor();
    const search = new URL(page.url()).searchParams;
    assert.match(search.get("from") ?? "", /^\d{4}-\d\d-\d\d$/);
    assert.match(search.get("to") ?? "", /^\d{4}-\d\d-\d\d$/);
    await context.close();
  });

  test("filters, order and page of a list live in the address and survive going back", async () => {
    const { page, context } = await open("/customers");
    await page.getByRole("combobox", { name: "Segment" }).click();
    await page.getByRole("option", { name: "Hibernating" }).click();
    await page.waitForURL(/segment=hibernating/);
    await page.getByRole("button", { name: "Orders", exact: true }).click();
    await page.waitForURL(/sort=-orders/);
    await settled(page);
    await page.getByRole("button", { name: "Next" }).click();
    await page.waitForURL(/page=2/);
    await page.getByText(/^51–100 of/).waitFor();
    await page.getByRole("button", { name: "Previous" }).click();
    await page.getByText(/^1–50 of/).waitFor();
    await page.goBack();
    await page.getByText(/^51–100 of/).waitFor();
    assert.match(page.url(), /segment=hibernating/);
    await context.close();
  });

  test("the search in the header finds a product by the keyboard alone", async () => {
    const { page, context, errors } = await open("/products");
    const sku = await page.evaluate(() =>
      fetch("/v1/products?limit=1").then(async (one) => (await one.json()).items[0].sku),
    );
    await page.keyboard.press("/");
    await page.keyboard.type(sku);
    await page.getByRole("option", { name: sku }).first().waitFor();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Sales and forecast" }).waitFor();
    assert.deepEqual(errors, []);
    await context.close();
  });

  test("the skip link is the first stop of the Tab key and leads to the content", async () => {
    const { page, context } = await open("/");
    await page.keyboard.press("Tab");
    assert.equal(await page.evaluate(() => document.activeElement?.textContent), "Skip to content");
    await page.keyboard.press("Enter");
    assert.equal(await page.evaluate(() => document.activeElement?.id), "main");
    await context.close();
  });

  test("the chart is read by arrow keys and as a table", async () => {
    const { page, context } = await open("/");
    const chart = page.getByRole("slider", { name: /Sales by day/ });
    await chart.focus();
    const last = await chart.getAttribute("aria-valuetext");
    await page.keyboard.press("ArrowLeft");
    const before = await chart.getAttribute("aria-valuetext");
    assert.notEqual(before, last);
    assert.match(before, /£/);
    await page.getByRole("button", { name: "Show as table" }).click();
    await page.getByRole("table", { name: /Sales by day/ }).waitFor();
    await context.close();
  });

  test("a narrow window has its pages behind a button", async () => {
    const { page, context } = await open("/", { viewport: { width: 320, height: 700 } });
    await assertFits(page, "today at 320 px");
    await page.getByRole("button", { name: "Open the navigation" }).click();
    await page.getByRole("link", { name: "Products" }).click();
    await page.getByRole("heading", { level: 1, name: "Products" }).waitFor();
    await settled(page);
    await assertFits(page, "products at 320 px");
    await context.close();
  });

  test("a file is dropped, its columns are checked, and every row is accounted for", async () => {
    const { page, context, errors } = await open("/import");
    await page
      .locator('input[type="file"]')
      .setInputFiles({ name: "orders.csv", mimeType: "text/csv", buffer: Buffer.from(CSV) });
    await page.getByRole("heading", { name: "Which column is what" }).waitFor();
    await page.getByText("Recognised as Online Retail.").waitFor();
    await assertAccessible(page, "import preview");
    await screenshot(page, "import-preview-wide");
    await page.getByRole("combobox", { name: "Column for Country" }).click();
    await page.getByRole("option", { name: "Description" }).click();
    await page.getByText("Changed by you").waitFor();
    await page.getByRole("button", { name: "Start the import" }).click();
    await page.getByText(/rows per second/).waitFor();
    await screenshot(page, "import-running-wide");
    await page.getByText("The import is done").waitFor();
    const figures = await page.locator(".equation .stat-value").allInnerTexts();
    const [rows, kept, rejected, duplicates] = figures.map((one) => Number(one.replaceAll(",", "")));
    assert.equal(rows, kept + rejected + duplicates);
    await page.getByRole("link", { name: /Download the \d+ rejected rows? / }).waitFor();
    await assertAccessible(page, "import result");
    await screenshot(page, "import-result-wide");
    assert.deepEqual(errors, []);
    await context.close();
  });

  test("a key is made, shown once, and revoked", async () => {
    const { page, context, errors } = await open("/settings");
    await page.getByRole("button", { name: "Create a key" }).click();
    const create = page.getByRole("button", { name: "Create the key" });
    assert.equal(await create.getAttribute("aria-disabled"), "true");
    await page.getByLabel("Name").fill("Till");
    await page.waitForTimeout(300);
    await assertAccessible(page, "create a key");
    await create.click();
    await page.getByText("Copy the key now").waitFor();
    await screenshot(page, "key-wide");
    await page.getByRole("button", { name: "Finish" }).click();
    await page.getByRole("button", { name: "Revoke Till" }).click();
    await page.getByRole("button", { name: "Revoke the key" }).click();
    await page.getByText("Revoked: Till").waitFor();
    assert.deepEqual(errors, []);
    await context.close();
  });

  test("a parked job is tried again", { skip: usesMock ? false : "a demo has no job that failed" }, async () => {
    const { page, context, errors } = await open("/settings?tab=jobs");
    await page.getByRole("button", { name: "Retry Connector pull" }).click();
    await page.getByText("will be tried again now").waitFor();
    assert.deepEqual(errors, []);
    await context.close();
  });

  test("the quality of suggestions and forecasts is measured beside baselines", async () => {
    const { page, context, errors } = await open("/settings?tab=quality");
    for (const engine of ["Suggestions", "Forecasts"]) {
      await page.getByRole("button", { name: `Evaluate: ${engine}` }).click();
      await page.getByRole("button", { name: `Evaluate again: ${engine}` }).waitFor();
    }
    assert.equal(await page.getByText(/^(Better|Not better) than the baseline$/).count(), 2);
    assert.ok((await page.getByText("(baseline)").count()) >= 2);
    await screenshot(page, "quality-wide");
    await assertAccessible(page, "quality");
    assert.deepEqual(errors, []);
    await context.close();
  });

  test("an error of the server is shown with its detail and a way to try again", async () => {
    const { page, context } = await newPage(browser, { viewport: { width: 1280, height: 900 }, storageState });
    let fail = true;
    await page.route("**/v1/segments", (route) =>
      fail
        ? route.fulfill({
            status: 503,
            contentType: "application/problem+json",
            body: JSON.stringify({
              type: "urn:mercer:problem:busy",
              title: "The database is busy",
              status: 503,
              code: "busy",
              detail: "Nothing was changed. Try again in a minute.",
            }),
          })
        : route.continue(),
    );
    await page.goto(`${base}/segments`);
    await page.getByText("The database is busy").waitFor();
    await page.getByText("Nothing was changed. Try again in a minute.").waitFor();
    await assertAccessible(page, "error");
    await screenshot(page, "error-wide");
    fail = false;
    await page.getByRole("button", { name: "Retry" }).click();
    await page.getByRole("link", { name: "Champions", exact: true }).waitFor();
    await context.close();
  });

  test("an empty shop says what to do, on every page", async () => {
    const { page, context, errors } = await newPage(browser, { viewport: { width: 1280, height: 900 }, storageState });
    const zero = { n_orders: 0, total_minor: 0, n_units: 0 };
    const empty = { items: [], next_cursor: null, total: 0 };
    const answers = {
      "/v1/today": {
        as_of: null,
        is_historic: false,
        currency: "GBP",
        sales: { ...zero, previous: zero, days: [], forecast_next_7_days: null, from: "2026-01-01", to: "2026-01-07" },
        needs_decision: { total: 0, items: [] },
        changed: [],
        rising: [],
      },
      "/v1/segments": { items: [], reference_date: "2026-01-01", computed_at: "2026-01-01T00:00:00Z" },
    };
    for (const path of ["orders", "customers", "products", "decisions", "imports", "jobs", "keys", "settings"]) {
      answers[`/v1/${path}`] = empty;
    }
    answers["/v1/forecasts/top"] = empty;
    await page.route("**/v1/**", (route) => {
      const answer = answers[new URL(route.request().url()).pathname];
      return answer ? route.fulfill({ json: answer }) : route.continue();
    });
    for (const [path, text] of [
      ["/", "There are no orders yet"],
      ["/orders", "There are no orders yet"],
      ["/orders?q=x", "No orders found"],
      ["/customers", "There are no customers yet"],
      ["/products", "There are no products yet"],
      ["/forecasts", "No forecasts yet"],
      ["/segments", "No segments yet"],
      ["/decisions", "No decisions found"],
      ["/import", "Nothing was imported yet"],
      ["/settings", "No keys yet"],
      ["/settings?tab=jobs", "No jobs yet"],
    ]) {
      await page.goto(base + path);
      await page.getByText(text).waitFor();
      await assertAccessible(page, `${path}, empty`);
    }
    assert.deepEqual(errors, []);
    await context.close();
  });

  test("a new shop without decisions, forecast or last week shows its first figures", async () => {
    const { page, context, errors } = await newPage(browser, { viewport: { width: 1280, height: 900 }, storageState });
    const day = { date: "2026-01-07", total_minor: 1250, n_orders: 1, n_units: 2 };
    const today = {
      as_of: "2026-01-07",
      is_historic: false,
      currency: "JPY",
      sales: {
        ...day,
        previous: { n_orders: 0, total_minor: 0, n_units: 0 },
        days: [day],
        forecast_next_7_days: null,
        from: "2026-01-01",
        to: "2026-01-07",
      },
      needs_decision: { total: 0, items: [] },
      changed: [],
      rising: [],
    };
    await page.route("**/v1/today", (route) => route.fulfill({ json: today }));
    await page.goto(`${base}/`);
    await page.getByText("JP¥1,250", { exact: true }).first().waitFor();
    for (const text of [
      "Nothing waits for you",
      "Not computed yet",
      "none in the week before",
      "Nothing worth telling",
    ]) {
      await page.getByText(text).first().waitFor();
    }
    assert.deepEqual(errors, []);
    await context.close();
  });

  test("a server that does not answer is said at once, and tried again on demand", async () => {
    const { page, context } = await newPage(browser, { viewport: { width: 1280, height: 900 }, storageState });
    let gone = true;
    await page.route("**/v1/session", (route) => (gone ? route.abort() : route.continue()));
    await page.goto(`${base}/`);
    await page.getByText("The server cannot be reached").waitFor();
    gone = false;
    await page.getByRole("button", { name: "Retry" }).click();
    await page.getByRole("heading", { level: 1, name: "Today" }).waitFor();
    await context.close();
  });

  test("a session that ended leads to the sign-in page, and signing in leads back", { skip: noPassword }, async () => {
    const { page, context } = await open("/products");
    await context.clearCookies();
    await page.getByRole("link", { name: "Segments" }).click();
    await page.getByLabel("E-mail address").waitFor();
    await page.getByLabel("E-mail address").fill("demo@example.com");
    await page.getByLabel("Password", { exact: true }).fill("wrong");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByText("Cannot sign in").waitFor();
    await page.getByLabel("Password", { exact: true }).fill("demo");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("heading", { level: 1, name: "Segments" }).waitFor();
    await context.close();
  });

  // Last, because it ends the session that the tests share.
  test("signing out ends the session", async () => {
    const { page, context } = await open("/");
    await page.getByRole("button", { name: "Your account" }).click();
    await page.getByRole("menuitem", { name: "Sign out" }).click();
    await page.getByLabel("E-mail address").waitFor();
    await page.goto(`${base}/customers`);
    await page.getByLabel("E-mail address").waitFor();
    await context.close();
  });
});
