/**
 * The cursors of the pages already seen in a list. The API only knows "next"; "previous" is remembered here for the
 * browser tab. After opening a link into the middle of a list only the first page is known, and the pager says so.
 */

/** A tab rarely walks further; older pages are then reached by "First page". */
const N_CURSORS_MAX = 500;

const storageKey = (listKey: string) => `mercer-trail ${listKey}`;

function read(listKey: string): (string | null)[] {
  try {
    const parsed: unknown = JSON.parse(sessionStorage.getItem(storageKey(listKey)) ?? "[]");
    return Array.isArray(parsed) ? parsed.map((one) => (typeof one === "string" ? one : null)) : [];
  } catch {
    return [];
  }
}

/** Remembers which cursor leads to a page (from 1) of the list. */
export function rememberCursor(listKey: string, page: number, cursor: string): void {
  if (page > N_CURSORS_MAX) return;
  const cursors = read(listKey);
  while (cursors.length <= page) cursors.push(null);
  cursors[page] = cursor;
  sessionStorage.setItem(storageKey(listKey), JSON.stringify(cursors));
}

/** The cursor of a page, "" for the first, or null when it was not seen in this tab. */
export function cursorOf(listKey: string, page: number): string | null {
  if (page <= 1) return "";
  return read(listKey)[page] ?? null;
}
