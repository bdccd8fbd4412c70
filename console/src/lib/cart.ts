/** The cart of the quote tester, kept in the address so that it can be shared and gone back to. Pure. */
import type { QuoteAsk } from "../api/types";
import { parseAmount } from "./amount";
import type { Search } from "./urlState";

export interface CartLine {
  sku: string;
  quantity: number;
}

export interface Cart {
  lines: CartLine[];
  customer: string | undefined;
  channel: string | undefined;
  country: string | undefined;
  coupons: string[];
  points: number;
  /** Method and amount of shipping as typed; empty for a cart that is not shipped. */
  method: string;
  shipping: string;
}

/** Keys of the address that make up a cart. */
export const CART_KEYS = [
  "lines",
  "customer",
  "channel",
  "country",
  "coupons",
  "points",
  "method",
  "shipping",
] as const;

/** Each line is `sku*quantity`; what stands between is a comma, which an encoded SKU has not. */
function parseLines(text: string): CartLine[] {
  const lines: CartLine[] = [];
  for (const part of text.split(",")) {
    const at = part.lastIndexOf("*");
    if (at <= 0) continue;
    const quantity = Number(part.slice(at + 1));
    try {
      const sku = decodeURIComponent(part.slice(0, at));
      if (Number.isSafeInteger(quantity) && quantity > 0) lines.push({ sku, quantity });
    } catch {
      // An address that was cut off in the middle of a SKU: the other lines are still good.
    }
  }
  return lines;
}

export function cartOf(search: Search): Cart {
  const points = Number(search.points ?? "0");
  return {
    lines: parseLines(search.lines ?? ""),
    customer: search.customer,
    channel: search.channel,
    country: search.country,
    coupons: (search.coupons ?? "").split(",").filter((code) => code !== ""),
    points: Number.isSafeInteger(points) && points > 0 ? points : 0,
    method: search.method ?? "",
    shipping: search.shipping ?? "",
  };
}

export function searchOf(cart: Cart): Search {
  return {
    lines: cart.lines.map((line) => `${encodeURIComponent(line.sku)}*${line.quantity}`).join(",") || undefined,
    customer: cart.customer,
    channel: cart.channel,
    country: cart.country,
    coupons: cart.coupons.join(",") || undefined,
    points: cart.points > 0 ? String(cart.points) : undefined,
    method: cart.method || undefined,
    shipping: cart.shipping || undefined,
  };
}

/** The cart with more units of a SKU: on its line, or on a new one. */
export function withMore(cart: Cart, sku: string, quantity: number): Cart {
  const known = cart.lines.some((line) => line.sku === sku);
  const lines = known
    ? cart.lines.map((line) => (line.sku === sku ? { ...line, quantity: line.quantity + quantity } : line))
    : [...cart.lines, { sku, quantity }];
  return { ...cart, lines };
}

/** Why the cart cannot be priced yet; null when it can. */
export function cartProblem(cart: Cart, currency: string): string | null {
  if (cart.lines.length === 0) return "Put a product into the cart first.";
  if (cart.shipping !== "" && parseAmount(cart.shipping, currency) === null) {
    return "The shipping is not an amount.";
  }
  if (cart.points > 0 && cart.customer === undefined) return "Points need a customer.";
  return null;
}

/** What the server is asked. A visitor without a customer is anonymous. */
export function askOf(cart: Cart, currency: string): QuoteAsk {
  const amount = parseAmount(cart.shipping, currency);
  return {
    channel: cart.channel ?? null,
    customer_id: cart.customer ?? null,
    anonymous_id: cart.customer === undefined ? "quote-tester" : null,
    lines: cart.lines,
    coupons: cart.coupons,
    points: cart.points,
    shipping: amount === null ? null : { method: cart.method.trim() || "standard", amount_minor: amount },
    country: cart.country ?? null,
  };
}
