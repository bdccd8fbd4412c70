/** What the pages ask the API, with the keys under which the answers are kept. */
import { keepPreviousData, QueryClient, queryOptions } from "@tanstack/react-query";
import { api, ApiError, setCsrfToken, take } from "./client";
import type { DecisionDetail, Session } from "./types";

/** Rows on one page of a list: enough to scan, few enough to stay quick. */
export const PAGE_SIZE = 50;

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 30_000,
      // What the server refused stays refused; only a lost connection is worth another try.
      retry: (n, error) => n < 1 && !(error instanceof ApiError && error.status >= 400 && error.status < 500),
      retryDelay: 500,
      refetchOnWindowFocus: false,
    },
  },
});

/** The session, or null when nobody is signed in. */
export const sessionQuery = queryOptions({
  queryKey: ["session"],
  staleTime: 5 * 60_000,
  queryFn: async (): Promise<Session | null> => {
    try {
      const session = await take(api.GET("/v1/session"));
      setCsrfToken(session.csrf_token);
      return session;
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) return null;
      throw error;
    }
  },
});

export const statusQuery = queryOptions({
  queryKey: ["status"],
  queryFn: () => take(api.GET("/v1/status")),
});

export const todayQuery = queryOptions({ queryKey: ["today"], queryFn: () => take(api.GET("/v1/today")) });

export interface ProductFilters {
  q?: string;
  sort?: string;
  cursor?: string;
  limit?: number;
}

export const productsQuery = (filters: ProductFilters) =>
  queryOptions({
    queryKey: ["products", filters],
    queryFn: () => take(api.GET("/v1/products", { params: { query: { limit: PAGE_SIZE, ...filters } } })),
    placeholderData: keepPreviousData,
  });

export const productQuery = (id: string) =>
  queryOptions({
    queryKey: ["product", id],
    queryFn: () => take(api.GET("/v1/products/{id}", { params: { path: { id } } })),
  });

export const productSalesQuery = (id: string, by: "day" | "week") =>
  queryOptions({
    queryKey: ["product", id, "sales", by],
    queryFn: () => take(api.GET("/v1/products/{id}/sales", { params: { path: { id }, query: { by } } })),
    placeholderData: keepPreviousData,
  });

export const forecastQuery = (product: string, days: number) =>
  queryOptions({
    queryKey: ["product", product, "forecast", days],
    queryFn: () => take(api.GET("/v1/forecasts", { params: { query: { product, days } } })),
  });

export const topForecastsQuery = (filters: { sort?: string; cursor?: string }) =>
  queryOptions({
    queryKey: ["forecasts", filters],
    queryFn: () => take(api.GET("/v1/forecasts/top", { params: { query: { limit: PAGE_SIZE, ...filters } } })),
    placeholderData: keepPreviousData,
  });

export const recommendationsQuery = (query: { product?: string; customer?: string; limit?: number }) =>
  queryOptions({
    queryKey: ["recommendations", query],
    queryFn: () => take(api.GET("/v1/recommendations", { params: { query } })),
  });

export interface CustomerFilters {
  q?: string;
  segment?: string;
  country?: string;
  sort?: string;
  cursor?: string;
  limit?: number;
}

export const customersQuery = (filters: CustomerFilters) =>
  queryOptions({
    queryKey: ["customers", filters],
    queryFn: () => take(api.GET("/v1/customers", { params: { query: { limit: PAGE_SIZE, ...filters } } })),
    placeholderData: keepPreviousData,
  });

export const customerQuery = (id: string) =>
  queryOptions({
    queryKey: ["customer", id],
    queryFn: () => take(api.GET("/v1/customers/{id}", { params: { path: { id } } })),
  });

export interface OrderFilters {
  q?: string;
  customer?: string;
  product?: string;
  channel?: string;
  status?: string;
  from?: string;
  to?: string;
  sort?: string;
  cursor?: string;
  limit?: number;
}

export const ordersQuery = (filters: OrderFilters) =>
  queryOptions({
    queryKey: ["orders", filters],
    queryFn: () => take(api.GET("/v1/orders", { params: { query: { limit: PAGE_SIZE, ...filters } } })),
    placeholderData: keepPreviousData,
  });

export const orderQuery = (id: string) =>
  queryOptions({
    queryKey: ["order", id],
    queryFn: () => take(api.GET("/v1/orders/{id}", { params: { path: { id } } })),
  });

export const channelsQuery = queryOptions({ queryKey: ["channels"], queryFn: () => take(api.GET("/v1/channels")) });

export const countriesQuery = queryOptions({ queryKey: ["countries"], queryFn: () => take(api.GET("/v1/countries")) });

export const segmentsQuery = queryOptions({ queryKey: ["segments"], queryFn: () => take(api.GET("/v1/segments")) });

/** Why one customer of a segment belongs to it: the one with the highest value, as an example. Null when it is empty. */
export const segmentExampleQuery = (segment: string) =>
  queryOptions({
    queryKey: ["segments", segment, "example"],
    queryFn: async () => {
      const { items } = await take(api.GET("/v1/customers", { params: { query: { segment, limit: 1 } } }));
      const id = items[0]?.id;
      return id === undefined ? null : take(api.GET("/v1/customers/{id}", { params: { path: { id } } }));
    },
  });

export interface DecisionFilters {
  kind?: string;
  state?: string;
  mode?: string;
  subject?: string;
  q?: string;
  sort?: string;
  cursor?: string;
  limit?: number;
}

export const decisionsQuery = (filters: DecisionFilters) =>
  queryOptions({
    queryKey: ["decisions", filters],
    queryFn: () => take(api.GET("/v1/decisions", { params: { query: { limit: PAGE_SIZE, ...filters } } })),
    placeholderData: keepPreviousData,
  });

export const decisionQuery = (id: string) =>
  queryOptions({
    queryKey: ["decision", id],
    queryFn: async () =>
      (await take(api.GET("/v1/decisions/{id}", { params: { path: { id } } }))) as unknown as DecisionDetail,
  });

export const importsQuery = (cursor: string | undefined) =>
  queryOptions({
    queryKey: ["imports", cursor],
    queryFn: () => take(api.GET("/v1/imports", { params: { query: { limit: 20, cursor } } })),
  });

export const importQuery = (id: string) =>
  queryOptions({
    queryKey: ["import", id],
    queryFn: () => take(api.GET("/v1/imports/{id}", { params: { path: { id } } })),
  });

export const keysQuery = queryOptions({ queryKey: ["keys"], queryFn: () => take(api.GET("/v1/keys")) });

export const jobsQuery = queryOptions({ queryKey: ["jobs"], queryFn: () => take(api.GET("/v1/jobs")) });

export const settingsQuery = queryOptions({ queryKey: ["settings"], queryFn: () => take(api.GET("/v1/settings")) });
