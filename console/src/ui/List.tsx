/**
 * What the console's lists have in common: the order of their rows, the rows or that there are none, and the way to
 * the next page. Which filters a list has and what its rows show is said by its own page.
 */
import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import type { ListState, Sorts } from "../lib/hooks";
import { DataTable, type Column } from "./DataTable";
import { Choice } from "./Filters";
import { Pager } from "./Pager";
import { Lines, Loaded } from "./States";

/** Chooses the order; the usual one, which is the first, is not written into the address. */
export function SortChoice({ sorts, list }: { sorts: Sorts; list: ListState }) {
  const usual = sorts[0].value;
  return (
    <Choice
      label="Sort by"
      wide
      value={list.sort}
      options={sorts}
      onChange={(next) => list.change({ sort: next === usual ? undefined : next })}
    />
  );
}

interface Shown<T> {
  items: T[];
  next_cursor?: string | null;
  total?: number | null;
}

interface Props<T> {
  label: string;
  /** Where the list is, such as "/orders". */
  path: string;
  /** What one row is, for counting. */
  noun: string;
  list: ListState;
  query: UseQueryResult<Shown<T>>;
  columns: Column<T>[];
  rowKey: (row: T) => string;
  /** In the place of a table without rows. */
  empty: ReactNode;
}

/** One page of rows as the server sorted and filtered them. */
export function ListRows<T>({ label, path, noun, list, query, columns, rowKey, empty }: Props<T>) {
  return (
    <Loaded query={query} skeleton={<Lines n={12} height={34} />}>
      {(shown) =>
        shown.items.length === 0 ? (
          empty
        ) : (
          <div aria-busy={query.isPlaceholderData}>
            <DataTable
              label={label}
              columns={columns}
              rows={shown.items}
              rowKey={rowKey}
              sort={list.sort}
              onSort={(next) => list.change({ sort: next })}
            />
            <Pager list={path} search={list.search} shown={shown} noun={noun} />
          </div>
        )
      }
    </Loaded>
  );
}
