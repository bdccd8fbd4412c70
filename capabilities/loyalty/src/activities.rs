//! Reviews, shares, profiles and birthdays: done, rewarded once, undone.

use jiff::Timestamp;
use mercer_db::{Tx, params};
use mercer_decisions::ReasonRecord;
use mercer_loyalty_engine::calendar::Day;
use mercer_loyalty_engine::decide_activity;
use mercer_loyalty_engine::input::{ActivityDeed, ActivityInput};
use mercer_loyalty_engine::outcome::EarnOutcome;
use mercer_loyalty_engine::policy::earning::Activity;
use mercer_loyalty_engine::policy::games::Deed;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::book::{self, Goal, Origin, Source, lots_of_fact};
use crate::deeds::{self, DeedRow};
use crate::members::{lock, next_birthday};
use crate::standing::{NO_SEED, refresh, tier_id, tier_on};
use crate::terms::InForce;
use crate::{Loyalty, LoyaltyError, N_KEY_BYTES_MAX, log};

/// What a shop tells of a customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ActivityKind {
    /// Wrote a review.
    Review,
    /// Shared something.
    Share,
    /// Filled in the profile.
    Profile,
}

impl ActivityKind {
    fn activity(self) -> Activity {
        match self {
            Self::Review => Activity::Review,
            Self::Share => Activity::Share,
            Self::Profile => Activity::Profile,
        }
    }

    fn fact(self, key: &str) -> String {
        let name = match self {
            Self::Review => "review",
            Self::Share => "share",
            Self::Profile => "profile",
        };
        format!("{name}:{key}")
    }
}

/// Something that a customer did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ActivityAsk {
    /// The shop's id of it, such as the review's; the same id counts once.
    #[schema(example = "review-812")]
    pub key: String,
    /// Who.
    pub customer_id: String,
    /// What.
    pub activity: ActivityKind,
    /// When; now if not given.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub occurred_at: Option<Timestamp>,
}

/// What an activity earned.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ActivityView {
    /// Its id in loyalty.
    pub fact: String,
    /// Who.
    pub customer_id: String,
    /// Points that it gives as it stands now.
    pub points: i64,
    /// Whether it was undone.
    pub is_undone: bool,
    /// Why; empty for a repetition.
    pub reasons: Vec<ReasonRecord>,
    /// False when it had been told before; nothing was changed then.
    pub is_new: bool,
}

impl Loyalty {
    /// Notes something that a customer did, and books what it earns.
    ///
    /// # Errors
    /// No programme, no such customer, a field that cannot be used, another activity under this
    /// key.
    pub fn note_activity(&self, ask: &ActivityAsk) -> Result<ActivityView, LoyaltyError> {
        let now = self.context.clock.now();
        let at = ask.occurred_at.unwrap_or(now);
        let is_key = !ask.key.trim().is_empty()
            && ask.key.len() <= N_KEY_BYTES_MAX
            && !ask.key.chars().any(char::is_control);
        if !is_key {
            let sentence = format!("A key has 1 to {N_KEY_BYTES_MAX} bytes.");
            return Err(LoyaltyError::invalid("key", sentence));
        }
        if at > now {
            return Err(LoyaltyError::invalid("occurred_at", "It lies in the future."));
        }
        let fact = ask.activity.fact(&ask.key);
        self.context.db.write(|tx| {
            let force = self.in_force_or_conflict(tx)?;
            self.check_customer(tx, &ask.customer_id)?;
            self.join(tx, now, &force, &ask.customer_id)?;
            if let Some((customer, _, _)) = deeds::find(tx, &fact)? {
                if customer != ask.customer_id {
                    let sentence = "This key was used for another customer: choose a new one.";
                    return Err(LoyaltyError::conflict(sentence));
                }
                return view(tx, &fact, Vec::new());
            }
            let activity = ask.activity.activity();
            let who = (ask.customer_id.as_str(), activity);
            let why = earn(tx, now, &force, (&fact, who), (force.day_of(at)?, at))?;
            refresh(tx, now, &force, &ask.customer_id)?;
            Ok(ActivityView { is_new: true, ..view(tx, &fact, why)? })
        })
    }

