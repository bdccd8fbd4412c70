/** What the pages of promotions ask the API. */
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { toAsk, type Draft } from "../lib/promotion";
import { api, take } from "./client";
import { PAGE_SIZE, queryClient } from "./queries";
import type { Promotion } from "./types";

export const promotionsQuery = (filters: { q?: string; state?: string; cursor?: string }) =>
  queryOptions({
    queryKey: ["promotions", filters],
    queryFn: () => take(api.GET("/v1/promotions", { params: { query: { limit: PAGE_SIZE, ...filters } } })),
    placeholderData: keepPreviousData,
  });

export const promotionQuery = (id: string) =>
  queryOptions({
    queryKey: ["promotion", id],
    queryFn: () => take(api.GET("/v1/promotions/{id}", { params: { path: { id } } })),
  });

export function keepPromotion(promotion: Promotion): void {
  queryClient.setQueryData(promotionQuery(promotion.id).queryKey, promotion);
  for (const key of ["promotions", "promotion-check", "promotion-conflicts"]) {
    void queryClient.invalidateQueries({ queryKey: [key] });
  }
}

/** What the server says of a draft: its sentence, what is wrong with it, what gets in its way. */
export const checkQuery = (draft: Draft, promotion: string | null) =>
  queryOptions({
    queryKey: ["promotion-check", draft, promotion],
    queryFn: () =>
      take(api.POST("/v1/promotions/check", { body: { draft: toAsk(draft), promotion, coupon_codes: [] } })),
    placeholderData: keepPreviousData,
    staleTime: 60_000,
  });

export const conflictsQuery = queryOptions({
  queryKey: ["promotion-conflicts"],
  queryFn: () => take(api.GET("/v1/promotions/conflicts")),
});

export const couponsQuery = (promotion: string, cursor: string | undefined) =>
  queryOptions({
    queryKey: ["coupons", promotion, cursor],
    queryFn: () => take(api.GET("/v1/coupons", { params: { query: { promotion, limit: 20, cursor } } })),
    placeholderData: keepPreviousData,
  });

export const batchesQuery = (promotion: string) =>
  queryOptions({
    queryKey: ["coupons", promotion, "batches"],
    queryFn: () => take(api.GET("/v1/coupons/batches", { params: { query: { promotion, limit: 50 } } })),
  });

export const campaignsQuery = queryOptions({
  queryKey: ["campaigns"],
  queryFn: () => take(api.GET("/v1/campaigns", { params: { query: { limit: 200 } } })),
});

export const offersQuery = (code: string) =>
  queryOptions({
    queryKey: ["channel-offers", code],
    queryFn: () => take(api.GET("/v1/channels/{code}/offers", { params: { path: { code } } })),
  });
