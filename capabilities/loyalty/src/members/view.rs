//! Members as people see them.

use jiff::Timestamp;
use mercer_core::clock::instant_of_micros;
use mercer_db::{Conditions, Tx, params};
use mercer_decisions::ReasonRecord;
use mercer_ledger::read;
use mercer_loyalty_engine::calendar::Day;
use mercer_loyalty_engine::outcome::{ChallengeOutcome, ChallengeProgress, TierOutcome};
use mercer_loyalty_engine::policy::Programme;
use serde::Serialize;
use utoipa::ToSchema;

use crate::standing::{challenges_on, tier_on};
use crate::terms::InForce;
use crate::{Loyalty, LoyaltyError, accounts};

/// Lots shown with a member; older ones are in the movements.
const N_LOTS_MAX: usize = 200;

/// A member in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct MemberRow {
    /// `cus_…`.
    pub customer_id: String,
    /// When they joined.
    #[schema(value_type = String, format = DateTime)]
    pub joined_at: Timestamp,
    /// The tier's id, if there are tiers.
    pub tier: Option<String>,
    /// Points that can be spent now; below zero when owed.
    pub balance: i64,
    /// Points that can be spent later.
    pub pending: i64,
    /// Points that open carts hold.
    pub held: i64,
}

/// A member with all that is known.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct MemberView {
    /// The figures of the list.
    #[serde(flatten)]
    pub row: MemberRow,
    /// Points that the member owes.
    pub owed: i64,
    /// What the balance is worth at the till, minor units; null where points cannot be redeemed.
    pub worth_minor: Option<i64>,
    /// Currency of the worth.
    pub currency: Option<String>,
    /// The code by which friends come.
    pub referral_code: String,
    /// Whether the member came by somebody's code.
    pub is_referred: bool,
    /// Month and day of birth, if known.
    pub birthday: Option<String>,
    /// In which tier, why, what is missing for the next and when it changes by itself.
    pub tier_standing: Option<TierStanding>,
    /// Points by lot, those that expire first first.
    pub lots: Vec<LotView>,
    /// Progress in each challenge of the programme.
    #[schema(value_type = Vec<Object>)]
    pub challenges: Vec<ChallengeProgress>,
    /// Badges to wear.
    pub badges: Vec<String>,
    /// What became of the member's friends.
    pub referrals: Vec<ReferralView>,
}

/// A member's tier with its reasons.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct TierStanding {
    /// Its id.
    pub tier: String,
    /// Its name.
    pub name: String,
    /// Since when; null before the first look.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub since: Option<Timestamp>,
    /// Points are multiplied by this, in percent.
    pub multiplier_percent: u32,
    /// What counts now, in points or minor units.
    pub amount: i64,
    /// The next tier and what is missing for it; null in the highest.
    #[schema(value_type = Option<Object>)]
    pub next: Option<mercer_loyalty_engine::outcome::TierNext>,
    /// The first instant in another tier if nothing more happens; null if it stays.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub changes_at: Option<Timestamp>,
    /// That other tier.
    pub changes_to: Option<String>,
    /// What the member may have, by name.
    #[schema(value_type = Vec<Object>)]
    pub benefits: Vec<mercer_loyalty_engine::policy::tiers::Benefit>,
    /// Why.
    pub reasons: Vec<ReasonRecord>,
}

/// Points of one lot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct LotView {
    /// Its key; `debt` is what is owed, with points below zero.
    pub lot: String,
    /// How many are left.
    pub points: i64,
    /// Whether they cannot be spent yet.
    pub is_pending: bool,
    /// From when on they can no longer be spent.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub expires_at: Option<Timestamp>,
}

/// A friend's order that a code brought.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ReferralView {
    /// The friend.
    pub friend: String,
    /// The order's id.
    pub order: String,
    /// The day of the order.
    #[schema(value_type = String)]
    pub day: Day,
    /// `rewarded`, `refused` or `taken_back`.
    pub state: String,
    /// Why.
    pub reasons: Vec<ReasonRecord>,
}

/// Which members to list.
#[derive(Debug, Clone, Default)]
pub struct MemberFilter {
    /// In this tier.
    pub tier: Option<String>,
    /// Whose id contains this.
    pub search: Option<String>,
    /// After this customer's id.
    pub after: Option<String>,
}

impl Loyalty {
    /// Members by id, at most so many.
    ///
    /// # Errors
    /// The database's.
    pub fn members(
        &self,
        filter: &MemberFilter,
        n_max: usize,
    ) -> Result<Vec<MemberRow>, LoyaltyError> {
        let now = self.context.clock.now();
        self.context.db.read(|tx| {
            let mut conditions = Conditions::default();
            conditions.add_optional("tier = ?", filter.tier.clone());
            conditions.add_search("customer_id", filter.search.as_deref());
            conditions.add_optional("customer_id > ?", filter.after.clone());
            let limit = conditions.value(n_max as i64);
            let sql = format!(
                "SELECT customer_id, joined_at, tier FROM loyalty_members {}
                 ORDER BY customer_id LIMIT {limit}",
                conditions.sql()
            );
            let rows = tx.fetch(&sql, conditions.values())?;
            let members =
                rows.iter().map(|row| member_row(tx, now, (row.get(0)?, row.get(1)?, row.get(2)?)));
            members.collect()
        })
    }

    /// One member.
    ///
    /// # Errors
    /// No such member; the database's.
    pub fn member(&self, customer: &str) -> Result<MemberView, LoyaltyError> {
        let now = self.context.clock.now();
        self.context.db.read(|tx| self.view_in(tx, now, customer))
    }

