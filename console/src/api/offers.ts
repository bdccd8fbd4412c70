/** What the pages of quotes and flash sales ask the API. */
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, take } from "./client";
import { PAGE_SIZE, queryClient } from "./queries";
import type { FlashSale, Quote, QuoteState } from "./types";

export const quotesQuery = (filters: { state?: string; cursor?: string }) =>
  queryOptions({
    queryKey: ["quotes", filters],
    queryFn: () => {
      const { state, cursor } = filters;
      const query = { limit: PAGE_SIZE, cursor, state: state as QuoteState | undefined };
      return take(api.GET("/v1/quotes", { params: { query } }));
    },
    placeholderData: keepPreviousData,
  });

export const quoteQuery = (id: string) =>
  queryOptions({
    queryKey: ["quote", id],
    queryFn: () => take(api.GET("/v1/quotes/{id}", { params: { path: { id } } })),
  });

/** Shows a quote as the server just answered it, everywhere. */
export function keepQuote(quote: Quote): void {
  queryClient.setQueryData(quoteQuery(quote.id).queryKey, quote);
  void queryClient.invalidateQueries({ queryKey: ["quotes"] });
}

/** The decision that a quote, a sale or a promotion is; null where none was logged. */
export const decisionOfQuery = (subject: string) =>
  queryOptions({
    queryKey: ["decisions", "of", subject],
    queryFn: async () => {
      const query = { subject, limit: 1 };
      const { items } = await take(api.GET("/v1/decisions", { params: { query } }));
      return items[0] ?? null;
    },
  });

export const flashSalesQuery = (filters: { cursor?: string }) =>
  queryOptions({
    queryKey: ["flash-sales", filters],
    queryFn: () => take(api.GET("/v1/flash-sales", { params: { query: { limit: PAGE_SIZE, ...filters } } })),
    placeholderData: keepPreviousData,
  });

export const flashSaleQuery = (id: string) =>
  queryOptions({
    queryKey: ["flash-sale", id],
    queryFn: () => take(api.GET("/v1/flash-sales/{id}", { params: { path: { id } } })),
  });

export function keepFlashSale(sale: FlashSale): void {
  queryClient.setQueryData(flashSaleQuery(sale.id).queryKey, sale);
  void queryClient.invalidateQueries({ queryKey: ["flash-sales"] });
}