    /// Takes back what an activity earned, because it was removed; once more changes nothing.
    ///
    /// # Errors
    /// No such activity; the database's.
    pub fn undo_activity(
        &self,
        activity: ActivityKind,
        key: &str,
    ) -> Result<ActivityView, LoyaltyError> {
        let now = self.context.clock.now();
        let fact = activity.fact(key);
        self.context.db.write(|tx| {
            let force = self.in_force_or_conflict(tx)?;
            let unknown = || LoyaltyError::unknown("activity", key);
            let (customer, _, _) = deeds::find(tx, &fact)?.ok_or_else(unknown)?;
            lock(tx, &[customer.as_str()])?;
            deeds::undo(tx, &fact, true)?;
            for lot in lots_of_fact(tx, &fact, Source::Activity)? {
                let when_spent = force.programme().when_spent;
                book::settle(tx, now, &lot, Goal::all_back(&lot), when_spent)?;
            }
            refresh(tx, now, &force, &customer)?;
            view(tx, &fact, Vec::new())
        })
    }
}

fn view(
    tx: &mut Tx<'_>,
    fact: &str,
    reasons: Vec<ReasonRecord>,
) -> Result<ActivityView, LoyaltyError> {
    let found = deeds::find(tx, fact)?.ok_or_else(|| LoyaltyError::unknown("activity", fact))?;
    let lots = lots_of_fact(tx, fact, Source::Activity)?;
    Ok(ActivityView {
        fact: fact.to_owned(),
        customer_id: found.0,
        points: lots.iter().map(book::LotRow::net).sum(),
        is_undone: found.2,
        reasons,
        is_new: false,
    })
}

/// Keeps an activity and books what it earns; why. The caller has the member's row taken.
fn earn(
    tx: &mut Tx<'_>,
    now: Timestamp,
    force: &InForce,
    (fact, (customer, activity)): (&str, (&str, Activity)),
    (day, at): (Day, Timestamp),
) -> Result<Vec<ReasonRecord>, LoyaltyError> {
    deeds::keep(tx, &DeedRow::plain(fact, customer, Deed::from(activity), (day, at)))?;
    if !force.earns_on(day) {
        return Ok(Vec::new());
    }
    let tier = tier_on(tx, force, (customer, day), Some(fact))?;
    let input = ActivityInput {
        fact: fact.to_owned(),
        customer: customer.to_owned(),
        deed: ActivityDeed::Activity(activity),
        day,
        tier: tier_id(&tier.outcome).map(str::to_owned),
        earned: deeds::earned(tx, force, customer)?,
    };
    let decision = decide_activity(&input, force.programme(), NO_SEED);
    let origin = Origin { fact, source: Source::Activity, line: None };
    for posting in decision.outcome.postings() {
        book::grant(tx, now, force, posting, origin)?;
    }
    if matches!(decision.outcome, EarnOutcome::Earned { .. }) {
        book::renew(tx, now, force, (customer, day))?;
    }
    let points: i64 = decision.outcome.postings().iter().map(|posting| posting.points).sum();
    let entry = log::Entry {
        kind: "loyalty_activity",
        subject: fact,
        label: customer,
        summary: format!("{points} points for {}.", activity.in_words()),
        outcome: json!({ "points": points }),
        input: json!({ "day": day, "tier": input.tier }),
    };
    log::record(tx, now, force, entry, &decision.reasons)?;
    Ok(ReasonRecord::all(&decision.reasons))
}

/// Celebrates a birthday whose instant has come, and finds the next. The caller has the member's
/// row taken.
pub(crate) fn celebrate(
    tx: &mut Tx<'_>,
    now: Timestamp,
    force: &InForce,
    customer: &str,
) -> Result<(), LoyaltyError> {
    let row = tx.fetch_optional(
        "SELECT birthday, birthday_at FROM loyalty_members
         WHERE customer_id = $1 AND birthday_at <= $2",
        params![customer, now.as_microsecond()],
    )?;
    let Some(row) = row else { return Ok(()) };
    let birthday: String = row.get(0)?;
    let at = mercer_core::clock::instant_of_micros(row.get(1)?);
    let day = force.day_of(at)?;
    let fact = format!("birthday:{customer}:{}", day.date().year);
    if deeds::find(tx, &fact)?.is_none() {
        earn(tx, now, force, (&fact, (customer, Activity::Birthday)), (day, at))?;
    }
    let next = next_birthday(&birthday, day.after(1), &force.zone);
    tx.execute(
        "UPDATE loyalty_members SET birthday_at = $2 WHERE customer_id = $1",
        params![customer, next.map(|(_, at)| at.as_microsecond())],
    )?;
    Ok(())
}
