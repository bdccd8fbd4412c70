//! From rows to orders, refunds and adjustments.
//!
//! Holds only orders whose last row has not been seen. Does not read files, and does not tie
//! refunds to purchases unless the file itself does.

use std::collections::{HashMap, VecDeque};

use jiff::Timestamp;
use mercer_connect::source::{
    AdjustmentDraft, AdjustmentKind, CustomerDraft, LineDraft, LineKind, N_LINES_MAX, OrderDraft,
    OrderStatus, RefundDraft, RefundLineDraft, SourceItem,
};
use mercer_engine_kit::money::{Currency, split};

use crate::catalogue::Catalogue;
use crate::dates::Dates;
use crate::fields::{Field, plain};
use crate::options::{DuplicatePolicy, Preset};
use crate::reconcile::{self, Amounts, Sums};
use crate::rejects::Reject;
use crate::retail::{self, Document};
use crate::row::{Line, Row};
use crate::values::shown;

/// Most coupon codes of one order: more is a column that holds something else.
const N_CODES_MAX: usize = 64;

/// Money by where it went, in minor units. Refunds count negative, so that all of it sums to what
/// the rows came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct MoneySums {
    pub(crate) items: i64,
    pub(crate) shipping: i64,
    pub(crate) fees: i64,
    pub(crate) discounts: i64,
    pub(crate) taxes: i64,
    pub(crate) refunds: i64,
    pub(crate) books: i64,
    pub(crate) duplicates: i64,
}

/// Things counted for the notices.
#[derive(Debug, Clone, Default)]
pub(crate) struct Oddities {
    /// Rows that name another customer than their order's first.
    pub(crate) n_other_customer: u64,
    /// Rows whose order-level amount differs from their order's first.
    pub(crate) n_other_amount: u64,
    /// Orders whose parts do not sum to the total that the file gives.
    pub(crate) n_unbalanced: u64,
    /// Rows with a status that is not known, read as open.
    pub(crate) n_unknown_status: u64,
    /// Orders in another currency than the file's first.
    pub(crate) n_other_currency: u64,
    /// Currency of the first order.
    pub(crate) first_currency: Option<Currency>,
}

/// What became of a row that is not rejected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Taken {
    Kept,
    Duplicate,
}

/// Everything that an order's rows say together.
struct OpenOrder {
    channel: String,
    number: String,
    document: Document,
    placed_at: Timestamp,
    currency: Currency,
    status: OrderStatus,
    is_refunded: bool,
    cancelled_at: Option<Timestamp>,
    customer: Option<CustomerDraft>,
    country: Option<String>,
    codes: Vec<String>,
    amounts: Amounts,
    lines: Vec<LineDraft>,
    refund_lines: Vec<RefundLineDraft>,
    adjustments: Vec<AdjustmentDraft>,
    hashes: Vec<u128>,
}

/// Where a line goes.
enum Place {
    Order(LineKind),
    Refund(LineKind),
    Stock,
    Books,
}

/// Puts rows together.
pub(crate) struct Assembler {
    pub(crate) preset: Preset,
    pub(crate) currency: Option<Currency>,
    pub(crate) channel: String,
    pub(crate) duplicates: DuplicatePolicy,
    pub(crate) dates: Dates,
    pub(crate) catalogue: Catalogue,
    pub(crate) money: MoneySums,
    pub(crate) oddities: Oddities,
    /// Rows held in open orders.
    pub(crate) n_rows_open: usize,
    open: HashMap<String, OpenOrder>,
    key: String,
}

impl Assembler {
    pub(crate) fn new(
        preset: Preset,
        currency: Option<Currency>,
        channel: String,
        duplicates: DuplicatePolicy,
        (dates, catalogue): (Dates, Catalogue),
    ) -> Self {
        Self {
            preset,
            currency,
            channel,
            duplicates,
            dates,
            catalogue,
            money: MoneySums::default(),
            oddities: Oddities::default(),
            n_rows_open: 0,
            open: HashMap::new(),
            key: String::new(),
        }
    }

    /// Adds one row to its order.
    pub(crate) fn take(&mut self, row: &Row<'_>, hash: u128) -> Result<Taken, Reject> {
        let mut key = std::mem::take(&mut self.key);
        key_of(row, &mut key)?;
        let result = self.take_keyed(row, hash, &key);
        self.key = key;
        result
    }

