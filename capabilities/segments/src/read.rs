//! The segments with their members' figures.

use jiff::Timestamp;
use jiff::civil::{Date, date};
use mercer_db::{DbError, Tx};
use mercer_segments_engine::segment::Segment;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{Computed, NAME};

/// A segment and the figures of its members.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct SegmentView {
    /// Stable name.
    #[schema(example = "at_risk")]
    pub code: String,
    /// Name for people.
    pub name: String,
    /// Who is in it.
    pub description: String,
    /// What to do for them.
    pub advice: String,
    /// Members.
    pub n_customers: i64,
    /// Members as a share of all customers in segments, 0 to 1.
    pub share: f64,
    /// Value of all members, minor units.
    pub value_minor: i64,
    /// Value of a member on average, minor units.
    pub average_value_minor: i64,
    /// Days since the last order on average.
    pub average_recency_days: f64,
    /// Orders of a member on average.
    pub average_orders: f64,
    /// Currency of the values.
    pub currency: String,
}

/// All segments.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Segments {
    /// In the engine's order, best customers first; empty ones included.
    pub items: Vec<SegmentView>,
    /// The day from which recency is counted; null before segments were computed.
    #[schema(value_type = Option<String>, format = Date)]
    pub reference_date: Option<Date>,
    /// When they were computed.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub computed_at: Option<Timestamp>,
}

/// All segments with their figures.
///
/// # Errors
/// The database's.
pub fn segments(tx: &mut Tx<'_>) -> Result<Segments, DbError> {
    let computed = mercer_snapshots::load::<Computed>(tx, NAME)?;
    let currency = computed.as_ref().map_or("", |(_, computed)| &computed.currency).to_owned();
    let rows = tx.fetch(
        "SELECT segment, COUNT(*), CAST(SUM(monetary_minor) AS BIGINT),
                CAST(SUM(recency_days) AS BIGINT), CAST(SUM(n_orders) AS BIGINT)
         FROM segment_members GROUP BY segment",
        &[],
    )?;
    let mut figures = std::collections::HashMap::new();
    let mut n_all = 0;
    for row in &rows {
        let n: i64 = row.get(1)?;
        n_all += n;
        figures.insert(row.str(0).to_owned(), (n, row.get(2)?, row.get(3)?, row.get(4)?));
    }
    let items = Segment::ALL
        .iter()
        .map(|segment| {
            let none = (0i64, 0i64, 0i64, 0i64);
            let (n, value_minor, recency, orders) =
                figures.get(segment.code()).copied().unwrap_or(none);
            let average = |sum: i64| ((sum as f64 / n.max(1) as f64) * 10.0).round() / 10.0;
            SegmentView {
                code: segment.code().to_owned(),
                name: segment.name().to_owned(),
                description: segment.description().to_owned(),
                advice: segment.advice().to_owned(),
                n_customers: n,
                share: if n_all == 0 { 0.0 } else { n as f64 / n_all as f64 },
                value_minor,
                average_value_minor: value_minor / n.max(1),
                average_recency_days: average(recency),
                average_orders: average(orders),
                currency: currency.clone(),
            }
        })
        .collect();
    let day = computed.as_ref().map(|(_, computed)| i64::from(computed.reference_day));
    Ok(Segments {
        items,
        reference_date: day.map(|day| date(1970, 1, 1).saturating_add(jiff::Span::new().days(day))),
        computed_at: computed.map(|(stamp, _)| stamp.computed_at),
    })
}
