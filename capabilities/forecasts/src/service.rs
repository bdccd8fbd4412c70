//! Forecasts one product at once, and all of them when the history has changed.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::{Date, date};
use mercer_connect::history::{HistoryError, ProductRef, Recompute, SalesHistory, SalesReader};
use mercer_core::clock::Clock;
use mercer_db::{BulkInsert, ColumnType, Conditions, Db, DbError, Direction, Tx, Value};
use mercer_decisions::{Mode, NewDecision, ReasonRecord};
use mercer_engine_kit::decision::Decision;
use mercer_engine_kit::seed::Seed;
use mercer_engine_kit::words::grouped;
use mercer_forecasts_engine::calendar::Calendar;
use mercer_forecasts_engine::decide::{decide, decide_all};
use mercer_forecasts_engine::input::Input;
use mercer_forecasts_engine::outcome::{Outcome, Period, Point};
use mercer_forecasts_engine::policy::Policy;
use mercer_forecasts_engine::reason::Why;
use mercer_http::page::Keyed;
use mercer_snapshots::{Name, Stamp};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::{ForecastError, gather};

/// Kind of these decisions in the log.
pub const DECISION_KIND: &str = "forecast";
/// Version of the policy's form and numbers.
const POLICY_VERSION: &str = "demand-1";
/// Days of the forecast that is recorded for every product: four weeks, in which most shops
/// reorder.
pub const HORIZON_DAYS: u16 = 28;
/// Longest horizon.
pub const HORIZON_DAYS_MAX: u16 = 365;
/// The seed of forecasts. A product's draws depend on it and on the product's own input only, so
/// that one more product changes no other's intervals.
const SEED: Seed = Seed(1);
/// Products decided and written together: bounds memory and the time the writer is held.
const N_PRODUCTS_BATCH: usize = 1_000;
/// Name and version of the picture in the database.
const NAME: Name = Name { name: "forecasts", version: 1 };

/// What all products share: when the shop is closed, up to when it is known, its own total.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Picture {
    calendar: Calendar,
    last_day: i32,
    next_7_days: Option<Point>,
}

/// A span of days with its expected demand.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct PointView {
    /// First day of the span.
    #[schema(value_type = String, format = Date)]
    pub date: Date,
    /// Length of the span, days.
    pub n_days: u16,
    /// Mean demand, units.
    pub expected: f64,
    /// Lower bound of 80 %.
    pub low_80: f64,
    /// Upper bound of 80 %.
    pub high_80: f64,
    /// Lower bound of 95 %.
    pub low_95: f64,
    /// Upper bound of 95 %.
    pub high_95: f64,
}

impl From<&Point> for PointView {
    fn from(point: &Point) -> Self {
        Self {
            date: date_of(point.start_day),
            n_days: point.n_days,
            expected: point.expected,
            low_80: point.low_80,
            high_80: point.high_80,
            low_95: point.low_95,
            high_95: point.high_95,
        }
    }
}

fn date_of(day: i32) -> Date {
    date(1970, 1, 1).saturating_add(jiff::Span::new().days(i64::from(day)))
}

/// A product in short.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ForecastProduct {
    /// `prd_…`.
    pub id: String,
    /// SKU.
    pub sku: String,
    /// What the shop calls it.
    pub title: String,
}

/// What lost, and why.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct AlternativeView {
    /// The method.
    pub name: String,
    /// Its error on the scale by which the winner was chosen.
    pub score: Option<f64>,
    /// Why it was not chosen.
    pub lost_because: String,
}

/// A forecast, or that there is too little history for one.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ForecastView {
    /// Of which product.
    pub product: ForecastProduct,
    /// `forecast` or `too_little_history`.
    pub outcome: String,
    /// Length of a point: `day` or `week`.
    pub period: Option<String>,
    /// First day forecast.
    #[schema(value_type = String, format = Date)]
    pub from: Date,
    /// Consecutive spans over the horizon.
    pub points: Vec<PointView>,
    /// The whole horizon; its interval is of the sum.
    pub total: Option<PointView>,
    /// The method chosen.
    pub method: Option<String>,
    /// Why, weightiest first.
    pub reasons: Vec<ReasonRecord>,
    /// What lost, best first.
    pub alternatives: Vec<AlternativeView>,
    /// When it was decided.
    #[schema(value_type = String, format = DateTime)]
    pub computed_at: Timestamp,
    /// The decision in the log, of the four weeks' forecast.
    pub decision_id: Option<String>,
}

