/** Machine names of the API in the merchant's words. */

const WORDS: Record<string, string> = {
  care: "Care",
  forecast: "Forecast",
  recommendation: "Suggestion",
  segment: "Segment",
  recorded: "Recorded",
  proposed: "To decide",
  approved: "Approved",
  dismissed: "Dismissed",
  snoozed: "Snoozed",
  replaced: "Replaced by a newer one",
  shadow: "Watch only",
  suggest: "Suggest",
  act: "Act",
  open: "Open",
  fulfilled: "Fulfilled",
  cancelled: "Cancelled",
  item: "Item",
  gift: "Gift",
  shipping: "Shipping",
  fee: "Fee",
  discount: "Discount",
  running: "Running",
  done: "Done",
  failed: "Failed",
  waiting: "Waiting",
  parked: "Parked",
  read: "Read",
  write: "Write",
  admin: "Administer",
  similar: "Bought together",
  popular: "Popular now",
  ets: "Exponential smoothing",
  seasonal_naive: "Same as the season before",
  naive: "Same as before",
  croston: "Croston, for rare sales",
  croston_sba: "Croston/SBA, for rare sales",
  sba: "Croston/SBA, for rare sales",
  item_similarity: "Bought together",
  popularity: "Popularity",
  complete_basket: "Complete a basket",
  next_basket_new_items: "New products in the next basket",
  demand: "Demand of the last 28 days",
  mercer: "Mercer",
  last_28_days: "Same as the last 28 days",
  mean: "Average of the past",
  hit_rate_at_10: "Found among ten (hit rate)",
  recall_at_10: "Share found among ten (recall)",
  ndcg_at_10: "How high on the list (NDCG)",
  mrr_at_10: "How soon the first hit (MRR)",
  coverage_80_points: "Inside the 80 % interval, by day or week",
  coverage_80_total: "Inside the 80 % interval, in total",
  coverage_95_points: "Inside the 95 % interval, by day or week",
  coverage_95_total: "Inside the 95 % interval, in total",
  mase: "Error, lower is better (MASE)",
  rmsse: "Error, lower is better (RMSSE)",
  wape_total: "Error of the total, lower is better (WAPE)",
  pinball_10: "Error of the low end (pinball 10)",
  pinball_50: "Error of the middle (pinball 50)",
  pinball_90: "Error of the high end (pinball 90)",
  auto: "Find out by itself",
  "online-retail": "Online Retail",
  shopify: "Shopify",
  woocommerce: "WooCommerce",
  generic: "Any other table",
  simulated: "Simulated shop",
  "config file": "File",
  sqlite: "SQLite",
  postgresql: "PostgreSQL",
  default: "Default",
  file: "File",
  environment: "Environment",
  flag: "Flag",
};

/** Abbreviations that are read letter by letter. */
const ABBREVIATIONS = /\b(ndcg|mrr|map|mase|mae|rmse|smape|wape|rfm|ets|sba|api|csv|id)\b/gi;

/** The word for a machine name; unknown ones are made readable: `seasonal_naive` is "Seasonal naive". */
export function word(code: string): string {
  const known = WORDS[code];
  if (known != null) return known;
  const text = code.replace(/[_.-]+/g, " ").trim();
  return (text.charAt(0).toUpperCase() + text.slice(1)).replace(ABBREVIATIONS, (one) => one.toUpperCase());
}

/** What a mode means for the merchant. */
export const MODE_MEANS: Record<string, string> = {
  shadow: "Only recorded, to see what would have happened.",
  suggest: "Waits for a person to say yes or no.",
  act: "Carried out without asking, within its limits.",
};
