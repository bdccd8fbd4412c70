//! A record seen through the mapping: fields by meaning, checked to be text.
//!
//! Knows lines, not orders: what a row adds to its order is decided in `order`.

use std::borrow::Cow;

use mercer_connect::source::N_KEY_BYTES_MAX;
use mercer_engine_kit::money::{Currency, Rounding};

/// Longest field of a row, in bytes: it may become a key, and a refund's number is longer than its
/// order's.
const N_FIELD_BYTES_MAX: usize = N_KEY_BYTES_MAX - 100;

use crate::fields::{Field, Mapped};
use crate::records::{N_COLUMNS_MAX, N_RECORD_BYTES_MAX, Next, Record};
use crate::rejects::Reject;
use crate::values;

/// Index of each field's column.
#[derive(Debug, Clone)]
pub(crate) struct Columns {
    index: Vec<Option<usize>>,
    n_columns: usize,
}

impl Columns {
    pub(crate) fn new(mapping: &[Mapped], n_columns: usize) -> Self {
        let mut index = vec![None; Field::ALL.len()];
        for mapped in mapping {
            index[mapped.field as usize] = mapped.index;
        }
        Self { index, n_columns }
    }

    pub(crate) fn has(&self, field: Field) -> bool {
        self.index[field as usize].is_some()
    }

    pub(crate) fn reject(&self, field: Field, reason: impl Into<String>) -> Reject {
        Reject { column: self.index[field as usize], reason: reason.into() }
    }

    /// The record as a row, if all of it is text of sane size.
    pub(crate) fn row<'a>(&'a self, next: Next, record: &'a Record) -> Result<Row<'a>, Reject> {
        let whole = |reason: String| Reject { column: None, reason };
        match next {
            Next::TooLong => {
                return Err(whole(format!(
                    "the row is longer than {N_RECORD_BYTES_MAX} bytes; a quotation mark may be \
                     missing its partner"
                )));
            }
            Next::TooWide => {
                return Err(whole(format!("the row has more than {N_COLUMNS_MAX} columns")));
            }
            Next::Record | Next::End => {}
        }
        let bytes = record.joined();
        if record.fields().all(|field| field.trim_ascii().is_empty()) {
            return Err(whole("the row is empty".to_owned()));
        }
        if !bytes.is_ascii() {
            let bad = record.fields().position(|field| std::str::from_utf8(field).is_err());
            if let Some(column) = bad {
                let reason = "is not UTF-8; if the file comes from Windows, try --encoding \
                              windows-1252";
                return Err(Reject { column: Some(column), reason: reason.to_owned() });
            }
        }
        if bytes.contains(&0) {
            let column = record.fields().position(|field| field.contains(&0));
            return Err(Reject { column, reason: "has a NUL character".to_owned() });
        }
        let has_more = (self.n_columns..record.len()).any(|i| !record.field(i).is_empty());
        if record.len() < self.n_columns || has_more {
            return Err(whole(format!(
                "the row has {} columns, the header {}",
                record.len(),
                self.n_columns
            )));
        }
        if bytes.len() > N_FIELD_BYTES_MAX {
            let is_long = |index: &usize| record.field(*index).len() > N_FIELD_BYTES_MAX;
            if let Some(column) = self.index.iter().flatten().copied().find(is_long) {
                let reason = format!("is longer than {N_FIELD_BYTES_MAX} bytes");
                return Err(Reject { column: Some(column), reason });
            }
        }
        Ok(Row { record, columns: self })
    }
}

/// A record with known columns.
#[derive(Clone, Copy)]
pub(crate) struct Row<'a> {
    record: &'a Record,
    pub(crate) columns: &'a Columns,
}

/// What a row says about its line, in minor units.
pub(crate) struct Line<'a> {
    pub(crate) sku: Cow<'a, str>,
    pub(crate) title: Cow<'a, str>,
    pub(crate) quantity: i64,
    pub(crate) is_free: bool,
    pub(crate) unit_price_minor: i64,
    pub(crate) discount_minor: i64,
    pub(crate) tax_minor: i64,
    pub(crate) total_minor: i64,
}

