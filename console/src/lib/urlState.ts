/**
 * Filters, order and page live in the address, so that every view can be bookmarked, shared and gone back to.
 * All values are plain strings; an absent or empty one means "no filter".
 */

export type Search = Record<string, string | undefined>;

/** The query of an address as plain strings; empty values count as absent. */
export function parseSearch(text: string): Search {
  const search: Search = {};
  for (const [key, value] of new URLSearchParams(text)) {
    if (value !== "") search[key] = value;
  }
  return search;
}

/** The search as a query with its `?`, or nothing when it is empty. */
export function stringifySearch(search: Record<string, unknown>): string {
  const params = new URLSearchParams();
  for (const [key, value] of Object.entries(search)) {
    if (typeof value === "number" || (typeof value === "string" && value !== "")) params.set(key, String(value));
  }
  const text = params.toString();
  return text === "" ? "" : `?${text}`;
}

/** Only the named keys of a search, for a route's own state. */
export function pick<K extends string>(...keys: K[]): (search: Record<string, unknown>) => Partial<Record<K, string>> {
  return (search) => {
    const picked: Partial<Record<K, string>> = {};
    for (const key of keys) {
      const value = search[key];
      if (typeof value === "string" && value !== "") picked[key] = value;
    }
    return picked;
  };
}

/** The new search after some filters changed: cleared ones go, and the list starts again at its first page. */
export function withFilters(search: Search, changes: Search): Search {
  const next: Search = { ...search, ...changes };
  delete next.cursor;
  delete next.page;
  for (const key of Object.keys(next)) {
    if (next[key] == null || next[key] === "") next[key] = undefined;
  }
  return next;
}

/** Whether the search leaves rows out, rather than only ordering or paging them. */
export function isFiltered({ sort: _sort, cursor: _cursor, page: _page, ...filters }: Search): boolean {
  return Object.values(filters).some((value) => value !== undefined && value !== "");
}

/** The number of the page in the address, from 1. */
export function pageNumber(search: Search): number {
  const page = Number(search.page ?? "1");
  return Number.isSafeInteger(page) && page > 0 ? page : 1;
}

/** Splits a link of the API such as "/customers?segment=at_risk" into what the router takes; null when it is not one. */
export function parseHref(href: string): { pathname: string; search: Search } | null {
  if (!href.startsWith("/") || href.startsWith("//") || href.includes("\\")) return null;
  const at = href.indexOf("?");
  return at < 0
    ? { pathname: href, search: {} }
    : { pathname: href.slice(0, at), search: parseSearch(href.slice(at + 1)) };
}
