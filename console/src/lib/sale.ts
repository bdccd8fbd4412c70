/** What a flash sale's figures mean. Pure. */
import type { FlashSale, FlashSaleItem } from "../api/types";

export type SalePhase = "draft" | "scheduled" | "on" | "ended";

/** Where a sale stands by the server's clock (milliseconds), also between two answers. */
export function phaseOf(sale: Pick<FlashSale, "state" | "starts_at" | "ends_at">, now: number): SalePhase {
  if (sale.state !== "scheduled") return sale.state;
  if (now < Date.parse(sale.starts_at)) return "scheduled";
  return now < Date.parse(sale.ends_at) ? "on" : "ended";
}

/** Whole seconds until the sale starts, or is over; 0 when neither comes. */
export function secondsOf(sale: Pick<FlashSale, "state" | "starts_at" | "ends_at">, now: number): number {
  const phase = phaseOf(sale, now);
  const at = phase === "scheduled" ? sale.starts_at : phase === "on" ? sale.ends_at : null;
  return at === null ? 0 : Math.max(0, Math.ceil((Date.parse(at) - now) / 1000));
}

type Figure = "n_units" | "n_left" | "n_held" | "n_sold" | "n_waiting";

/** A figure over all SKUs of a sale. */
export function inAll(items: FlashSaleItem[], figure: Figure): number {
  return items.reduce((sum, item) => sum + item[figure], 0);
}
