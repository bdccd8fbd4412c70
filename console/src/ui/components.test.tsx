import { cleanup, fireEvent, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { Reason } from "../api/types";
import { draw } from "../test/render";
import { ActionButton } from "./Buttons";
import { Chart } from "./Chart";
import { DataTable } from "./DataTable";
import { Link } from "./Link";
import { Pager } from "./Pager";
import { shares } from "./Reasons";
import { ErrorState } from "./States";
import { Why } from "./Why";
import { ApiError } from "../api/client";

afterEach(cleanup);

const REASONS: Reason[] = [
  { code: "overdue", sentence: "The last order was 90 days ago.", weight: 0.6, numbers: {} },
  { code: "refunds", sentence: "Two refunds.", weight: -0.2, numbers: {} },
];

describe("why", () => {
  test("opens the reasons with their shares and what spoke against", async () => {
    await draw(<Why what="Write to Ava" reasons={REASONS} decisionId="dec_1" />);
    await userEvent.click(screen.getByRole("button", { name: "Why? Write to Ava" }));
    const dialog = await screen.findByRole("dialog");
    expect(within(dialog).getByText("75 % of the weight")).toBeTruthy();
    expect(within(dialog).getByText("25 % of the weight, against")).toBeTruthy();
    expect(within(dialog).getByRole("link").getAttribute("href")).toBe("/decisions/dec_1");
  });

  test("has shares that add up to one, and none of nothing", () => {
    expect(shares(REASONS).reduce((sum, one) => sum + one, 0)).toBeCloseTo(1);
    expect(shares([{ code: "x", sentence: "", weight: 0, numbers: {} }])).toEqual([0]);
    expect(shares([])).toEqual([]);
  });
});

describe("a disabled button", () => {
  test("says why and does nothing, but can be reached", async () => {
    const press = vi.fn();
    await draw(
      <ActionButton disabledReason="This is the last page." onClick={press}>
        Next
      </ActionButton>,
    );
    const button = screen.getByRole("button");
    fireEvent.click(button);
    expect(press).not.toHaveBeenCalled();
    expect(button.getAttribute("aria-disabled")).toBe("true");
    expect(button.hasAttribute("disabled")).toBe(false);
    const described = document.getElementById(button.getAttribute("aria-describedby") ?? "");
    expect(described?.textContent).toBe("This is the last page.");
  });
});

describe("a table", () => {
  test("tells the order it is in and asks for another one", async () => {
    const sort = vi.fn();
    await draw(
      <DataTable
        label="Customers"
        rows={[{ id: "1", name: "Ava", value: 3 }]}
        rowKey={(row) => row.id}
        columns={[
          { key: "name", header: "Name", name: true, cell: (row) => row.name },
          { key: "value", header: "Value", sort: "-value", cell: (row) => row.value },
          { key: "other", header: "Orders", sort: "-orders", cell: (row) => row.value },
        ]}
        sort="-value"
        onSort={sort}
      />,
    );
    expect(screen.getByRole("columnheader", { name: "Value" }).getAttribute("aria-sort")).toBe("descending");
    expect(screen.getByRole("columnheader", { name: "Orders" }).hasAttribute("aria-sort")).toBe(false);
    await userEvent.click(screen.getByRole("button", { name: "Orders" }));
    expect(sort).toHaveBeenCalledWith("-orders");
  });
});

describe("the pager", () => {
  test("goes on with the server's cursor and keeps the filters", async () => {
    const { router } = await draw(
      <Pager
        list="/customers"
        search={{ segment: "at_risk" }}
        shown={{ items: Array.from({ length: 50 }), next_cursor: "c2", total: 2000 }}
        noun="customer"
      />,
      "/customers?segment=at_risk",
    );
    expect(screen.getByText("1–50 of 2,000 customers")).toBeTruthy();
    await userEvent.click(screen.getByRole("button", { name: "Next" }));
    await vi.waitFor(() => expect(router.state.location.href).toBe("/customers?segment=at_risk&cursor=c2&page=2"));
  });

  test("offers the first page when the one before is not known", async () => {
    await draw(
      <Pager
        list="/fresh"
        search={{ cursor: "c9", page: "9" }}
        shown={{ items: [1], next_cursor: null, total: null }}
        noun="order"
      />,
    );
    expect(screen.getByRole("button", { name: "First page" })).toBeTruthy();
    expect(screen.getByRole("button", { name: /Next/ }).getAttribute("aria-disabled")).toBe("true");
  });
});

test("a chart speaks the value that the arrow keys reach", async () => {
  await draw(
    <Chart
      label="Sales"
      kind="bars"
      valueName="Sales"
      points={[
        { date: "2011-12-08", value: 10, detail: "1 order" },
        { date: "2011-12-09", value: 20, detail: "2 orders" },
      ]}
      format={(value) => `£${value}`}
      formatAxis={String}
    />,
  );
  const chart = screen.getByRole("slider");
  expect(chart.getAttribute("aria-valuetext")).toBe("9 Dec 2011: £20, 2 orders");
  fireEvent.keyDown(chart, { key: "ArrowLeft" });
  expect(chart.getAttribute("aria-valuetext")).toBe("8 Dec 2011: £10, 1 order");
  await userEvent.click(screen.getByRole("button", { name: "Show as table" }));
  expect(screen.getAllByRole("row")).toHaveLength(3);
});

test("a link from the API that leads elsewhere is only text", async () => {
  await draw(
    <>
      <Link href="/customers">In</Link>
      <Link href="javascript:alert(1)">Out</Link>
    </>,
  );
  expect(screen.getAllByRole("link")).toHaveLength(1);
  expect(screen.getByText("Out").tagName).toBe("SPAN");
});

test("an error says what happened and offers to try again", async () => {
  const retry = vi.fn();
  await draw(
    <ErrorState
      error={new ApiError({ title: "The database is busy", detail: "Nothing was changed." }, 503)}
      onRetry={retry}
    />,
  );
  expect(screen.getByRole("alert").textContent).toContain("Nothing was changed.");
  await userEvent.click(screen.getByRole("button", { name: "Retry" }));
  expect(retry).toHaveBeenCalledOnce();
});