    fn take_keyed(&mut self, row: &Row<'_>, hash: u128, key: &str) -> Result<Taken, Reject> {
        if let Some(order) = self.open.get_mut(key) {
            // The first date counts, but a later one must be a date too.
            if let Some(text) = row.get(Field::PlacedAt) {
                self.dates
                    .read(text)
                    .map_err(|reason| row.columns.reject(Field::PlacedAt, reason))?;
            }
            merge_head(order, row, self.preset, &mut self.oddities)?;
        } else {
            let order = self.open_order(row)?;
            self.open.insert(key.to_owned(), order);
        }
        let Some(order) = self.open.get_mut(key) else {
            return Err(row.columns.reject(Field::OrderNumber, "is empty"));
        };
        let line = row.line(order.currency)?;
        if self.duplicates == DuplicatePolicy::Drop && order.hashes.contains(&hash) {
            let sum = &mut self.money.duplicates;
            *sum = sum.saturating_add(line.total_minor);
            return Ok(Taken::Duplicate);
        }
        let n_lines = order.lines.len() + order.refund_lines.len() + order.adjustments.len();
        if n_lines >= N_LINES_MAX {
            let reason = format!("the order has more than {N_LINES_MAX} lines");
            return Err(row.columns.reject(Field::OrderNumber, reason));
        }
        let place = place_of(self.preset, order, &line);
        add_line(order, line, &place, &mut self.money, &self.catalogue);
        if self.duplicates == DuplicatePolicy::Drop {
            order.hashes.push(hash);
        }
        self.n_rows_open += 1;
        Ok(Taken::Kept)
    }

    fn open_order(&mut self, row: &Row<'_>) -> Result<OpenOrder, Reject> {
        let columns = row.columns;
        let number = row.need(Field::OrderNumber)?;
        let placed_at = match row.get(Field::PlacedAt) {
            Some(text) => self.dates.read(text),
            None => Err("is empty, and no earlier row of the order could be kept".to_owned()),
        };
        let placed_at = placed_at.map_err(|reason| columns.reject(Field::PlacedAt, reason))?;
        let currency = match (row.get(Field::Currency), self.currency) {
            (Some(code), _) => {
                code.parse().map_err(|error| columns.reject(Field::Currency, format!("{error}")))?
            }
            (None, Some(currency)) => currency,
            (None, None) => {
                return Err(columns.reject(Field::Currency, "is empty; give --currency"));
            }
        };
        let cancelled_at = match row.get(Field::CancelledAt) {
            Some(text) => Some(
                self.dates
                    .read(text)
                    .map_err(|reason| columns.reject(Field::CancelledAt, reason))?,
            ),
            None => None,
        };
        let mut order = OpenOrder {
            channel: row.get(Field::Channel).unwrap_or(&self.channel).to_owned(),
            number: number.to_owned(),
            document: match self.preset {
                Preset::OnlineRetail => retail::document(number),
                _ => Document::Invoice,
            },
            placed_at,
            currency,
            status: OrderStatus::Fulfilled,
            is_refunded: false,
            cancelled_at,
            customer: None,
            country: row.get(Field::Country).map(str::to_owned),
            codes: Vec::new(),
            amounts: Amounts::default(),
            lines: Vec::new(),
            refund_lines: Vec::new(),
            adjustments: Vec::new(),
            hashes: Vec::new(),
        };
        (order.status, order.is_refunded) = self.status_of(row, cancelled_at.is_some());
        merge_head(&mut order, row, self.preset, &mut self.oddities)?;
        let first = *self.oddities.first_currency.get_or_insert(currency);
        self.oddities.n_other_currency += u64::from(first != currency);
        Ok(order)
    }

    /// Where the order stands, and whether all of it was given back.
    fn status_of(&mut self, row: &Row<'_>, is_cancelled: bool) -> (OrderStatus, bool) {
        let financial = row.get(Field::FinancialStatus).map(plain).unwrap_or_default();
        let text = row.get(Field::Status).map(plain).unwrap_or_default();
        let is_refunded = text == "refunded" || text == "wcrefunded";
        if is_cancelled || matches!(financial.as_str(), "voided" | "expired") {
            return (OrderStatus::Cancelled, is_refunded);
        }
        if !row.columns.has(Field::Status) {
            return (OrderStatus::Fulfilled, is_refunded);
        }
        let status = match text.strip_prefix("wc").unwrap_or(&text) {
            "" | "unfulfilled" if financial == "refunded" => OrderStatus::Cancelled,
            "" | "open" | "pending" | "pendingpayment" | "processing" | "onhold" | "new"
            | "placed" | "confirmed" | "paid" | "unpaid" | "authorized" | "authorised"
            | "unfulfilled" | "partial" | "partiallyfulfilled" | "partiallyshipped"
            | "scheduled" | "inprogress" => OrderStatus::Open,
            "fulfilled" | "completed" | "complete" | "shipped" | "delivered" | "sent"
            | "closed" | "done" | "refunded" | "partiallyrefunded" | "restocked" => {
                OrderStatus::Fulfilled
            }
            "cancelled" | "canceled" | "failed" | "voided" | "void" | "expired" | "trash"
            | "draft" | "checkoutdraft" | "declined" | "rejected" => OrderStatus::Cancelled,
            _ => {
                self.oddities.n_unknown_status += 1;
                OrderStatus::Open
            }
        };
        (status, is_refunded)
    }

