/** How a decision is named on screen. Pure. */
import type { Decision } from "../api/types";

/** The summary with what it is about: many summaries are worded alike for every customer or product. */
export function decisionTitle({ summary, subject_label: label }: Pick<Decision, "summary" | "subject_label">): string {
  return label === "" || summary.includes(label) ? summary : `${label}: ${summary}`;
}
