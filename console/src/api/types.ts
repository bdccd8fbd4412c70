/**
 * The types of the HTTP API: the only file that knows where they come from.
 *
 * `schema.d.ts` is written by `npm run generate` from openapi/mercer.json; every other file imports names from here.
 * Amounts are integer minor units (`*_minor`) with their `currency` beside them; instants are RFC 3339 in UTC; dates are
 * `YYYY-MM-DD`.
 */
import type { components } from "./schema";

export type { paths } from "./schema";

/**
 * What an answer really holds: the description calls every field that may be null optional, but the server always
 * writes it.
 */
export type Complete<T> = T extends readonly (infer One)[]
  ? Complete<One>[]
  : T extends object
    ? { [Key in keyof T]-?: Complete<T[Key]> }
    : T;

type Schemas = components["schemas"];
type Answer<Name extends keyof Schemas> = Complete<Schemas[Name]>;

/** One page of a list. */
export interface Page<T> {
  items: T[];
  next_cursor: string | null;
  total: number | null;
}

/** An error of the API (RFC 9457); `field` is there only when one is at fault. */
export type Problem = Schemas["Problem"];

export type Reason = Answer<"ReasonRecord">;
export type Alternative = Answer<"AlternativeView">;

export type Session = Answer<"SessionView">;
export type Status = Answer<"Status">;

export type Today = Answer<"Today">;
export type SalesDay = Answer<"DayView">;
export type Change = Answer<"ChangeView">;
export type RisingProduct = Answer<"Rising">;

export type ProductRef = Answer<"ForecastProduct">;
export type ProductRow = Answer<"ProductRow">;
export type Product = Answer<"Product">;
export type Variant = Answer<"Variant">;
export type ProductSales = Answer<"ProductSales">;
export type SalesPoint = Answer<"ProductPoint">;

export type CustomerRow = Answer<"CustomerRow">;
export type Customer = Answer<"CustomerDetail">;
export type Rfm = Answer<"Rfm">;
export type TimelineEntry = Answer<"TimelineEntry">;

export type OrderRow = Answer<"OrderRow">;
export type Order = Answer<"Order">;
export type OrderLine = Answer<"OrderLine">;
export type Refund = Answer<"OrderRefund">;
export type Channel = Answer<"ChannelView">;

export type Recommendation = Answer<"Recommendation">;
export type Recommendations = Answer<"Recommendations">;

export type Forecast = Answer<"ForecastView">;
export type ForecastPoint = Answer<"PointView">;
export type TopForecast = Answer<"ForecastRow">;

export type Segment = Answer<"SegmentView">;
export type SegmentList = Answer<"Segments">;

export type DecisionMode = Schemas["Mode"];
export type DecisionState = Schemas["State"];
export type Decision = Answer<"DecisionView">;
/** The description leaves the shape of the alternatives open; every kind of decision writes them like this. */
export type DecisionDetail = Omit<Answer<"DecisionDetailView">, "alternatives"> & { alternatives: Alternative[] };

export type QuoteAsk = Schemas["QuoteAsk"];
export type QuoteState = Schemas["QuoteState"];
export type Quote = Answer<"QuoteView">;
export type QuotePrice = Answer<"PriceView">;
export type QuoteLine = Answer<"LineView">;
export type QuoteDiscount = Answer<"DiscountView">;
export type QuoteRow = Answer<"QuoteListRow">;
export type NotApplied = Answer<"NotAppliedView">;
export type NextStep = Answer<"NextStepView">;

export type FlashSale = Answer<"LiveSale">;
export type FlashSaleItem = Answer<"LiveItem">;
export type FlashSaleAsk = Schemas["SaleAsk"];

export type Promotion = Answer<"PromotionView">;
export type PromotionConflict = Answer<"Conflict">;
export type Coupon = Answer<"CouponView">;
export type CouponBatch = Answer<"BatchView">;
export type OfferSettings = Schemas["OfferSettings"];
export type Simulation = Answer<"Simulation">;

export type StockRow = Answer<"StockRow">;
export type StockItem = Answer<"StockView">;
export type StockPlace = Answer<"PlaceView">;
export type StockItemSettings = Schemas["ItemSettings"];
export type Movement = Answer<"MovementView">;
export type MovementReason = Schemas["Reason"];
export type StockHold = Answer<"HoldRow">;
export type Incoming = Answer<"Incoming">;
export type Location = Answer<"Location">;
export type StockImportReport = Answer<"ImportReport">;
export type StockPreview = Answer<"StockPreview">;

export type Import = Answer<"Import">;

export type Scope = Schemas["Scope"];
export type ApiKey = Answer<"ApiKey">;
export type NewApiKey = Answer<"CreatedKey">;
export type Job = Answer<"JobView">;
export type Setting = Answer<"SettingView">;
export type Evaluation = Answer<"Evaluation">;

/** A field of the record, and the column of the file that fills it. */
export interface MappedField {
  field: string;
  label: string;
  column: string | null;
  required: boolean;
  guessed: boolean;
}

/** What was found in the beginning of a file. The description calls it an object and no more. */
export interface ImportPreview {
  preset: string;
  preset_guessed: boolean;
  columns: string[];
  mapping: MappedField[];
  sample: string[][];
  problems: string[];
}
