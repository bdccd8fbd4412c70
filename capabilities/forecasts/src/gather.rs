//! Rows to input: the shop's sales as daily series.

use mercer_connect::history::SalesHistory;
use mercer_forecasts_engine::shop::{Sale, Shop};

/// The last day on which the record is complete: the day before the last order's, which may still
/// be going on.
pub(crate) fn last_complete_day(history: &SalesHistory) -> i32 {
    history.orders.iter().map(|order| order.day).max().map_or(0, |day| day - 1)
}

/// All sales, net of what came back, of products by their number.
pub(crate) fn sales(history: &SalesHistory) -> Vec<Sale> {
    let mut sales = Vec::with_capacity(history.lines.len());
    for (number, order) in history.orders.iter().enumerate() {
        sales.extend(history.lines_of(number).iter().map(|line| Sale {
            product: line.product,
            day: order.day,
            units: line.quantity.saturating_sub(line.refunded_quantity),
        }));
    }
    sales
}

/// Every product's series and the shop's calendar.
pub(crate) fn shop(history: &SalesHistory, last_day: i32) -> Shop {
    Shop::fit(&sales(history), history.products.len(), last_day)
}

/// The shop as if it sold one product: its units of all products together.
pub(crate) fn whole_shop(history: &SalesHistory, last_day: i32) -> Shop {
    let all: Vec<Sale> =
        sales(history).into_iter().map(|sale| Sale { product: 0, ..sale }).collect();
    Shop::fit(&all, 1, last_day)
}
