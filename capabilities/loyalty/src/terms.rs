//! The programme's versions: a draft, the active one, and those before.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use mercer_core::clock::instant_of_micros;
use mercer_core::fact::NewFact;
use mercer_db::{Row, Tx, params};
use mercer_loyalty_engine::calendar::Day;
use mercer_loyalty_engine::policy::Programme;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::days::day_of;
use crate::{Loyalty, LoyaltyError, look, prizes};

/// Longest notice before points expire: a year, beyond it nobody remembers.
const N_WARNING_DAYS_MAX: u32 = 366;

/// A programme with what only the shop can say about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// Rules, tiers, challenges and wheels, as the engine's README shows.
    #[schema(value_type = Object)]
    pub programme: Programme,
    /// The first day whose orders and deeds earn points, such as `2026-03-01`; the day of
    /// activation if not given, so that an imported past creates no liability unasked.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "2026-03-01")]
    pub earns_from: Option<Day>,
    /// Days before points expire on which the fact `points.expiring` tells of it; no warning if not
    /// given.
    #[serde(default)]
    pub expiry_warning_days: Option<u32>,
    /// Whether the shop's prices contain tax.
    #[serde(default = "yes")]
    pub prices_include_tax: bool,
    /// IANA name of the zone in which the programme's days are counted; the shop's if not given.
    #[serde(default)]
    #[schema(example = "Europe/London")]
    pub time_zone: Option<String>,
}

fn yes() -> bool {
    true
}

/// Something wrong with a programme.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Fault {
    /// Where, such as `programme.earning[2].earn.per_minor`.
    pub field: String,
    /// What is wrong and what would be right.
    pub sentence: String,
}

impl Terms {
    /// Everything that is wrong with them; nothing if they can go live.
    #[must_use]
    pub fn check(&self) -> Vec<Fault> {
        let of_programme = self.programme.check().into_iter().map(|problem| Fault {
            field: format!("programme.{}", problem.field),
            sentence: problem.sentence,
        });
        let mut faults: Vec<Fault> = of_programme.collect();
        let mut add = |field: &str, sentence: String| {
            faults.push(Fault { field: field.to_owned(), sentence });
        };
        if self.expiry_warning_days.is_some_and(|days| !(1..=N_WARNING_DAYS_MAX).contains(&days)) {
            let sentence = format!("It must be from 1 to {N_WARNING_DAYS_MAX}.");
            add("expiry_warning_days", sentence);
        }
        if let Some(name) = &self.time_zone
            && TimeZone::get(name).is_err()
        {
            add("time_zone", format!("{name} is no IANA time zone, such as Europe/London."));
        }
        faults
    }
}

/// The terms that are in force, or were when something was decided.
#[derive(Debug, Clone)]
pub(crate) struct InForce {
    pub version: i64,
    pub terms: Terms,
    pub zone: TimeZone,
}

impl InForce {
    pub(crate) fn programme(&self) -> &Programme {
        &self.terms.programme
    }

    /// Whether what happened on a day earns points.
    pub(crate) fn earns_on(&self, day: Day) -> bool {
        self.terms.earns_from.is_none_or(|from| from <= day)
    }

    /// The programme's day of an instant.
    pub(crate) fn day_of(&self, at: Timestamp) -> Result<Day, LoyaltyError> {
        day_of(at, &self.zone)
            .ok_or_else(|| LoyaltyError::broken("an instant", "its day lies outside the calendar"))
    }
}

/// A version as people see it.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct TermsView {
    /// Its number; later ones are larger.
    pub version: i64,
    /// What it says.
    pub terms: Terms,
    /// When it was written.
    #[schema(value_type = String, format = DateTime)]
    pub written_at: Timestamp,
    /// When it came into force, if it did.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub activated_at: Option<Timestamp>,
    /// What is wrong with it.
    pub faults: Vec<Fault>,
}

/// The programme as it stands.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ProgrammeView {
    /// The version in force; none before the first.
    pub active: Option<TermsView>,
    /// The version being written, if one is.
    pub draft: Option<TermsView>,
}

/// A programme to keep.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProgrammeAsk {
    /// The programme and its terms.
    pub terms: Terms,
    /// Whether it comes into force at once; a draft otherwise.
    #[serde(default)]
    pub activate: bool,
}

fn of_row(row: &Row) -> Result<(i64, Terms), LoyaltyError> {
    let terms = serde_json::from_str(row.str(1))
        .map_err(|error| LoyaltyError::broken("the loyalty programme", error))?;
    Ok((row.get(0)?, terms))
}

fn view(tx: &mut Tx<'_>, state: &str) -> Result<Option<TermsView>, LoyaltyError> {
    let row = tx.fetch_optional(
        "SELECT version, document, written_at, activated_at FROM loyalty_terms WHERE state = $1",
        params![state],
    )?;
    let Some(row) = row else { return Ok(None) };
    let (version, terms) = of_row(&row)?;
    Ok(Some(TermsView {
        version,
        faults: terms.check(),
        terms,
        written_at: instant_of_micros(row.get(2)?),
        activated_at: row.get::<Option<i64>>(3)?.map(instant_of_micros),
    }))
}

