import { describe, expect, test } from "vitest";
import { cursorOf, rememberCursor } from "./trail";
import { isFiltered, pageNumber, parseHref, parseSearch, pick, stringifySearch, withFilters } from "./urlState";

describe("the address", () => {
  test("comes back the same, numbers and odd characters included", () => {
    const search = { q: "C536379 & co=1", customer: "12346", sku: "85123A", emoji: "🕯" };
    expect(parseSearch(stringifySearch(search))).toEqual(search);
  });

  test("has no empty parts", () => {
    expect(stringifySearch({ q: "", sort: undefined, page: "2" })).toBe("?page=2");
    expect(stringifySearch({})).toBe("");
    expect(parseSearch("?q=&page=2")).toEqual({ page: "2" });
  });

  test("starts a list again at its first page when a filter changes", () => {
    expect(stringifySearch(withFilters({ q: "mug", cursor: "abc", page: "3" }, { segment: "at_risk" }))).toBe(
      "?q=mug&segment=at_risk",
    );
    expect(stringifySearch(withFilters({ q: "mug" }, { q: "" }))).toBe("");
  });

  test("keeps only what the page knows", () => {
    expect(pick("q", "sort")({ q: "x", evil: "y", sort: 3 })).toEqual({ q: "x" });
  });

  test("tells filters from order and page", () => {
    expect(isFiltered({ sort: "-value", cursor: "c2", page: "2" })).toBe(false);
    expect(isFiltered({ q: undefined })).toBe(false);
    expect(isFiltered({ segment: "at_risk" })).toBe(true);
  });

  test("with a page that is no page means the first", () => {
    expect(pageNumber({})).toBe(1);
    expect(pageNumber({ page: "7" })).toBe(7);
    for (const page of ["0", "-1", "1.5", "x", "1e99"]) expect(pageNumber({ page })).toBe(1);
  });
});

describe("a link of the API", () => {
  test("is split into path and search", () => {
    expect(parseHref("/customers?segment=at_risk")).toEqual({ pathname: "/customers", search: { segment: "at_risk" } });
    expect(parseHref("/orders/ord_1")).toEqual({ pathname: "/orders/ord_1", search: {} });
  });

  test("never leads out of the console", () => {
    for (const href of ["https://example.com", "//example.com", "javascript:alert(1)", "/\\example.com", ""]) {
      expect(parseHref(href)).toBeNull();
    }
  });
});

describe("the way back in a list", () => {
  test("is remembered for each list by itself", () => {
    rememberCursor("/orders", 2, "two");
    rememberCursor("/orders", 3, "three");
    expect(cursorOf("/orders", 1)).toBe("");
    expect(cursorOf("/orders", 2)).toBe("two");
    expect(cursorOf("/orders", 3)).toBe("three");
    expect(cursorOf("/orders", 9)).toBeNull();
    expect(cursorOf("/orders?q=x", 2)).toBeNull();
  });

  test("survives rubbish in the tab's memory", () => {
    sessionStorage.setItem("mercer-trail /odd", "{not json");
    expect(cursorOf("/odd", 2)).toBeNull();
  });
});
