//! Campaigns: a budget that several promotions draw from.

use jiff::Timestamp;
use mercer_core::fact::NewFact;
use mercer_db::{Conditions, DbError, Direction, Row, Tx, params};
use mercer_engine_kit::money::Currency;
use mercer_http::page::Keyed;
use mercer_ledger::account::AccountKey;
use mercer_ledger::{QUANTITY_MAX, read};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::manage::draft::N_NAME_CHARS_MAX;
use crate::manage::{invalid, limits};
use crate::{PromotionsError, accounts, store};

/// Longest id: it stands in addresses and in names of the ledger.
const N_ID_CHARS_MAX: usize = 60;

/// A campaign as it is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CampaignDraft {
    /// Name for people.
    #[schema(example = "Black Friday")]
    pub name: String,
    /// ISO 4217 code of the budget.
    #[schema(value_type = String, example = "GBP")]
    pub currency: Currency,
    /// Minor units that all its promotions may give away together.
    #[schema(example = 500_000)]
    pub budget_minor: i64,
}

/// A campaign as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Campaign {
    /// Its id.
    pub id: String,
    /// Name for people.
    pub name: String,
    /// ISO 4217 code of the budget.
    pub currency: String,
    /// Minor units in all.
    pub budget_minor: i64,
}

/// A campaign with what became of its budget.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct CampaignView {
    /// Its id, as promotions name it.
    pub id: String,
    /// Name for people.
    pub name: String,
    /// ISO 4217 code of the budget.
    pub currency: String,
    /// Minor units in all.
    pub budget_minor: i64,
    /// Given away by orders.
    pub used_minor: i64,
    /// Set aside by carts on their way to an order.
    pub held_minor: i64,
    /// What is left.
    pub left_minor: i64,
    /// Promotions that draw from it and are not ended.
    pub n_promotions: i64,
}

/// The campaign of an id.
///
/// # Errors
/// The database's.
pub fn find(tx: &mut Tx<'_>, id: &str) -> Result<Option<Campaign>, DbError> {
    let row = tx.fetch_optional(
        "SELECT id, name, currency, budget_minor FROM campaigns WHERE id = $1",
        params![id],
    )?;
    row.as_ref().map(of_row).transpose()
}

fn of_row(row: &Row) -> Result<Campaign, DbError> {
    Ok(Campaign {
        id: row.get(0)?,
        name: row.get(1)?,
        currency: row.get(2)?,
        budget_minor: row.get(3)?,
    })
}

/// A page of campaigns by id, with what became of their budgets.
///
/// # Errors
/// The ledger's and the database's.
pub fn list(
    tx: &mut Tx<'_>,
    now: Timestamp,
    after: Option<(String, String)>,
    n_max: usize,
) -> Result<Vec<Keyed<String, CampaignView>>, PromotionsError> {
    let mut conditions = Conditions::default();
    conditions.add_after(("c.id", "c.id"), Direction::Rising, after);
    let limit = conditions.value(n_max as i64);
    let sql = format!(
        "SELECT c.id, c.name, c.currency, c.budget_minor,
                (SELECT COUNT(*) FROM promotions p WHERE p.campaign_id = c.id AND p.state <> 'ended')
         FROM campaigns c {} ORDER BY c.id LIMIT {limit}",
        conditions.sql()
    );
    let rows = tx.fetch(&sql, conditions.values())?;
    let campaigns: Vec<(Campaign, i64)> =
        rows.iter().map(|row| Ok((of_row(row)?, row.get(4)?))).collect::<Result<_, DbError>>()?;
    let views = views(tx, now, campaigns)?;
    Ok(views.into_iter().map(|view| ((view.id.clone(), view.id.clone()), view)).collect())
}

