//! `mercer recommend`, `segments`, `customer`, `forecast`: the answers, and why.

use anyhow::{Result, anyhow};
use mercer_decisions::ReasonRecord;
use mercer_recommendations::service::Question;

use crate::cli;
use crate::output::{self, day, money};
use crate::shop::Shop;

fn why(reasons: &[ReasonRecord], n_max: usize) -> String {
    let sentences: Vec<&str> =
        reasons.iter().take(n_max).map(|reason| reason.sentence.as_str()).collect();
    sentences.join(" ")
}

pub(super) fn recommend(shop: &Shop, ask: &cli::Recommend, json: bool) -> Result<()> {
    let question = match (&ask.context.product, &ask.context.customer, &ask.context.cart) {
        (Some(product), _, _) => Question::Product(product.clone()),
        (_, Some(customer), _) => Question::Customer(customer.clone()),
        (_, _, cart) => Question::Cart(cart.clone().unwrap_or_default()),
    };
    shop.recommender.refresh()?;
    let answer = shop.recommender.answer(&question, ask.limit)?;
    if json {
        return output::json(&answer);
    }
    let rows = answer.items.iter().map(|item| {
        vec![
            item.product.sku.clone(),
            item.product.title.clone(),
            item.source.clone(),
            why(&item.reasons, 2),
        ]
    });
    output::table(&["SKU", "Product", "Source", "Why"], rows);
    output::line(why(&answer.reasons, 5));
    Ok(())
}

pub(super) fn segments(shop: &Shop, json: bool) -> Result<()> {
    let segments = shop.context.db.read(mercer_segments::read::segments)?;
    if json {
        return output::json(&segments);
    }
    let Some(date) = segments.reference_date else {
        output::line("Segments were not computed yet: import orders first.");
        return Ok(());
    };
    let rows = segments.items.iter().map(|segment| {
        vec![
            segment.name.clone(),
            segment.n_customers.to_string(),
            format!("{:.1} %", segment.share * 100.0),
            money(segment.value_minor, &segment.currency),
            format!("{:.0} days", segment.average_recency_days),
            format!("{:.1}", segment.average_orders),
            segment.advice.clone(),
        ]
    });
    let head =
        ["Segment", "Customers", "Share", "Value", "Last order before", "Orders each", "Advice"];
    output::table(&head, rows);
    output::line(format!("Recency is counted to {date}."));
    Ok(())
}

pub(super) fn customer(shop: &Shop, id: &str, json: bool) -> Result<()> {
    let found = shop.context.db.read(|tx| mercer_record::api::customers::detail(tx, id))?;
    let found = found.ok_or_else(|| anyhow!("there is no customer `{id}`"))?;
    if json {
        return output::json(&found);
    }
    let row = &found.customer.row;
    let text = |text: &Option<String>| text.clone().unwrap_or_else(|| "–".to_owned());
    let rows = [
        ("Id", row.id.clone()),
        ("Shop's own id", row.external_id.clone()),
        ("Name", text(&row.name)),
        ("E-mail", text(&row.email)),
        ("Country", text(&row.country)),
        ("Orders", row.n_orders.to_string()),
        ("Value", money(row.value_minor, &row.currency)),
        ("Given back", money(found.customer.refunded_minor, &row.currency)),
        (
            "First and last order",
            format!("{} – {}", day(row.first_order_at), day(row.last_order_at)),
        ),
        ("Segment", row.segment.as_ref().map_or_else(|| "none yet".to_owned(), |s| s.name.clone())),
        ("Why", why(&found.segment_reasons, 5)),
    ];
    output::table(&["What", ""], rows.map(|(what, value)| vec![what.to_owned(), value]));
    Ok(())
}

pub(super) fn forecast(shop: &Shop, ask: &cli::Forecast, json: bool) -> Result<()> {
    let forecast = shop.forecaster.forecast(&ask.product, ask.days)?;
    if json {
        return output::json(&forecast);
    }
    output::line(format!("{} ({})", forecast.product.title, forecast.product.sku));
    let rows = forecast.points.iter().chain(&forecast.total).map(|point| {
        vec![
            point.date.to_string(),
            point.n_days.to_string(),
            format!("{:.1}", point.expected),
            format!("{:.0} – {:.0}", point.low_80, point.high_80),
            format!("{:.0} – {:.0}", point.low_95, point.high_95),
        ]
    });
    if !forecast.points.is_empty() {
        output::table(&["From", "Days", "Units expected", "80 %", "95 %"], rows);
        output::line("The last row is the whole span.");
    }
    if let Some(method) = &forecast.method {
        output::line(format!("Method: {method}"));
    }
    output::line(why(&forecast.reasons, 8));
    Ok(())
}