impl<'a> Row<'a> {
    /// The field's text, trimmed; none where it is empty or has no column.
    pub(crate) fn get(&self, field: Field) -> Option<&'a str> {
        let index = self.columns.index[field as usize]?;
        let text = std::str::from_utf8(self.record.field(index)).ok()?.trim();
        (!text.is_empty()).then_some(text)
    }

    /// The field's text.
    pub(crate) fn need(&self, field: Field) -> Result<&'a str, Reject> {
        self.get(field).ok_or_else(|| self.columns.reject(field, "is empty"))
    }

    /// The field's amount in minor units, if there is one.
    pub(crate) fn minor(&self, field: Field, currency: Currency) -> Result<Option<i64>, Reject> {
        let Some(text) = self.get(field) else { return Ok(None) };
        values::amount(text, currency)
            .and_then(|amount| values::minor(amount, 1, currency))
            .map(Some)
            .map_err(|reason| self.columns.reject(field, reason))
    }

    /// SKU and clean title; the title stands in for an empty SKU.
    pub(crate) fn product(&self) -> Result<(Cow<'a, str>, Cow<'a, str>), Reject> {
        let title = self.get(Field::Title).map_or(Cow::Borrowed(""), values::clean);
        match self.get(Field::Sku) {
            Some(sku) => Ok((Cow::Borrowed(sku), title)),
            None if title.is_empty() => {
                let field = if self.columns.has(Field::Sku) { Field::Sku } else { Field::Title };
                Err(self.columns.reject(field, "is empty: the row names no product"))
            }
            None => Ok((title.clone(), title)),
        }
    }

    /// The row's line.
    pub(crate) fn line(&self, currency: Currency) -> Result<Line<'a>, Reject> {
        let (sku, title) = self.product()?;
        let quantity = values::quantity(self.need(Field::Quantity)?)
            .map_err(|reason| self.columns.reject(Field::Quantity, reason))?;
        if quantity == 0 {
            return Err(self.columns.reject(Field::Quantity, "is 0: the row moves nothing"));
        }
        let price = match self.get(Field::UnitPrice) {
            Some(text) => Some(
                values::amount(text, currency)
                    .map_err(|reason| self.columns.reject(Field::UnitPrice, reason))?,
            ),
            None => None,
        };
        let given = self.minor(Field::LineTotal, currency)?;
        let discount = self.minor(Field::LineDiscount, currency)?.unwrap_or(0).abs();
        let tax_minor = self.minor(Field::LineTax, currency)?.unwrap_or(0).abs();
        let given = given.map(|total| if quantity < 0 { -total.abs() } else { total });
        let too_large = |reason| self.columns.reject(Field::UnitPrice, reason);
        let (gross, unit_price_minor, is_free) = match (price, given) {
            (Some(price), _) => (
                values::minor(price, quantity, currency).map_err(too_large)?,
                values::minor(price, 1, currency).map_err(too_large)?,
                price.is_zero() && given.unwrap_or(0) == 0,
            ),
            (None, Some(total)) => {
                let gross = if quantity < 0 { total - discount } else { total + discount };
                let unit = Rounding::HalfUp.divide(i128::from(gross), i128::from(quantity));
                let unit = unit.and_then(|unit| i64::try_from(unit).ok()).unwrap_or(0);
                (gross, unit, total == 0)
            }
            (None, None) => {
                let field = if self.columns.has(Field::UnitPrice) {
                    Field::UnitPrice
                } else {
                    Field::LineTotal
                };
                return Err(self.columns.reject(field, "is empty: the row has no price"));
            }
        };
        let (total_minor, discount_minor) = match given {
            // What the total is short of quantity × price was a discount.
            Some(total) if quantity > 0 && gross > total => (total, gross - total),
            Some(total) => (total, discount),
            None if quantity < 0 => (gross + discount, discount),
            None => (gross - discount, discount),
        };
        Ok(Line {
            sku,
            title,
            quantity,
            is_free,
            unit_price_minor,
            discount_minor,
            tax_minor,
            total_minor,
        })
    }
}