impl Loyalty {
    pub(crate) fn in_force(&self, tx: &mut Tx<'_>) -> Result<Option<InForce>, LoyaltyError> {
        let row = tx.fetch_optional(
            "SELECT version, document FROM loyalty_terms WHERE state = 'active'",
            params![],
        )?;
        row.map(|row| self.force(&row)).transpose()
    }

    /// The terms of a version, which were in force once.
    pub(crate) fn version(&self, tx: &mut Tx<'_>, version: i64) -> Result<InForce, LoyaltyError> {
        let row = tx.fetch_optional(
            "SELECT version, document FROM loyalty_terms WHERE version = $1",
            params![version],
        )?;
        let row = row.ok_or_else(|| LoyaltyError::unknown("version", &version.to_string()))?;
        self.force(&row)
    }

    fn force(&self, row: &Row) -> Result<InForce, LoyaltyError> {
        let (version, terms) = of_row(row)?;
        let zone = match &terms.time_zone {
            Some(name) => TimeZone::get(name)
                .map_err(|error| LoyaltyError::broken("the programme's time zone", error))?,
            None => self.zone.clone(),
        };
        Ok(InForce { version, terms, zone })
    }

    /// The programme in force and the draft.
    ///
    /// # Errors
    /// The database's.
    pub fn programme(&self) -> Result<ProgrammeView, LoyaltyError> {
        self.context
            .db
            .read(|tx| Ok(ProgrammeView { active: view(tx, "active")?, draft: view(tx, "draft")? }))
    }

    /// Keeps a programme as the draft, or puts it into force. Members are looked at anew by a
    /// timer; what was booked stays booked.
    ///
    /// # Errors
    /// It is to come into force and has faults; the database's.
    pub fn put_programme(&self, ask: &ProgrammeAsk) -> Result<ProgrammeView, LoyaltyError> {
        let now = self.context.clock.now();
        if ask.activate
            && let Some(first) = ask.terms.check().into_iter().next()
        {
            return Err(LoyaltyError::Invalid {
                field: format!("terms.{}", first.field),
                sentence: first.sentence,
            });
        }
        self.context.db.write(|tx| {
            let terms = self.with_start(tx, now, ask)?;
            let document = serde_json::to_string(&terms)
                .map_err(|error| LoyaltyError::broken("the programme", error))?;
            tx.execute("UPDATE loyalty_terms SET state = 'retired' WHERE state = 'draft'", &[])?;
            if ask.activate {
                tx.execute(
                    "UPDATE loyalty_terms SET state = 'retired' WHERE state = 'active'",
                    &[],
                )?;
            }
            let state = if ask.activate { "active" } else { "draft" };
            let activated_at = ask.activate.then(|| now.as_microsecond());
            let version: i64 = tx.fetch_value(
                "INSERT INTO loyalty_terms (state, document, written_at, activated_at)
                 VALUES ($1, $2, $3, $4) RETURNING version",
                params![state, document, now.as_microsecond(), activated_at],
            )?;
            if ask.activate {
                prizes::stock(tx, now, &terms.programme)?;
                look::at_everybody(tx, now)?;
                let fact = NewFact {
                    kind: "loyalty.activated",
                    subject: "loyalty".to_owned(),
                    occurred_at: now,
                    payload: json!({ "version": version }),
                };
                mercer_facts::append(tx, now, &[fact])?;
            }
            Ok(ProgrammeView { active: view(tx, "active")?, draft: view(tx, "draft")? })
        })
    }

    /// Terms that come into force say from which day on they earn: what they say, the version
    /// before, or today.
    fn with_start(
        &self,
        tx: &mut Tx<'_>,
        now: Timestamp,
        ask: &ProgrammeAsk,
    ) -> Result<Terms, LoyaltyError> {
        let mut terms = ask.terms.clone();
        if ask.activate && terms.earns_from.is_none() {
            let zone = match &terms.time_zone {
                Some(name) => TimeZone::get(name)
                    .map_err(|error| LoyaltyError::broken("the time zone", error))?,
                None => self.zone.clone(),
            };
            let before = self.in_force(tx)?.and_then(|before| before.terms.earns_from);
            terms.earns_from = before.or_else(|| day_of(now, &zone));
        }
        Ok(terms)
    }

    /// Puts the start of earning to an earlier day, as a version of its own.
    pub(crate) fn earn_from(
        &self,
        tx: &mut Tx<'_>,
        now: Timestamp,
        day: Day,
    ) -> Result<(), LoyaltyError> {
        let Some(InForce { mut terms, version, .. }) = self.in_force(tx)? else { return Ok(()) };
        if terms.earns_from.is_none_or(|from| from <= day) {
            return Ok(());
        }
        terms.earns_from = Some(day);
        let document = serde_json::to_string(&terms)
            .map_err(|error| LoyaltyError::broken("the programme", error))?;
        tx.execute(
            "UPDATE loyalty_terms SET state = 'retired' WHERE version = $1",
            params![version],
        )?;
        tx.execute(
            "INSERT INTO loyalty_terms (state, document, written_at, activated_at)
             VALUES ('active', $1, $2, $2)",
            params![document, now.as_microsecond()],
        )?;
        Ok(())
    }
}
