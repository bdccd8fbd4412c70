//! `mercer quote`: what a cart costs, and why.

use anyhow::{Result, anyhow, bail};
use mercer_promotions::quote::{LineAsk, QuoteAsk, QuoteView, ShippingAsk};

use crate::cli;
use crate::output::{self, money};
use crate::shop::Shop;

pub(super) fn run(shop: &Shop, ask: &cli::Quote, json: bool) -> Result<()> {
    let lines = ask.cart.iter().map(|line| line_of(line)).collect::<Result<Vec<_>>>()?;
    let ask = QuoteAsk {
        channel: ask.channel.clone(),
        customer_id: ask.customer.clone(),
        anonymous_id: None,
        lines,
        coupons: ask.coupons.clone(),
        points: ask.points,
        shipping: ask.shipping_minor.map(|amount_minor| ShippingAsk {
            method: ask.shipping_method.clone(),
            amount_minor,
            tax_basis_points: None,
        }),
        country: ask.country.clone(),
    };
    let quote = shop.offers.quotes.price(&ask).map_err(|error| anyhow!("{error}"))?;
    if json {
        return output::json(&quote);
    }
    print(&quote);
    Ok(())
}

/// `SKU` or `SKU=QUANTITY`; a SKU may itself contain an equals sign.
fn line_of(text: &str) -> Result<LineAsk> {
    let (sku, quantity) = match text.rsplit_once('=') {
        Some((sku, quantity)) => match quantity.trim().parse() {
            Ok(quantity) => (sku, quantity),
            Err(_) => {
                bail!("`{text}`: write a line of the cart as SKU=QUANTITY, such as 85123A=12")
            }
        },
        None => (text, 1),
    };
    Ok(LineAsk {
        sku: sku.trim().to_owned(),
        quantity,
        unit_price_minor: None,
        currency: None,
        tax_basis_points: None,
        tags: Vec::new(),
    })
}

fn print(quote: &QuoteView) {
    let price = &quote.price;
    let amount = |minor| money(minor, &price.currency);
    let rows = price.lines.iter().map(|line| {
        let taken =
            line.discounts.iter().map(|one| format!("{} {}", one.name, amount(one.amount_minor)));
        vec![
            line.sku.clone(),
            line.title.clone().unwrap_or_default(),
            line.quantity.to_string(),
            amount(line.list_minor),
            taken.collect::<Vec<_>>().join(", "),
            amount(line.net_minor),
        ]
    });
    output::table(&["SKU", "Product", "Units", "List price", "Taken off", "To pay"], rows);
    if let Some(shipping) = &price.shipping {
        output::line(format!("Shipping, {}: {}", shipping.method, amount(shipping.net_minor)));
    }
    for gift in &price.gifts {
        output::line(format!("Gift: {} × {}", gift.quantity, gift.sku));
    }
    output::line(format!("To pay: {}", amount(price.total_minor)));
    for reason in &quote.reasons {
        output::line(&reason.sentence);
    }
    for step in &price.next_steps {
        output::line(&step.sentence);
    }
    output::line(format!("Quote {}, good until {}", quote.id, quote.expires_at));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_sku_with_or_without_a_quantity() {
        let read = |text: &str| line_of(text).map(|line| (line.sku, line.quantity));
        assert_eq!(read("85123A").unwrap(), ("85123A".to_owned(), 1));
        assert_eq!(read("A=B=12").unwrap(), ("A=B".to_owned(), 12));
        assert_eq!(read(" 71053 = 3 ").unwrap(), ("71053".to_owned(), 3));
        assert!(read("71053=many").is_err());
    }
}