/// A row of the list of forecasts.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ForecastRow {
    /// Of which product.
    pub product: ForecastProduct,
    /// Units expected in the next 28 days.
    pub expected_units_28d: f64,
    /// Lower bound of 80 %.
    pub low_80: f64,
    /// Upper bound of 80 %.
    pub high_80: f64,
    /// Units sold in the last 28 days.
    pub sold_units_28d: i64,
    /// The method chosen.
    pub method: String,
}

/// Order of the list of forecasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ForecastSort {
    /// Most units expected first.
    Expected,
    /// Largest rise over the last 28 days first.
    Change,
}

/// Forecasts one and all.
pub struct Forecaster {
    db: Arc<Db>,
    clock: Arc<dyn Clock>,
    reader: Arc<dyn SalesReader>,
    policy: Policy,
}

impl Forecaster {
    /// With the default policy.
    #[must_use]
    pub fn new(db: Arc<Db>, clock: Arc<dyn Clock>, reader: Arc<dyn SalesReader>) -> Self {
        Self { db, clock, reader, policy: Policy::default() }
    }

    /// When all forecasts were decided last.
    ///
    /// # Errors
    /// The database's.
    pub fn computed_at(&self) -> Result<Option<Timestamp>, DbError> {
        Ok(self.db.read(|tx| mercer_snapshots::stamp(tx, NAME))?.map(|stamp| stamp.computed_at))
    }

    /// Units of the whole shop in the next 7 days; none when nothing was computed.
    ///
    /// # Errors
    /// The database's.
    pub fn next_7_days(&self) -> Result<Option<PointView>, DbError> {
        let found = self.db.read(|tx| mercer_snapshots::load::<Picture>(tx, NAME))?;
        Ok(found.and_then(|(_, picture)| picture.next_7_days.as_ref().map(PointView::from)))
    }

    /// Forecasts one product, by id or SKU, over any horizon of up to a year.
    ///
    /// # Errors
    /// No such product, nothing computed yet, or the database's.
    pub fn forecast(&self, id_or_sku: &str, n_days: u16) -> Result<ForecastView, ForecastError> {
        let (_, picture) = self
            .db
            .read(|tx| mercer_snapshots::load::<Picture>(tx, NAME))?
            .ok_or(ForecastError::NotComputed)?;
        let sales = self
            .reader
            .read_product(id_or_sku)
            .map_err(ForecastError::History)?
            .ok_or_else(|| ForecastError::Unknown { name: id_or_sku.to_owned() })?;
        let input = input_of(&sales.units_by_day, &picture, n_days);
        let decision = decide(&input, &self.policy, SEED);
        let current = self.db.read(|tx| {
            tx.fetch_optional(
                "SELECT decision_id FROM decisions_current WHERE kind = $1 AND subject = $2",
                mercer_db::params![DECISION_KIND, &sales.product.id],
            )
        })?;
        let decision_id = current.map(|row| row.get(0)).transpose()?;
        let from = date_of(picture.last_day + 1);
        Ok(view(&sales.product, decision, from, (self.clock.now(), decision_id)))
    }
}

fn input_of(units_by_day: &[(i32, i32)], picture: &Picture, horizon_days: u16) -> Input {
    let last_day = picture.last_day;
    let sold = units_by_day.iter().filter(|(day, units)| *units > 0 && *day <= last_day);
    let start_day = sold.clone().map(|(day, _)| *day).min().unwrap_or(last_day + 1);
    let n_days = usize::try_from(last_day - start_day + 1).unwrap_or(0);
    let mut daily_units = vec![0; n_days.min(mercer_forecasts_engine::shop::SPAN_DAYS_MAX)];
    let start_day = last_day + 1 - daily_units.len() as i32;
    for (day, units) in sold {
        if let Ok(place) = usize::try_from(day - start_day)
            && let Some(slot) = daily_units.get_mut(place)
        {
            *slot = *units;
        }
    }
    Input { start_day, daily_units, calendar: picture.calendar.clone(), horizon_days }
}