    pub(crate) fn view_in(
        &self,
        tx: &mut Tx<'_>,
        now: Timestamp,
        customer: &str,
    ) -> Result<MemberView, LoyaltyError> {
        let row = tx.fetch_optional(
            "SELECT joined_at, tier, referral_code, referred_by, birthday, tier_since
             FROM loyalty_members WHERE customer_id = $1",
            params![customer],
        )?;
        let row = row.ok_or_else(|| LoyaltyError::unknown("member", customer))?;
        let force = self.in_force(tx)?;
        let figures = member_row(tx, now, (customer.to_owned(), row.get(0)?, row.get(1)?))?;
        let redemption = force.as_ref().and_then(|force| force.programme().redemption.as_ref());
        let since = row.get::<Option<i64>>(5)?.map(instant_of_micros);
        let (mut challenges, mut badges, mut tier_standing) = (Vec::new(), Vec::new(), None);
        if let Some(force) = &force {
            let today = force.day_of(now)?;
            let decision = challenges_on(tx, force, customer, today)?;
            if let ChallengeOutcome::Standing { challenges: all, badges: worn, .. } =
                decision.outcome
            {
                (challenges, badges) = (all, worn);
            }
            tier_standing = standing_of(tx, force, (customer, today), since)?;
        }
        Ok(MemberView {
            owed: accounts::owed(tx, customer)?,
            worth_minor: redemption.and_then(|policy| policy.worth_minor(figures.balance.max(0))),
            currency: force.as_ref().map(|force| force.programme().currency.code().to_owned()),
            referral_code: row.get(2)?,
            is_referred: row.get::<Option<String>>(3)?.is_some(),
            birthday: row.get(4)?,
            tier_standing,
            lots: lots_of(tx, customer)?,
            challenges,
            badges,
            referrals: referrals_of(tx, customer)?,
            row: figures,
        })
    }
}

fn member_row(
    tx: &mut Tx<'_>,
    now: Timestamp,
    (customer_id, joined_at, tier): (String, i64, Option<String>),
) -> Result<MemberRow, LoyaltyError> {
    let keys = [accounts::available(&customer_id), accounts::pending(&customer_id)];
    let found = read::balances(tx, now, &keys)?;
    let owed = accounts::owed(tx, &customer_id)?;
    let spendable = spendable(tx, now, &customer_id)?;
    Ok(MemberRow {
        customer_id,
        joined_at: instant_of_micros(joined_at),
        tier,
        balance: if owed > 0 { spendable - owed } else { spendable },
        pending: found.get(1).map_or(0, |found| found.balance),
        held: found.first().map_or(0, |found| found.held),
    })
}

/// Points that a customer can spend now, whatever floor the account has at the moment.
pub(crate) fn spendable(
    tx: &mut Tx<'_>,
    now: Timestamp,
    customer: &str,
) -> Result<i64, LoyaltyError> {
    let sum = tx.fetch_value(
        "SELECT CAST(COALESCE(SUM(quantity), 0) AS BIGINT) FROM ledger_lot_balances
         WHERE account_id = $1 AND quantity > 0 AND expires_at > $2",
        params![accounts::available(customer).id(), now.as_microsecond()],
    )?;
    Ok(sum)
}

fn standing_of(
    tx: &mut Tx<'_>,
    force: &InForce,
    (customer, today): (&str, Day),
    since: Option<Timestamp>,
) -> Result<Option<TierStanding>, LoyaltyError> {
    let decision = tier_on(tx, force, (customer, today), None)?;
    let TierOutcome::Member(member) = decision.outcome else { return Ok(None) };
    let change = member.changes_on;
    Ok(Some(TierStanding {
        name: name_of(force.programme(), &member.tier),
        tier: member.tier,
        since,
        multiplier_percent: member.multiplier_percent,
        amount: member.amount,
        next: member.next,
        changes_at: change
            .as_ref()
            .and_then(|change| crate::days::start_of(change.day, &force.zone)),
        changes_to: change.map(|change| change.tier),
        benefits: member.benefits,
        reasons: ReasonRecord::all(&decision.reasons),
    }))
}

fn name_of(programme: &Programme, tier: &str) -> String {
    let levels = programme.tiers.iter().flat_map(|tiers| &tiers.levels);
    let level = levels.into_iter().find(|level| level.id == tier);
    level.map_or_else(|| tier.to_owned(), |level| level.name.clone())
}

fn lots_of(tx: &mut Tx<'_>, customer: &str) -> Result<Vec<LotView>, LoyaltyError> {
    let mut lots = Vec::new();
    let of = [(accounts::available(customer), false), (accounts::pending(customer), true)];
    for (account, is_pending) in of {
        let found = read::lots(tx, &account)?;
        lots.extend(found.into_iter().filter(|lot| lot.quantity != 0).map(|lot| LotView {
            lot: lot.origin,
            points: lot.quantity,
            is_pending,
            expires_at: lot.expires_at,
        }));
    }
    lots.sort_by_key(|lot| lot.expires_at.unwrap_or(Timestamp::MAX));
    lots.truncate(N_LOTS_MAX);
    Ok(lots)
}

fn referrals_of(tx: &mut Tx<'_>, customer: &str) -> Result<Vec<ReferralView>, LoyaltyError> {
    let rows = tx.fetch(
        "SELECT friend, fact, day, state, why FROM loyalty_referrals WHERE referrer = $1
         ORDER BY day DESC, fact LIMIT 100",
        params![customer],
    )?;
    let of = |row: &mercer_db::Row| {
        Ok(ReferralView {
            friend: row.get(0)?,
            order: row.get(1)?,
            day: crate::book::day_of_number(row.get(2)?)?,
            state: row.get(3)?,
            reasons: serde_json::from_str(row.str(4))
                .map_err(|error| LoyaltyError::broken("reasons", error))?,
        })
    };
    rows.iter().map(of).collect()
}
