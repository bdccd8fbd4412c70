//! What a file says about its products: the most frequent good title and price of each SKU.
//!
//! Does not merge SKUs that differ by case: whether `85123a` is `85123A` is the shop's to say.

use std::collections::HashMap;

use mercer_connect::source::{ProductDraft, SourceError, VariantDraft};

use crate::input::unusable;
use crate::retail;

/// Most products of one file: five times the largest catalogue that a shop platform allows.
pub const N_PRODUCTS_MAX: usize = 500_000;
/// Most titles, and most prices, counted per product; later new ones do not count. A product of
/// the wholesale year that we test on has at most a dozen.
const N_SPELLINGS_MAX: usize = 32;

#[derive(Debug, Default)]
struct Product {
    titles: Vec<Title>,
    prices: Vec<(i64, u32)>,
    category: Option<Box<str>>,
    is_given: bool,
}

#[derive(Debug)]
struct Title {
    text: Box<str>,
    n_priced: u32,
    n_free: u32,
}

/// One row's word about a product.
pub(crate) struct Mention<'a> {
    pub(crate) sku: &'a str,
    /// Clean title, possibly empty.
    pub(crate) title: &'a str,
    pub(crate) category: Option<&'a str>,
    /// Price of one unit in minor units, where above zero.
    pub(crate) price_minor: Option<i64>,
}

/// Products by SKU.
#[derive(Debug, Default)]
pub(crate) struct Catalogue {
    products: HashMap<Box<str>, Product>,
    /// Whether notes stand among the titles, as in `online-retail`.
    pub(crate) has_remarks: bool,
}

impl Catalogue {
    /// Counts one row.
    ///
    /// # Errors
    /// More products than [`N_PRODUCTS_MAX`].
    pub(crate) fn add(&mut self, row: &Mention<'_>, file: &str) -> Result<(), SourceError> {
        if !self.products.contains_key(row.sku) {
            if self.products.len() >= N_PRODUCTS_MAX {
                return Err(unusable(format!(
                    "`{file}` has more than {N_PRODUCTS_MAX} products; check that --map sku: names \
                     the right column, or split the file"
                )));
            }
            self.products.insert(row.sku.into(), Product::default());
        }
        let Some(product) = self.products.get_mut(row.sku) else { return Ok(()) };
        let is_priced = row.price_minor.is_some();
        if !row.title.is_empty() {
            let has_room = product.titles.len() < N_SPELLINGS_MAX;
            match product.titles.iter_mut().find(|title| &*title.text == row.title) {
                Some(title) if is_priced => title.n_priced = title.n_priced.saturating_add(1),
                Some(title) => title.n_free = title.n_free.saturating_add(1),
                None if has_room => product.titles.push(Title {
                    text: row.title.into(),
                    n_priced: u32::from(is_priced),
                    n_free: u32::from(!is_priced),
                }),
                None => {}
            }
        }
        if let Some(minor) = row.price_minor {
            let has_room = product.prices.len() < N_SPELLINGS_MAX;
            match product.prices.iter_mut().find(|(price, _)| *price == minor) {
                Some((_, n)) => *n = n.saturating_add(1),
                None if has_room => product.prices.push((minor, 1)),
                None => {}
            }
        }
        if product.category.is_none() {
            product.category = row.category.map(Into::into);
        }
        Ok(())
    }

    /// The product's best title; its SKU when the file has none.
    pub(crate) fn title<'a>(&'a self, sku: &'a str) -> &'a str {
        self.products.get(sku).map_or(sku, |product| self.title_of(product).unwrap_or(sku))
    }

    fn title_of<'a>(&self, product: &'a Product) -> Option<&'a str> {
        let rank = |title: &Title| {
            let is_good = !self.has_remarks || retail::is_good_title(&title.text);
            match (is_good, title.n_priced) {
                (true, 0) => (2, title.n_free),
                (true, n) => (3, n),
                (false, 0) => (0, 0),
                (false, n) => (1, n),
            }
        };
        let mut best: Option<&Title> = None;
        for title in product.titles.iter().filter(|title| rank(title).0 > 0) {
            if best.is_none_or(|best| rank(title) > rank(best)) {
                best = Some(title);
            }
        }
        best.map(|title| &*title.text)
    }

    /// The product, the first time that it is asked for.
    pub(crate) fn take_new(&mut self, sku: &str) -> Option<ProductDraft> {
        let product = self.products.get_mut(sku)?;
        if std::mem::replace(&mut product.is_given, true) {
            return None;
        }
        let product = self.products.get(sku)?;
        let mut price: Option<(i64, u32)> = None;
        for &(minor, n) in &product.prices {
            if price.is_none_or(|(_, most)| n >= most) {
                price = Some((minor, n));
            }
        }
        Some(ProductDraft {
            external_id: sku.to_owned(),
            title: self.title_of(product).unwrap_or(sku).to_owned(),
            category: product.category.as_deref().map(str::to_owned),
            variants: vec![VariantDraft {
                sku: sku.to_owned(),
                title: None,
                price_minor: price.map(|(minor, _)| minor),
            }],
        })
    }
}