fn product_view(product: &ProductRef) -> ForecastProduct {
    ForecastProduct {
        id: product.id.clone(),
        sku: product.sku.clone(),
        title: product.title.clone(),
    }
}

fn view(
    product: &ProductRef,
    decision: Decision<Outcome, Why>,
    from: Date,
    (computed_at, decision_id): (Timestamp, Option<String>),
) -> ForecastView {
    let reasons = ReasonRecord::all(&decision.reasons);
    let alternatives = decision
        .alternatives
        .into_iter()
        .map(|lost| AlternativeView {
            name: lost.name,
            score: lost.score,
            lost_because: lost.lost_because,
        })
        .collect();
    let (outcome, period, points, total, method) = match &decision.outcome {
        Outcome::Forecast(forecast) => (
            "forecast",
            Some(match forecast.period {
                Period::Day => "day".to_owned(),
                Period::Week => "week".to_owned(),
            }),
            forecast.points.iter().map(PointView::from).collect(),
            Some(PointView::from(&forecast.total)),
            Some(forecast.method.name().to_owned()),
        ),
        Outcome::TooLittleHistory { .. } => ("too_little_history", None, Vec::new(), None, None),
    };
    ForecastView {
        product: product_view(product),
        outcome: outcome.to_owned(),
        period,
        from,
        points,
        total,
        method,
        reasons,
        alternatives,
        computed_at,
        decision_id,
    }
}

const ROWS: BulkInsert<'_> = BulkInsert {
    table: "forecasts",
    columns: &[
        ("product_id", ColumnType::Text),
        ("sku", ColumnType::Text),
        ("title", ColumnType::Text),
        ("method", ColumnType::Text),
        ("expected_units", ColumnType::Real),
        ("low_80", ColumnType::Real),
        ("high_80", ColumnType::Real),
        ("sold_units", ColumnType::Int),
        ("change", ColumnType::Real),
    ],
    on_conflict: "",
};

impl Recompute for Forecaster {
    fn name(&self) -> &'static str {
        "forecasts"
    }

    fn recompute(&self, history: &SalesHistory) -> Result<String, HistoryError> {
        let now = self.clock.now();
        let last_day = gather::last_complete_day(history);
        let shop = gather::shop(history, last_day);
        let policy = serde_json::to_value(&self.policy)?;
        let mut numbers = Vec::new();
        let mut inputs = Vec::new();
        for number in 0..history.products.len() as u32 {
            if let Some(input) = shop.input(number, HORIZON_DAYS) {
                numbers.push(number);
                inputs.push(input);
            }
        }
        let (mut rows, mut n_new, mut n_forecast) = (Vec::new(), 0, 0);
        for (numbers, inputs) in
            numbers.chunks(N_PRODUCTS_BATCH).zip(inputs.chunks(N_PRODUCTS_BATCH))
        {
            let decided = decide_all(inputs, &self.policy, SEED);
            let mut records = Vec::with_capacity(decided.len());
            for ((number, input), decision) in numbers.iter().zip(inputs).zip(decided) {
                let product = &history.products[*number as usize];
                if push_row(&mut rows, product, input, &decision.outcome) {
                    n_forecast += 1;
                }
                records.push(record_of(history, product, (input, decision), &policy));
            }
            n_new += self.db.write(|tx| mercer_decisions::record(tx, now, &records))?.n_new;
        }
        let picture = Picture {
            calendar: shop.calendar.clone(),
            last_day,
            next_7_days: self.whole_shop(history, last_day),
        };
        let stamp = Stamp { computed_at: now, based_on_fact: history.fact_sequence };
        self.db.write(|tx| {
            tx.execute("DELETE FROM forecasts", &[])?;
            tx.insert_many(&ROWS, &rows)?;
            mercer_snapshots::save(tx, NAME, stamp, &picture)
        })?;
        Ok(format!("{n_forecast} of {} products forecast, {n_new} new decisions", inputs.len()))
    }
}