    /// Closes the order of the row that was taken or refused last.
    pub(crate) fn close_last(&mut self, out: &mut VecDeque<SourceItem>) {
        if let Some(order) = self.open.remove(&self.key) {
            self.close(order, out);
        }
    }

    /// Closes every order still open, by number.
    pub(crate) fn close_all(&mut self, out: &mut VecDeque<SourceItem>) {
        let mut orders: Vec<OpenOrder> = self.open.drain().map(|(_, order)| order).collect();
        orders.sort_by(|a, b| (&a.channel, &a.number).cmp(&(&b.channel, &b.number)));
        for order in orders {
            self.close(order, out);
        }
    }

    fn close(&mut self, mut order: OpenOrder, out: &mut VecDeque<SourceItem>) {
        let n_rows = order.lines.len() + order.refund_lines.len() + order.adjustments.len();
        self.n_rows_open -= n_rows.min(self.n_rows_open);
        self.give_products(&order, out);
        let refund_lines = std::mem::take(&mut order.refund_lines);
        let adjustments = std::mem::take(&mut order.adjustments);
        let draft = (!order.lines.is_empty()).then(|| self.order_draft(&mut order));
        let refund = self.refund_draft(&order, draft.as_ref(), refund_lines);
        out.extend(draft.map(SourceItem::Order));
        out.extend(refund.map(SourceItem::Refund));
        out.extend(adjustments.into_iter().map(SourceItem::Adjustment));
    }

    fn give_products(&mut self, order: &OpenOrder, out: &mut VecDeque<SourceItem>) {
        let lines = order.lines.iter().map(|line| (line.kind.is_product(), &line.sku));
        let refunds = order.refund_lines.iter().map(|line| (line.kind.is_product(), &line.sku));
        let stock =
            order.adjustments.iter().map(|row| (row.kind == AdjustmentKind::Stock, &row.sku));
        for (is_product, sku) in lines.chain(refunds).chain(stock) {
            if is_product {
                out.extend(self.catalogue.take_new(sku).map(SourceItem::Product));
            }
        }
    }

    fn order_draft(&mut self, order: &mut OpenOrder) -> OrderDraft {
        let mut lines = std::mem::take(&mut order.lines);
        let sums = Sums {
            lines: lines.iter().map(|line| line.total_minor).sum(),
            line_discounts: lines.iter().map(|line| line.discount_minor).sum(),
            line_taxes: lines.iter().map(|line| line.tax_minor).sum(),
        };
        let reading = reconcile::read(&order.amounts, &sums);
        self.oddities.n_unbalanced += u64::from(reading.difference_minor != 0);
        if sums.line_taxes == 0 {
            let weights: Vec<i64> = lines.iter().map(|line| line.total_minor).collect();
            let parts = split(reading.tax_contained_minor, &weights);
            lines.iter_mut().zip(parts).for_each(|(line, part)| line.tax_minor = part);
        }
        let shipping_minor = order.amounts.get(Field::Shipping).unwrap_or(0);
        let add = |sum: &mut i64, minor: i64| *sum = sum.saturating_add(minor);
        add(&mut self.money.discounts, -reading.discount_minor);
        add(&mut self.money.shipping, shipping_minor);
        add(&mut self.money.taxes, reading.tax_on_top_minor);
        OrderDraft {
            channel: order.channel.clone(),
            number: order.number.clone(),
            placed_at: order.placed_at,
            currency: order.currency,
            status: order.status,
            customer: order.customer.clone(),
            country: order.country.clone(),
            discount_codes: std::mem::take(&mut order.codes),
            discount_minor: reading.discount_minor,
            shipping_minor,
            tax_minor: reading.tax_on_top_minor,
            lines,
        }
    }

