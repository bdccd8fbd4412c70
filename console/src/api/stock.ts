/** What the pages of stock ask the API. */
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { ApiError, api, binaryRequest, take } from "./client";
import { PAGE_SIZE, queryClient } from "./queries";
import type { StockImportReport, StockPreview } from "./types";

export interface StockFilters {
  q?: string;
  location?: string;
  low?: string;
  cursor?: string;
}

export const stockQuery = ({ low, ...filters }: StockFilters) =>
  queryOptions({
    queryKey: ["stock", "list", filters, low],
    queryFn: () => {
      const query = { limit: PAGE_SIZE, ...filters, low: low === "yes" ? true : undefined };
      return take(api.GET("/v1/stock", { params: { query } }));
    },
    placeholderData: keepPreviousData,
  });

export const stockItemQuery = (sku: string) =>
  queryOptions({
    queryKey: ["stock", "item", sku],
    queryFn: () => take(api.GET("/v1/stock/{sku}", { params: { path: { sku } } })),
    // A SKU that is not kept in stock is an answer, not a failure to be tried again.
    retry: (n, error) => n < 1 && !(error instanceof ApiError && error.status < 500),
  });

export const movementsQuery = (sku: string, cursor: string | undefined) =>
  queryOptions({
    queryKey: ["stock", "movements", sku, cursor],
    queryFn: () =>
      take(api.GET("/v1/stock/{sku}/movements", { params: { path: { sku }, query: { limit: PAGE_SIZE, cursor } } })),
    placeholderData: keepPreviousData,
  });

export const stockHoldsQuery = (sku: string) =>
  queryOptions({
    queryKey: ["stock", "holds", sku],
    queryFn: () => take(api.GET("/v1/stock/{sku}/holds", { params: { path: { sku }, query: { limit: PAGE_SIZE } } })),
  });

export const incomingQuery = (sku: string) =>
  queryOptions({
    queryKey: ["stock", "incoming", sku],
    queryFn: () => take(api.GET("/v1/stock/incoming", { params: { query: { sku, limit: PAGE_SIZE } } })),
  });

export const locationsQuery = queryOptions({
  queryKey: ["stock", "locations"],
  queryFn: () => take(api.GET("/v1/locations")),
});

/** Everything about stock is read again: a movement changes lists, levels and history at once. */
export const reloadStock = () => queryClient.invalidateQueries({ queryKey: ["stock"] });

interface StockFile {
  file: File;
  /** Where rows without a location belong; empty leaves it to the file. */
  location: string;
  currency: string;
}

const queryOf = ({ file, location, currency }: StockFile) => ({
  file_name: file.name,
  location,
  currency,
});

/** Reads a stock file and says what it would do; books nothing. */
export const previewStock = (given: StockFile) =>
  binaryRequest<StockPreview>("/v1/stock/imports/preview", queryOf(given), given.file);

/** Books a stock file: each row that says something new. */
export const importStock = (given: StockFile) =>
  binaryRequest<StockImportReport>("/v1/stock/imports", queryOf(given), given.file);