impl Forecaster {
    fn whole_shop(&self, history: &SalesHistory, last_day: i32) -> Option<Point> {
        let input = gather::whole_shop(history, last_day).input(0, 7)?;
        match decide(&input, &self.policy, SEED.part("shop")).outcome {
            Outcome::Forecast(forecast) => Some(forecast.total),
            Outcome::TooLittleHistory { .. } => None,
        }
    }
}

fn sold_lately(input: &Input) -> i64 {
    let first = input.daily_units.len().saturating_sub(usize::from(HORIZON_DAYS));
    input.daily_units[first..].iter().map(|units| i64::from(*units)).sum()
}

/// Adds the product's row to the list; false when it has too little history for one.
fn push_row(rows: &mut Vec<Value>, product: &ProductRef, input: &Input, outcome: &Outcome) -> bool {
    let Outcome::Forecast(forecast) = outcome else { return false };
    let sold = sold_lately(input);
    rows.extend([
        Value::from(&product.id),
        Value::from(&product.sku),
        Value::from(&product.title),
        Value::from(forecast.method.name()),
        Value::from(forecast.total.expected),
        Value::from(forecast.total.low_80),
        Value::from(forecast.total.high_80),
        Value::from(sold),
        Value::from(forecast.total.expected - sold as f64),
    ]);
    true
}

fn record_of(
    history: &SalesHistory,
    product: &ProductRef,
    (input, decision): (&Input, Decision<Outcome, Why>),
    policy: &serde_json::Value,
) -> NewDecision {
    let (summary, identity) = match &decision.outcome {
        Outcome::Forecast(forecast) => {
            let total = &forecast.total;
            (
                format!(
                    "Expect {} units in the next {} days ({} to {} in 8 of 10 cases).",
                    whole(total.expected),
                    total.n_days,
                    whole(total.low_80),
                    whole(total.high_80)
                ),
                format!("{} {:.0}", forecast.method.name(), total.expected),
            )
        }
        Outcome::TooLittleHistory { .. } => {
            ("Too little history for a forecast.".to_owned(), "too little history".to_owned())
        }
    };
    NewDecision {
        kind: DECISION_KIND,
        subject: product.id.clone(),
        subject_label: product.title.clone(),
        summary,
        identity,
        mode: Mode::Act,
        asks: false,
        policy_version: POLICY_VERSION.to_owned(),
        seed: SEED.0,
        at_stake: None,
        based_on_fact: history.fact_sequence,
        outcome: json!(decision.outcome),
        reasons: ReasonRecord::all(&decision.reasons),
        alternatives: decision.alternatives,
        input: json!(input),
        policy: policy.clone(),
    }
}

/// Units to the nearest whole one, for a sentence.
fn whole(units: f64) -> String {
    grouped(units.round() as i64)
}

/// A page of forecasts with the sort value of each.
///
/// # Errors
/// The database's.
pub fn list(
    tx: &mut Tx<'_>,
    sort: ForecastSort,
    after: Option<(f64, String)>,
    n_max: usize,
) -> Result<Vec<Keyed<f64, ForecastRow>>, DbError> {
    let column = match sort {
        ForecastSort::Expected => "expected_units",
        ForecastSort::Change => "change",
    };
    let mut conditions = Conditions::default();
    conditions.add_after((column, "product_id"), Direction::Falling, after);
    let limit = conditions.value(n_max as i64);
    let sql = format!(
        "SELECT product_id, sku, title, method, expected_units, low_80, high_80, sold_units,
                {column}
         FROM forecasts {} ORDER BY {column} DESC, product_id DESC LIMIT {limit}",
        conditions.sql()
    );
    let rows = tx.fetch(&sql, conditions.values())?;
    rows.iter()
        .map(|row| {
            let product = ForecastProduct { id: row.get(0)?, sku: row.get(1)?, title: row.get(2)? };
            let forecast = ForecastRow {
                method: row.get(3)?,
                expected_units_28d: row.get(4)?,
                low_80: row.get(5)?,
                high_80: row.get(6)?,
                sold_units_28d: row.get(7)?,
                product,
            };
            Ok(((row.get(8)?, forecast.product.id.clone()), forecast))
        })
        .collect()
}
