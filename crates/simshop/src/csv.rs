//! The orders as a CSV file with one row a line, as the `generic` import reads it.
//!
//! Amounts of the whole order stand on each of its rows. Refunds and corrections are left out;
//! they come with the source.

use std::io::{self, Write};

use mercer_engine_kit::money::Money;

use crate::shop::{Line, Order, Shop};

/// The header row.
pub const HEADER: &str = "order_number,placed_at,sku,title,quantity,unit_price,line_discount,\
    line_tax,line_total,category,customer_id,email,customer_name,country,currency,status,\
    discount_code,order_discount,shipping,total";

impl Shop {
    /// Writes all orders; returns the rows written, the header not counted.
    ///
    /// # Errors
    /// Whatever the writer says. Give it a buffer: there is one write a row.
    pub fn write_csv_generic(&self, out: &mut dyn Write) -> io::Result<u64> {
        writeln!(out, "{HEADER}")?;
        let mut n_rows = 0;
        for order in &self.orders {
            for line in self.lines_of(order) {
                writeln!(out, "{}", self.row(order, line))?;
                n_rows += 1;
            }
        }
        Ok(n_rows)
    }

    fn row(&self, order: &Order, line: &Line) -> String {
        let customer = &self.customers[order.customer as usize];
        let known = |text: &str| if customer.is_guest { String::new() } else { quoted(text) };
        let product = &self.products[line.product as usize];
        let cells = [
            order.number.clone(),
            order.placed_at.to_string(),
            quoted(&product.variants[line.variant as usize].sku),
            quoted(&self.line_title(line.product, line.variant)),
            line.quantity.to_string(),
            self.amount(line.unit_price_minor),
            self.amount(line.discount_minor),
            self.amount(line.tax_minor),
            self.amount(line.total_minor),
            quoted(product.category),
            known(&customer.external_id),
            known(&customer.email),
            known(&customer.name),
            customer.country.to_owned(),
            self.config.currency.code().to_owned(),
            order.status.name().to_owned(),
            order.discount_code.unwrap_or("").to_owned(),
            self.amount(order.discount_minor),
            self.amount(order.shipping_minor),
            self.amount(self.total_minor(order)),
        ];
        cells.join(",")
    }

    /// Major units without the currency: "12.95".
    fn amount(&self, minor: i64) -> String {
        let text = Money::new(minor, self.config.currency).to_string();
        text.split(' ').next().unwrap_or_default().to_owned()
    }
}

/// A cell by RFC 4180.
fn quoted(text: &str) -> String {
    if text.contains(['"', ',', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}
