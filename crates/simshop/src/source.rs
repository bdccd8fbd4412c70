//! The simulated shop as a source of orders, like any other connector.
//!
//! Gives what a shop system would give: products with their latest prices first, then orders,
//! refunds and stock corrections in order of time. Truths, deliveries, reviews and page views
//! stay in the [`Shop`].

use std::sync::Arc;

use jiff::Timestamp;
use mercer_connect::source::{
    AdjustmentDraft, AdjustmentKind, CustomerDraft, LineDraft, LineKind, OrderDraft, OrderSource,
    ProductDraft, RefundDraft, RefundLineDraft, SourceError, SourceItem, SourceTally, VariantDraft,
};

use crate::shop::{MovementKind, Order, Shop};

/// The channel that the simulated shop sells through, unless another is named.
pub const CHANNEL: &str = "simshop";

/// What comes next, sorted by time; at the same time orders before refunds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Order(u32),
    Refund(u32),
    Movement(u32),
}

/// Reads a shop item by item.
#[derive(Debug)]
pub struct ShopSource {
    shop: Arc<Shop>,
    channel: String,
    next_product: usize,
    events: Vec<(Timestamp, Event)>,
    next_event: usize,
    tally: SourceTally,
}

impl Shop {
    /// The shop as a source, selling through the named channel (see [`CHANNEL`]).
    #[must_use]
    pub fn source(self: &Arc<Self>, channel: &str) -> ShopSource {
        let orders = (0..).zip(&self.orders).map(|(at, order)| (order.placed_at, Event::Order(at)));
        let refunds = (0..).zip(&self.refunds).map(|(at, it)| (it.refunded_at, Event::Refund(at)));
        let movements = (0..)
            .zip(&self.movements)
            .filter(|(_, movement)| movement.kind != MovementKind::Delivery)
            .map(|(at, movement)| (self.day_starts(movement.day), Event::Movement(at)));
        let mut events: Vec<_> = orders.chain(refunds).chain(movements).collect();
        events.sort_unstable();
        ShopSource {
            shop: Arc::clone(self),
            channel: channel.to_owned(),
            next_product: 0,
            events,
            next_event: 0,
            tally: SourceTally::default(),
        }
    }

    /// The instant at which a day begins (UTC).
    #[must_use]
    pub fn day_starts(&self, day: u32) -> Timestamp {
        let day = i64::from(self.config.first_day()) + i64::from(day);
        Timestamp::from_second(day * 86_400).unwrap_or(self.config.end)
    }

    fn customer_draft(&self, order: &Order) -> Option<CustomerDraft> {
        let customer = &self.customers[order.customer as usize];
        (!customer.is_guest).then(|| CustomerDraft {
            external_id: customer.external_id.clone(),
            email: Some(customer.email.clone()),
            name: Some(customer.name.clone()),
            country: Some(customer.country.to_owned()),
        })
    }

    /// A product with its latest prices.
    #[must_use]
    pub fn product_draft(&self, product: usize) -> ProductDraft {
        let goods = &self.products[product];
        let last_day = goods.list_price_minor.len() - 1;
        ProductDraft {
            external_id: goods.external_id.clone(),
            title: goods.title.clone(),
            category: Some(goods.category.to_owned()),
            variants: goods
                .variants
                .iter()
                .enumerate()
                .map(|(at, variant)| VariantDraft {
                    sku: variant.sku.clone(),
                    title: variant.title.clone(),
                    price_minor: Some(goods.unit_price_minor(at, last_day)),
                })
                .collect(),
        }
    }

    /// Title as printed on an order: with the variant where there is a choice.
    pub(crate) fn line_title(&self, product: u32, variant: u32) -> String {
        let goods = &self.products[product as usize];
        match &goods.variants[variant as usize].title {
            Some(title) => format!("{} ({title})", goods.title),
            None => goods.title.clone(),
        }
    }

    fn sku(&self, product: u32, variant: u32) -> String {
        self.products[product as usize].variants[variant as usize].sku.clone()
    }