    fn refund_draft(
        &mut self,
        order: &OpenOrder,
        draft: Option<&OrderDraft>,
        mut lines: Vec<RefundLineDraft>,
    ) -> Option<RefundDraft> {
        let mut refunded_at = order.placed_at;
        if lines.is_empty() {
            let draft = draft?;
            let total = draft.total_minor();
            let refunded = order.amounts.get(Field::Refunded).filter(|&minor| minor > 0);
            let refunded = refunded.or(order.is_refunded.then_some(total)).filter(|&n| n > 0)?;
            lines = refund_lines_of(draft, refunded);
            self.money.refunds = self.money.refunds.saturating_sub(refunded);
            refunded_at = order.cancelled_at.unwrap_or(refunded_at);
        }
        let is_own = order.document == Document::Refund;
        Some(RefundDraft {
            channel: order.channel.clone(),
            number: if is_own { order.number.clone() } else { format!("{}-refund", order.number) },
            order_number: (!is_own && draft.is_some()).then(|| order.number.clone()),
            refunded_at,
            currency: order.currency,
            customer: order.customer.clone(),
            lines,
        })
    }
}

/// The order that a row belongs to, written over `key`.
pub(crate) fn key_of(row: &Row<'_>, key: &mut String) -> Result<(), Reject> {
    key.clear();
    key.push_str(row.need(Field::OrderNumber)?);
    if let Some(channel) = row.get(Field::Channel) {
        key.push('\u{1f}');
        key.push_str(channel);
    }
    Ok(())
}

fn merge_head(
    order: &mut OpenOrder,
    row: &Row<'_>,
    preset: Preset,
    oddities: &mut Oddities,
) -> Result<(), Reject> {
    if let Some(code) = row.get(Field::Currency)
        && !code.eq_ignore_ascii_case(order.currency.code())
    {
        let reason = format!("`{}` is another currency than the order's first", shown(code));
        return Err(row.columns.reject(Field::Currency, reason));
    }
    merge_customer(order, row, preset, oddities);
    if order.country.is_none() {
        order.country = row.get(Field::Country).map(str::to_owned);
    }
    for &field in Amounts::FIELDS {
        if let Some(minor) = row.minor(field, order.currency)? {
            let is_signed = matches!(field, Field::Total | Field::Subtotal);
            let minor = if is_signed { minor } else { minor.abs() };
            oddities.n_other_amount += u64::from(!order.amounts.set(field, minor));
        }
    }
    for code in row.get(Field::DiscountCode).into_iter().flat_map(|text| text.split([',', ';'])) {
        let code = code.trim();
        let code = code.strip_prefix("code:").unwrap_or(code);
        let code = code.split('|').next().unwrap_or(code).trim();
        let is_new = !code.is_empty() && !order.codes.iter().any(|known| known == code);
        if is_new && order.codes.len() < N_CODES_MAX {
            order.codes.push(code.to_owned());
        }
    }
    Ok(())
}

fn merge_customer(order: &mut OpenOrder, row: &Row<'_>, preset: Preset, oddities: &mut Oddities) {
    let id = row.get(Field::CustomerId).and_then(|id| match preset {
        Preset::Woocommerce if id == "0" => None,
        Preset::OnlineRetail => Some(id.strip_suffix(".0").unwrap_or(id)),
        _ => Some(id),
    });
    let email = row.get(Field::Email);
    match (&mut order.customer, id, email) {
        (_, None, None) => {}
        (Some(known), Some(id), _) => {
            oddities.n_other_customer += u64::from(known.external_id != id);
        }
        (Some(known), None, Some(email)) => {
            let is_same =
                known.email.as_deref().is_some_and(|known| known.eq_ignore_ascii_case(email));
            oddities.n_other_customer += u64::from(!is_same);
        }
        (none, id, email) => {
            let email_id = || email.unwrap_or_default().to_lowercase();
            *none = Some(CustomerDraft {
                external_id: id.map_or_else(email_id, str::to_owned),
                email: email.map(str::to_owned),
                name: row.get(Field::CustomerName).map(|name| crate::values::clean(name).into()),
                country: row.get(Field::Country).map(str::to_owned),
            });
        }
    }
}

