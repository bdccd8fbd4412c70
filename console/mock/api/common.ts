/** What all answers share: problems, pages and searching in text. */

export type Query = URLSearchParams;
export type Answer = { status?: number; body?: unknown };

export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly title: string,
    detail: string,
  ) {
    super(detail);
  }
}

export const notFound = (what: string) =>
  new Refused(404, "not_found", `${what} not found`, `There is no ${what.toLowerCase()} with this id.`);

/** One page of a list; the cursor is the offset. */
export function page<T>(all: T[], query: Query) {
  const limit = Math.min(200, Math.max(1, Number(query.get("limit") ?? 50)));
  const from = Number(query.get("cursor") ?? 0);
  const to = from + limit;
  return { items: all.slice(from, to), next_cursor: to < all.length ? String(to) : null, total: all.length };
}

export const has = (q: string | null, ...texts: (string | null | undefined)[]) =>
  !q || texts.some((one) => one?.toLowerCase().includes(q.toLowerCase()));
