//! `mercer status`.

use anyhow::Result;

use crate::api::status::status;
use crate::output;
use crate::shop::Shop;

pub(super) fn run(shop: &Shop, json: bool) -> Result<()> {
    let status = status(shop)?;
    if json {
        return output::json(&status);
    }
    let at = |at: Option<jiff::Timestamp>| {
        at.map_or_else(|| "not yet".to_owned(), |at| at.strftime("%Y-%m-%d %H:%M UTC").to_string())
    };
    let as_of = status.as_of.map_or_else(|| "no orders yet".to_owned(), |day| day.to_string());
    let rows = [
        ("Shop", status.shop_name.clone()),
        ("Database", format!("{} ({})", status.database, shop.context.db.shown())),
        ("Orders", status.n_orders.to_string()),
        ("Day of the last order", as_of),
        ("Customers", status.n_customers.to_string()),
        ("Products", status.n_products.to_string()),
        ("Refunds", status.n_refunds.to_string()),
        ("Facts in the log", status.n_facts.to_string()),
        ("Decisions that wait for a person", status.n_decisions_open.to_string()),
        (
            "Jobs waiting, running, parked",
            format!("{}, {}, {}", status.jobs.waiting, status.jobs.running, status.jobs.parked),
        ),
        ("Recommendations computed", at(status.computed.recommendations_at)),
        ("Segments computed", at(status.computed.segments_at)),
        ("Forecasts computed", at(status.computed.forecasts_at)),
    ];
    output::table(&["What", ""], rows.map(|(what, value)| vec![what.to_owned(), value]));
    Ok(())
}