fn place_of(preset: Preset, order: &OpenOrder, line: &Line<'_>) -> Place {
    let is_out = line.quantity > 0;
    if preset != Preset::OnlineRetail {
        return match (is_out, line.is_free) {
            (false, _) => Place::Refund(LineKind::Item),
            (true, true) => Place::Order(LineKind::Gift),
            (true, false) if line.unit_price_minor < 0 => Place::Order(LineKind::Discount),
            (true, false) => Place::Order(LineKind::Item),
        };
    }
    let kind = retail::kind(&line.sku);
    let has_customer = order.customer.is_some();
    match order.document {
        Document::Books => Place::Books,
        Document::Refund => Place::Refund(kind),
        Document::Invoice if line.is_free && !has_customer => {
            if kind == LineKind::Item {
                Place::Stock
            } else {
                Place::Books
            }
        }
        Document::Invoice if line.is_free && kind != LineKind::Item => {
            if is_out {
                Place::Order(not_discount(kind))
            } else {
                Place::Refund(kind)
            }
        }
        Document::Invoice if line.is_free && is_out => Place::Order(LineKind::Gift),
        Document::Invoice if line.is_free => Place::Refund(LineKind::Gift),
        Document::Invoice if !is_out => Place::Refund(kind),
        Document::Invoice if line.total_minor < 0 => Place::Order(LineKind::Discount),
        Document::Invoice => Place::Order(not_discount(kind)),
    }
}

/// A discount code that takes no money off is a fee.
fn not_discount(kind: LineKind) -> LineKind {
    if kind == LineKind::Discount { LineKind::Fee } else { kind }
}

fn add_line(
    order: &mut OpenOrder,
    line: Line<'_>,
    place: &Place,
    money: &mut MoneySums,
    catalogue: &Catalogue,
) {
    let total = line.total_minor;
    let sum = match place {
        Place::Order(LineKind::Item | LineKind::Gift) => &mut money.items,
        Place::Order(LineKind::Shipping) => &mut money.shipping,
        Place::Order(LineKind::Fee) => &mut money.fees,
        Place::Order(LineKind::Discount) => &mut money.discounts,
        Place::Refund(_) => &mut money.refunds,
        Place::Books | Place::Stock => &mut money.books,
    };
    *sum = sum.saturating_add(total);
    let title = |line: &Line<'_>| {
        if line.title.is_empty() {
            catalogue.title(&line.sku).to_owned()
        } else {
            line.title.as_ref().to_owned()
        }
    };
    match *place {
        Place::Order(kind) => order.lines.push(LineDraft {
            kind,
            title: title(&line),
            sku: line.sku.into_owned(),
            quantity: line.quantity,
            unit_price_minor: line.unit_price_minor,
            discount_minor: line.discount_minor,
            tax_minor: line.tax_minor,
            total_minor: total,
        }),
        Place::Refund(kind) => order.refund_lines.push(RefundLineDraft {
            kind,
            title: title(&line),
            sku: line.sku.into_owned(),
            quantity: (-line.quantity).max(0),
            unit_price_minor: line.unit_price_minor,
            amount_minor: -total,
        }),
        Place::Stock | Place::Books => {
            let is_stock = matches!(place, Place::Stock);
            let is_debt = line.title.to_ascii_lowercase().contains("debt");
            order.adjustments.push(AdjustmentDraft {
                channel: order.channel.clone(),
                number: order.number.clone(),
                position: i64::try_from(order.adjustments.len()).unwrap_or(i64::MAX),
                kind: if is_stock { AdjustmentKind::Stock } else { AdjustmentKind::Books },
                sku: line.sku.into_owned(),
                quantity: line.quantity,
                amount_minor: total,
                currency: order.currency,
                reason: if is_debt { "bad_debt" } else { retail::reason(&line.title) }.to_owned(),
                note: line.title.into_owned(),
                adjusted_at: order.placed_at,
            });
        }
    }
}

/// What a refund known only by its sum came to, line by line: all lines when all money was given
/// back, otherwise one line that names no product.
fn refund_lines_of(draft: &OrderDraft, refunded: i64) -> Vec<RefundLineDraft> {
    let one = |kind, sku: &str, title: &str, amount_minor| RefundLineDraft {
        kind,
        sku: sku.to_owned(),
        title: title.to_owned(),
        quantity: 0,
        unit_price_minor: 0,
        amount_minor,
    };
    if refunded < draft.total_minor() {
        return vec![one(LineKind::Discount, "refund", "Refunded amount", refunded)];
    }
    let mut weights: Vec<i64> = draft.lines.iter().map(|line| line.total_minor).collect();
    weights.push(draft.shipping_minor);
    let parts = split(refunded, &weights);
    let mut lines: Vec<RefundLineDraft> = draft
        .lines
        .iter()
        .zip(&parts)
        .map(|(line, &amount_minor)| RefundLineDraft {
            kind: line.kind,
            sku: line.sku.clone(),
            title: line.title.clone(),
            quantity: line.quantity,
            unit_price_minor: line.unit_price_minor,
            amount_minor,
        })
        .collect();
    if let Some(&amount_minor) = parts.last().filter(|&&part| part != 0) {
        lines.push(one(LineKind::Shipping, "shipping", "Shipping", amount_minor));
    }
    lines
}
