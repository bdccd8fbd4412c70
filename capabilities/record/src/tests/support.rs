//! Short ways to write drafts, keep them, and look at what became of them.

use jiff::Timestamp;
use mercer_connect::source::{
    AdjustmentDraft, AdjustmentKind, CustomerDraft, LineDraft, LineKind, OrderDraft, OrderStatus,
    ProductDraft, RefundDraft, RefundLineDraft, SourceItem, VariantDraft,
};
use mercer_core::clock::Clock;
use mercer_db::{MigrationSet, params};
use mercer_engine_kit::money::Currency;
use mercer_testkit::TestBed;

use crate::keep::{Change, ChannelDefaults, Keeper, Kept};

pub const MIGRATIONS: &[MigrationSet] =
    &[crate::MIGRATIONS, mercer_facts::MIGRATIONS, mercer_jobs::MIGRATIONS];

pub const CHANNEL: &str = "shop";

pub fn defaults() -> ChannelDefaults {
    ChannelDefaults {
        channel: CHANNEL.to_owned(),
        time_zone: "Europe/London".to_owned(),
        currency: Currency::GBP,
    }
}

/// Noon, UTC, of a day of 2011.
pub fn day(month: i8, day: i8) -> Timestamp {
    jiff::civil::date(2011, month, day)
        .at(12, 0, 0, 0)
        .to_zoned(jiff::tz::TimeZone::UTC)
        .unwrap()
        .timestamp()
}

pub fn customer(external_id: &str) -> Option<CustomerDraft> {
    Some(CustomerDraft { external_id: external_id.to_owned(), ..CustomerDraft::default() })
}

pub fn line(sku: &str, quantity: i64, unit_price_minor: i64) -> LineDraft {
    LineDraft {
        kind: LineKind::Item,
        sku: sku.to_owned(),
        title: format!("Title of {sku}"),
        quantity,
        unit_price_minor,
        discount_minor: 0,
        tax_minor: 0,
        total_minor: quantity * unit_price_minor,
    }
}

pub fn order(
    number: &str,
    placed_at: Timestamp,
    customer: Option<CustomerDraft>,
    lines: Vec<LineDraft>,
) -> OrderDraft {
    OrderDraft {
        channel: CHANNEL.to_owned(),
        number: number.to_owned(),
        placed_at,
        currency: Currency::GBP,
        status: OrderStatus::Fulfilled,
        customer,
        country: None,
        discount_codes: Vec::new(),
        discount_minor: 0,
        shipping_minor: 0,
        tax_minor: 0,
        lines,
    }
}

pub fn back(sku: &str, quantity: i64, unit_price_minor: i64) -> RefundLineDraft {
    RefundLineDraft {
        kind: LineKind::Item,
        sku: sku.to_owned(),
        title: format!("Title of {sku}"),
        quantity,
        unit_price_minor,
        amount_minor: quantity * unit_price_minor,
    }
}

pub fn refund(
    number: &str,
    refunded_at: Timestamp,
    customer: Option<CustomerDraft>,
    lines: Vec<RefundLineDraft>,
) -> RefundDraft {
    RefundDraft {
        channel: CHANNEL.to_owned(),
        number: number.to_owned(),
        order_number: None,
        refunded_at,
        currency: Currency::GBP,
        customer,
        lines,
    }
}

pub fn adjustment(number: &str, position: i64, sku: &str, quantity: i64) -> AdjustmentDraft {
    AdjustmentDraft {
        channel: CHANNEL.to_owned(),
        number: number.to_owned(),
        position,
        kind: AdjustmentKind::Stock,
        sku: sku.to_owned(),
        quantity,
        amount_minor: 0,
        currency: Currency::GBP,
        reason: "damaged".to_owned(),
        note: "wet".to_owned(),
        adjusted_at: day(3, 1),
    }
}

pub fn product(external_id: &str, title: &str, skus: &[&str]) -> ProductDraft {
    ProductDraft {
        external_id: external_id.to_owned(),
        title: title.to_owned(),
        category: None,
        variants: skus
            .iter()
            .map(|sku| VariantDraft { sku: (*sku).to_owned(), title: None, price_minor: Some(500) })
            .collect(),
    }
}

/// Keeps items as a process does that has just started.
pub fn keep(t: &TestBed, items: &[SourceItem]) -> Kept {
    let keeper = Keeper::new(defaults());
    t.db.write(|tx| keeper.keep(tx, t.clock.now(), items)).unwrap().0
}

pub fn changes(kept: &Kept) -> Vec<Change> {
    kept.items.iter().map(|(_, change)| *change).collect()
}

pub fn keep_orders(t: &TestBed, orders: &[OrderDraft]) -> Kept {
    keep(t, &orders.iter().cloned().map(SourceItem::Order).collect::<Vec<_>>())
}

pub fn keep_refunds(t: &TestBed, refunds: &[RefundDraft]) -> Kept {
    keep(t, &refunds.iter().cloned().map(SourceItem::Refund).collect::<Vec<_>>())
}

pub fn tie(t: &TestBed) -> u64 {
    crate::ties::tie_all(&t.db, t.clock.now()).unwrap()
}

/// Kinds of all facts after a sequence, in order.
pub fn facts_after(t: &TestBed, sequence: i64) -> Vec<String> {
    let facts = t.db.read(|tx| mercer_facts::read_after(tx, sequence, 100_000)).unwrap();
    facts.into_iter().map(|fact| fact.kind).collect()
}

pub fn last_fact(t: &TestBed) -> i64 {
    t.db.read(mercer_facts::last_sequence).unwrap()
}

/// Figures of a customer: orders, value, refunds, refunded.
pub fn customer_figures(t: &TestBed, external_id: &str) -> [i64; 4] {
    let sql = "SELECT s.n_orders, s.value_minor, s.n_refunds, s.refunded_minor
               FROM customer_stats s JOIN customers c ON c.id = s.customer_id
               WHERE c.external_id = $1";
    figures(t, sql, external_id)
}

/// Figures of a SKU's product: orders, units, units refunded, revenue.
pub fn product_figures(t: &TestBed, sku: &str) -> [i64; 4] {
    let sql = "SELECT s.n_orders, s.n_units, s.n_units_refunded, s.revenue_minor
               FROM product_stats s JOIN variants v ON v.product_id = s.product_id
               WHERE v.sku = $1";
    figures(t, sql, sku)
}

fn figures(t: &TestBed, sql: &str, key: &str) -> [i64; 4] {
    let row = t.db.read(|tx| tx.fetch_optional(sql, params![key])).unwrap().unwrap();
    [0, 1, 2, 3].map(|column| row.get(column).unwrap())
}
