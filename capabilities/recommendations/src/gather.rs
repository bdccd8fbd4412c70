//! Rows to input: the shop's sales as the engine's baskets.

use mercer_connect::history::SalesHistory;
use mercer_recommendations_engine::history::HistoryColumns;

/// Baskets in time order; an order without product lines is none.
pub(crate) fn baskets(history: &SalesHistory) -> HistoryColumns {
    let mut columns = HistoryColumns::default();
    let mut items: Vec<u32> = Vec::new();
    for (number, order) in history.orders.iter().enumerate() {
        items.clear();
        // What came back entirely was no wish.
        let kept =
            history.lines_of(number).iter().filter(|line| line.quantity > line.refunded_quantity);
        items.extend(kept.map(|line| line.product));
        items.sort_unstable();
        items.dedup();
        if !items.is_empty() {
            columns.push(order.customer, order.day, &items);
        }
    }
    columns
}

/// The day from which the engine counts back: the shop's last, not the clock's, so that an old
/// history is not taken for one without recent sales.
pub(crate) fn reference_day(history: &SalesHistory) -> i32 {
    history.orders.iter().map(|order| order.day).max().unwrap_or(0)
}
