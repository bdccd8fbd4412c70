//! Pricing a cart: gather, decide, record.

use jiff::SignedDuration;
use mercer_core::id::{Id, QuoteKind};
use mercer_db::Tx;
use mercer_decisions::{JsonText, Mode, NewDecision, ReasonRecord};
use mercer_engine_kit::decision::Alternative;
use mercer_engine_kit::money::Money;
use mercer_engine_kit::seed::Seed;
use mercer_promotions_engine::decide_compiled;
use mercer_promotions_engine::error::InputError;
use mercer_promotions_engine::outcome::Outcome;
use serde_json::json;

use super::gather::{Gathered, gather};
use super::rows::{self, Kept, QuoteRow, Words};
use super::view::{self, QuoteState, QuoteView};
use super::{DECISION_KIND, QuoteAsk, Quotes};
use crate::PromotionsError;
use crate::running::keep_policy;

/// Nothing in a quote is drawn by chance.
const SEED: Seed = Seed(0);

impl Quotes {
    /// Prices a cart and remembers the quote, with its reasons in the log of decisions.
    ///
    /// # Errors
    /// A cart that cannot be priced, with the field at fault; the database's.
    pub fn price(&self, ask: &QuoteAsk) -> Result<QuoteView, PromotionsError> {
        ask.check()?;
        let now = self.context.clock.now();
        let gathered = self.context.db.read(|tx| gather(self, tx, now, ask))?;
        let compiled = gathered.running.compiled(gathered.settings.combine);
        let decided = self.context.clock.now();
        let decision = decide_compiled(&gathered.input, compiled, SEED);
        let kept = self.context.clock.now();
        let quote = match decision.outcome {
            Outcome::Priced(quote) => *quote,
            Outcome::RefusedInput { problem } => return Err(refused(&problem)),
            Outcome::RefusedPolicy { problems } => {
                let sentence = problems.first().map(ToString::to_string).unwrap_or_default();
                return Err(PromotionsError::Conflict { sentence });
            }
        };
        let names = view::names_of(
            gathered.running.promotions.iter().map(|promotion| &promotion.definition),
        );
        let row = QuoteRow {
            id: Id::<QuoteKind>::random(now, &*self.context.entropy).to_string(),
            state: QuoteState::Priced,
            channel: gathered.channel.code.clone(),
            ask: ask.clone(),
            kept: Kept {
                price: view::price_of(&quote, &names, &gathered.titles),
                quote,
                reasons: ReasonRecord::all(&decision.reasons),
                words: Words { names, titles: gathered.titles.clone(), notices: Vec::new() },
            },
            created_at: now,
            expires_at: now + SignedDuration::from_mins(gathered.settings.quote_minutes),
            hold_id: None,
            held_until: None,
            order_ref: None,
            commit_transfer: None,
            ended_at: None,
        };
        let record = record_of(&row, decision.alternatives, &gathered)?;
        self.context.db.write(|tx| self.keep(tx, &row, &record, &gathered))?;
        gathered.running.note_kept();
        let metrics = &self.context.metrics;
        metrics.took("quote.gather", decided.duration_since(now));
        metrics.took("quote.decide", kept.duration_since(decided));
        metrics.took("quote.keep", self.context.clock.now().duration_since(kept));
        Ok(row.into_view())
    }

    fn keep(
        &self,
        tx: &mut Tx<'_>,
        row: &QuoteRow,
        record: &NewDecision<JsonText>,
        gathered: &Gathered,
    ) -> Result<(), PromotionsError> {
        if !gathered.running.is_kept() {
            keep_policy(tx, row.created_at, &gathered.running)?;
        }
        rows::insert(tx, row)?;
        let _ = mercer_decisions::record(tx, row.created_at, std::slice::from_ref(record))?;
        Ok(())
    }
}

fn record_of(
    row: &QuoteRow,
    alternatives: Vec<Alternative>,
    gathered: &Gathered,
) -> Result<NewDecision<JsonText>, PromotionsError> {
    let quote = &row.kept.quote;
    let money = |minor| Money::new(minor, quote.currency).for_people();
    let n_lines = quote.lines.len();
    let lines = if n_lines == 1 { "1 line".to_owned() } else { format!("{n_lines} lines") };
    let taken_off = quote.subtotal_minor
        + quote.shipping.as_ref().map_or(0, |shipping| shipping.list_minor)
        - quote.lines.iter().map(|line| line.net_minor).sum::<i64>()
        - quote.shipping.as_ref().map_or(0, |shipping| shipping.net_minor);
    let summary = if taken_off > 0 {
        format!("{} to pay, {} taken off.", money(quote.total_minor), money(taken_off))
    } else {
        format!("{} to pay, nothing taken off.", money(quote.total_minor))
    };
    let broken = |source| PromotionsError::Broken { what: format!("quote {}", row.id), source };
    Ok(NewDecision {
        kind: DECISION_KIND,
        subject: row.id.clone(),
        subject_label: format!("Cart of {lines}"),
        summary,
        identity: row.id.clone(),
        mode: Mode::Act,
        asks: false,
        policy_version: gathered.running.version.clone(),
        seed: SEED.0,
        at_stake: Some((taken_off, quote.currency.code().to_owned())),
        based_on_fact: gathered.last_fact,
        outcome: JsonText::of(quote).map_err(broken)?,
        reasons: row.kept.reasons.clone(),
        alternatives,
        input: JsonText::of(&gathered.input).map_err(broken)?,
        policy: json!({
            "combine": gathered.settings.combine,
            "promotions": format!("offer_policies/{}", gathered.running.version),
        }),
    })
}

/// A cart that the engine refuses, with the field of the request at fault.
fn refused(problem: &InputError) -> PromotionsError {
    let sentence = problem.to_string();
    let line = |position: u32, name: &str| format!("lines[{position}].{name}");
    let field = match problem {
        InputError::TooManyLines { .. } | InputError::SamePosition { .. } => "lines".to_owned(),
        InputError::Quantity { position, .. } => line(*position, "quantity"),
        InputError::MixedCurrencies { position, .. } => line(*position, "currency"),
        InputError::TooMany { field, .. }
        | InputError::NegativeAmount { field, .. }
        | InputError::TooLarge { field, .. }
        | InputError::TaxRate { field, .. }
        | InputError::NotAllowed { field, .. }
        | InputError::Twice { field, .. } => field.clone(),
    };
    PromotionsError::Invalid { field, sentence }
}