fn views(
    tx: &mut Tx<'_>,
    now: Timestamp,
    campaigns: Vec<(Campaign, i64)>,
) -> Result<Vec<CampaignView>, PromotionsError> {
    let keys: Vec<AccountKey> =
        campaigns.iter().map(|(campaign, _)| accounts::campaign_budget(&campaign.id)).collect();
    let balances = read::balances(tx, now, &keys)?;
    let view = |((campaign, n_promotions), balance): ((Campaign, i64), read::Balance)| {
        let Campaign { id, name, currency, budget_minor } = campaign;
        let (left_minor, held_minor) = (balance.available.max(0), balance.held);
        let used_minor = budget_minor - left_minor - held_minor;
        CampaignView {
            id,
            name,
            currency,
            budget_minor,
            used_minor,
            held_minor,
            left_minor,
            n_promotions,
        }
    };
    Ok(campaigns.into_iter().zip(balances).map(view).collect())
}

/// Makes or changes a campaign; a changed budget issues or takes back the difference. The same
/// again changes nothing.
///
/// # Errors
/// An id, name or budget that cannot be used; less than is used or held; another currency; the
/// ledger's and the database's.
pub fn put(
    tx: &mut Tx<'_>,
    now: Timestamp,
    id: &str,
    draft: &CampaignDraft,
) -> Result<CampaignView, PromotionsError> {
    check(id, draft)?;
    let currency = draft.currency.code();
    let known = find(tx, id)?;
    if let Some(known) = known.as_ref().filter(|known| known.currency != currency) {
        let sentence = format!(
            "the budget of campaign `{id}` is in {} and stays so: make another campaign",
            known.currency
        );
        return Err(invalid("currency", sentence));
    }
    let is_same = known.as_ref().is_some_and(|known| {
        known.name == draft.name.trim() && known.budget_minor == draft.budget_minor
    });
    if !is_same {
        tx.execute(
            "INSERT INTO campaigns (id, name, currency, budget_minor) VALUES ($1, $2, $3, $4)
             ON CONFLICT (id) DO UPDATE
             SET name = EXCLUDED.name, budget_minor = EXCLUDED.budget_minor",
            params![id, draft.name.trim(), currency, draft.budget_minor],
        )?;
        limits::set(tx, now, &[limits::of_campaign(id, draft.budget_minor)])?;
        let fact = NewFact {
            kind: "campaign.changed",
            subject: id.to_owned(),
            occurred_at: now,
            payload: json!({ "budget_minor": draft.budget_minor, "currency": currency }),
        };
        mercer_facts::append(tx, now, &[fact])?;
        store::raise_revision(tx)?;
    }
    let n_promotions = tx.fetch_value(
        "SELECT COUNT(*) FROM promotions WHERE campaign_id = $1 AND state <> 'ended'",
        params![id],
    )?;
    let campaign = Campaign {
        id: id.to_owned(),
        name: draft.name.trim().to_owned(),
        currency: currency.to_owned(),
        budget_minor: draft.budget_minor,
    };
    let view = views(tx, now, vec![(campaign, n_promotions)])?.into_iter().next();
    view.ok_or_else(|| DbError::NoRow.into())
}

fn check(id: &str, draft: &CampaignDraft) -> Result<(), PromotionsError> {
    if !is_slug(id) {
        let sentence = format!(
            "an id has 1 to {N_ID_CHARS_MAX} small letters, digits and hyphens, such as spring-2027"
        );
        return Err(invalid("id", sentence));
    }
    if !(1..=N_NAME_CHARS_MAX).contains(&draft.name.trim().chars().count()) {
        return Err(invalid("name", format!("a name has 1 to {N_NAME_CHARS_MAX} characters")));
    }
    if !(0..=QUANTITY_MAX).contains(&draft.budget_minor) {
        let sentence =
            format!("`budget_minor` is {}; it must be zero or above", draft.budget_minor);
        return Err(invalid("budget_minor", sentence));
    }
    Ok(())
}

/// Whether a text can be an id in addresses and in names of the ledger.
pub(crate) fn is_slug(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=N_ID_CHARS_MAX).contains(&text.len()) && text.bytes().all(fits)
}
