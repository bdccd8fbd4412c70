/**
 * A table on wide screens, cards on narrow ones. Knows nothing of where its rows come from.
 * Sorting is the server's: a header only asks for it.
 */
import { useMediaQuery } from "@mantine/hooks";
import { IconArrowDown, IconArrowsSort, IconArrowUp } from "@tabler/icons-react";
import type { ReactNode } from "react";

export interface Column<T> {
  key: string;
  header: string;
  /** Breaks a long header into lines. */
  wrap?: boolean;
  cell: (row: T) => ReactNode;
  /** Numbers stand at the end of their cell. */
  end?: boolean;
  /** The server's order by this column, such as "-value". */
  sort?: string;
  /** Holds buttons only: on a card it needs no name. */
  action?: boolean;
  /** The column that names the row: the heading of its card. */
  name?: boolean;
}

interface Props<T> {
  label: string;
  columns: Column<T>[];
  rows: T[];
  rowKey: (row: T) => string;
  sort?: string;
  onSort?: (sort: string) => void;
  /** Never as cards: for small tables of figures. */
  alwaysTable?: boolean;
}

export function DataTable<T>(props: Props<T>) {
  const narrow = useMediaQuery("(max-width: 47.99em)", false, { getInitialValueInEffect: false });
  return narrow && !props.alwaysTable ? <Cards {...props} /> : <Wide {...props} />;
}

function Wide<T>({ label, columns, rows, rowKey, sort, onSort }: Props<T>) {
  return (
    <div className="table-region" role="region" aria-label={`Table: ${label}`} tabIndex={0}>
      <table className="table" aria-label={label}>
        <thead>
          <tr>
            {columns.map((column) => (
              <HeaderCell key={column.key} column={column} sort={sort} onSort={onSort} />
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={rowKey(row)}>
              {columns.map((column) => (
                <td key={column.key} className={column.end ? "end" : column.name ? "stuck" : undefined}>
                  {column.cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface HeaderProps<T> {
  column: Column<T>;
  sort: string | undefined;
  onSort: ((sort: string) => void) | undefined;
}

function HeaderCell<T>({ column, sort, onSort }: HeaderProps<T>) {
  const className = column.end ? "end" : undefined;
  const wanted = column.sort;
  if (wanted === undefined || !onSort) {
    return (
      <th scope="col" className={[className, column.wrap && "wrap"].filter(Boolean).join(" ") || undefined}>
        {column.header}
      </th>
    );
  }
  const active = sort === wanted;
  const falling = wanted.startsWith("-");
  const SortIcon = active ? (falling ? IconArrowDown : IconArrowUp) : IconArrowsSort;
  return (
    <th scope="col" className={className} aria-sort={active ? (falling ? "descending" : "ascending") : undefined}>
      <button type="button" className="sort" onClick={() => onSort(wanted)}>
        {column.header}
        <SortIcon size={14} aria-hidden opacity={active ? 1 : 0.5} />
      </button>
    </th>
  );
}

function Cards<T>({ label, columns, rows, rowKey }: Props<T>) {
  const name = columns.find((column) => column.name) ?? columns[0];
  const others = columns.filter((column) => column !== name);
  return (
    <ul className="rows" aria-label={label}>
      {rows.map((row) => (
        <li key={rowKey(row)} className="row-card">
          <div>{name?.cell(row)}</div>
          <dl>
            {others
              .filter((column) => !column.action)
              .map((column) => (
                <Pair key={column.key} header={column.header}>
                  {column.cell(row)}
                </Pair>
              ))}
          </dl>
          {others
            .filter((column) => column.action)
            .map((column) => (
              <div key={column.key} className="row-actions">
                {column.cell(row)}
              </div>
            ))}
        </li>
      ))}
    </ul>
  );
}

function Pair({ header, children }: { header: string; children: ReactNode }) {
  return (
    <>
      <dt>{header}</dt>
      <dd>{children}</dd>
    </>
  );
}
