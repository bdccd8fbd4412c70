/** One decision, and the answers to it. */
import type { DecisionDetail } from "../../src/api/types";
import * as shop from "../data.ts";
import { Refused, notFound } from "./common.ts";

export function findDecision(key: string): DecisionDetail {
  const found = shop.decisions.find((one) => one.id === key);
  if (found) return found;
  const customer = shop.customers.find((one) => one.segment_decision_id === key);
  if (!customer) throw notFound("Decision");
  return {
    ...(shop.decisions[30] as DecisionDetail),
    id: key,
    kind: "segment",
    subject: customer.id,
    subject_label: customer.name ?? `Customer ${customer.external_id}`,
    subject_href: `/customers/${customer.id}`,
    summary: `Belongs to ${customer.segment?.name ?? "no segment"}`,
    mode: "act",
    state: "recorded",
    reasons: customer.segment_reasons,
    alternatives: [],
    input: customer.rfm,
  };
}

export function resolve(key: string, action: string, body: Record<string, unknown>) {
  const decision = findDecision(key);
  if (decision.state !== "proposed" && decision.state !== "snoozed") {
    throw new Refused(
      409,
      "already_resolved",
      "Already decided",
      "Somebody answered this proposal before; nothing was changed.",
    );
  }
  decision.state = action === "approve" ? "approved" : action === "dismiss" ? "dismissed" : "snoozed";
  decision.resolved_at = new Date().toISOString();
  decision.resolved_by = "Demo merchant";
  decision.snoozed_until = typeof body.until === "string" ? body.until : null;
  return decision;
}