    /// An order as a source gives it.
    #[must_use]
    pub fn order_draft(&self, order: &Order, channel: &str) -> OrderDraft {
        let line_draft = |line: &crate::shop::Line| LineDraft {
            kind: LineKind::Item,
            sku: self.sku(line.product, line.variant),
            title: self.line_title(line.product, line.variant),
            quantity: i64::from(line.quantity),
            unit_price_minor: line.unit_price_minor,
            discount_minor: line.discount_minor,
            tax_minor: line.tax_minor,
            total_minor: line.total_minor,
        };
        OrderDraft {
            channel: channel.to_owned(),
            number: order.number.clone(),
            placed_at: order.placed_at,
            currency: self.config.currency,
            status: order.status,
            customer: self.customer_draft(order),
            country: Some(self.customers[order.customer as usize].country.to_owned()),
            discount_codes: order.discount_code.iter().map(|&code| code.to_owned()).collect(),
            discount_minor: order.discount_minor,
            shipping_minor: order.shipping_minor,
            tax_minor: 0,
            lines: self.lines_of(order).iter().map(line_draft).collect(),
        }
    }
}

impl ShopSource {
    fn item(&mut self, event: Event) -> SourceItem {
        let shop = Arc::clone(&self.shop);
        match event {
            Event::Order(at) => {
                let draft = shop.order_draft(&shop.orders[at as usize], &self.channel);
                let items = draft.lines.iter().map(|line| line.total_minor).sum();
                self.count(draft.lines.len(), "items", items);
                self.count(0, "shipping", draft.shipping_minor);
                self.count(0, "discounts", -draft.discount_minor);
                SourceItem::Order(draft)
            }
            Event::Refund(at) => {
                let draft = self.refund_draft(at);
                let amount: i64 = draft.lines.iter().map(|line| line.amount_minor).sum();
                self.count(draft.lines.len(), "refunds", -amount);
                SourceItem::Refund(draft)
            }
            Event::Movement(at) => {
                self.count(1, "books", 0);
                SourceItem::Adjustment(self.adjustment_draft(at))
            }
        }
    }

    fn count(&mut self, n_rows: usize, place: &str, amount_minor: i64) {
        self.tally.rows_read += n_rows as u64;
        self.tally.rows_kept += n_rows as u64;
        if amount_minor != 0 {
            *self.tally.money_minor.entry(place.to_owned()).or_default() += amount_minor;
        }
    }

    fn refund_draft(&self, at: u32) -> RefundDraft {
        let shop = &self.shop;
        let refund = &shop.refunds[at as usize];
        let order = &shop.orders[refund.order as usize];
        let line_draft = |back: &crate::shop::RefundLine| {
            let line = &shop.lines[back.line as usize];
            RefundLineDraft {
                kind: LineKind::Item,
                sku: shop.sku(line.product, line.variant),
                title: shop.line_title(line.product, line.variant),
                quantity: i64::from(back.quantity),
                unit_price_minor: line.unit_price_minor,
                amount_minor: back.amount_minor,
            }
        };
        RefundDraft {
            channel: self.channel.clone(),
            number: refund.number.clone(),
            order_number: Some(order.number.clone()),
            refunded_at: refund.refunded_at,
            currency: shop.config.currency,
            customer: shop.customer_draft(order),
            lines: refund.lines.iter().map(line_draft).collect(),
        }
    }

    fn adjustment_draft(&self, at: u32) -> AdjustmentDraft {
        let movement = &self.shop.movements[at as usize];
        let (reason, note) = match movement.kind {
            MovementKind::Delivery => ("unknown", "delivered"),
            MovementKind::Damaged => ("damaged", "broken in the store"),
            MovementKind::Lost => ("lost", "missing at the count"),
            MovementKind::Found => ("found", "too many at the count"),
        };
        AdjustmentDraft {
            channel: self.channel.clone(),
            number: format!("A-{}", 2_001 + at),
            position: 0,
            kind: AdjustmentKind::Stock,
            sku: self.shop.sku(movement.product, movement.variant),
            quantity: movement.quantity,
            amount_minor: 0,
            currency: self.shop.config.currency,
            reason: reason.to_owned(),
            note: note.to_owned(),
            adjusted_at: self.shop.day_starts(movement.day),
        }
    }
}

impl OrderSource for ShopSource {
    fn next_items(&mut self, n_max: usize) -> Result<Option<Vec<SourceItem>>, SourceError> {
        let mut items = Vec::with_capacity(n_max.min(4_096));
        while items.len() < n_max.max(1) {
            if self.next_product < self.shop.products.len() {
                items.push(SourceItem::Product(self.shop.product_draft(self.next_product)));
                self.next_product += 1;
                continue;
            }
            let Some(&(_, event)) = self.events.get(self.next_event) else { break };
            self.next_event += 1;
            let item = self.item(event);
            items.push(item);
        }
        Ok((!items.is_empty()).then_some(items))
    }

    fn tally(&self) -> SourceTally {
        self.tally.clone()
    }
}
