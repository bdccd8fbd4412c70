/** Amounts under each other with their total, as on a till receipt. */
import type { ReactNode } from "react";
import { Money } from "./Values";

export interface ReceiptEntry {
  label: ReactNode;
  /** Minor units; below zero for what is taken off. */
  minor: number;
  /** Belongs to the entry above it. */
  part?: boolean;
}

interface Props {
  label: string;
  currency: string;
  entries: ReceiptEntry[];
  /** Null where one entry is the whole. */
  total: ReceiptEntry | null;
  /** What is said about the total; does not add up to it. */
  after?: ReceiptEntry[];
  /** As wide as its place, rather than as a till's paper. */
  wide?: boolean;
}

export function Receipt({ label, currency, entries, total, after = [], wide = false }: Props) {
  return (
    <table className={wide ? "receipt wide" : "receipt"} aria-label={label}>
      <tbody>
        {entries.map((entry, n) => (
          <Line key={n} entry={entry} currency={currency} />
        ))}
        {total && <Line entry={total} currency={currency} className="total" />}
        {after.map((entry, n) => (
          <Line key={n} entry={entry} currency={currency} className="after" />
        ))}
      </tbody>
    </table>
  );
}

function Line({ entry, currency, className }: { entry: ReceiptEntry; currency: string; className?: string }) {
  return (
    <tr className={className ?? (entry.part ? "part" : undefined)}>
      <th scope="row">{entry.label}</th>
      <td>
        <Money minor={entry.minor} currency={currency} />
      </td>
    </tr>
  );
}
