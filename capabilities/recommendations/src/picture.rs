//! The fitted picture: the engine's model and how products are called, swapped whole.

use std::collections::HashMap;

use mercer_connect::history::SalesHistory;
use mercer_recommendations_engine::model::Model;
use mercer_recommendations_engine::policy::Policy;
use mercer_snapshots::{Name, Stamp};
use serde::{Deserialize, Serialize};

use crate::gather;

/// Name and version of the picture in the database.
pub(crate) const NAME: Name = Name { name: "recommendations", version: 1 };

/// How a product is called and priced.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Named {
    pub id: String,
    pub sku: String,
    pub title: String,
    pub price_minor: i64,
}

/// What is stored.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Picture {
    pub model: Model,
    pub products: Vec<Named>,
}

impl Picture {
    pub(crate) fn fit(history: &SalesHistory, policy: &Policy) -> Self {
        let columns = gather::baskets(history);
        let model = Model::fit(&columns.view(), gather::reference_day(history), policy);
        let products = history
            .products
            .iter()
            .map(|product| Named {
                id: product.id.clone(),
                sku: product.sku.clone(),
                title: product.title.clone(),
                price_minor: product.price_minor,
            })
            .collect();
        Self { model, products }
    }
}

/// A picture ready to answer.
pub(crate) struct Loaded {
    pub picture: Picture,
    pub stamp: Stamp,
    /// Product number by id and by SKU.
    by_key: HashMap<String, u32>,
    /// The decision that stands for a product.
    pub decisions: HashMap<String, String>,
}

impl Loaded {
    pub(crate) fn new(picture: Picture, stamp: Stamp, decisions: HashMap<String, String>) -> Self {
        let mut by_key = HashMap::with_capacity(picture.products.len() * 2);
        for (number, product) in picture.products.iter().enumerate() {
            by_key.entry(product.sku.clone()).or_insert(number as u32);
        }
        for (number, product) in picture.products.iter().enumerate() {
            by_key.insert(product.id.clone(), number as u32);
        }
        Self { picture, stamp, by_key, decisions }
    }

    /// The number of a product by id or SKU.
    pub(crate) fn number(&self, id_or_sku: &str) -> Option<u32> {
        self.by_key.get(id_or_sku).copied()
    }

    /// What reasons call a product: its SKU, or its id where another product has the same SKU.
    pub(crate) fn name(&self, number: u32) -> String {
        let Some(product) = self.picture.products.get(number as usize) else {
            return "unknown".to_owned();
        };
        let is_own = self.by_key.get(&product.sku) == Some(&number);
        if is_own { product.sku.clone() } else { product.id.clone() }
    }

    /// The product that [`Loaded::name`] calls so.
    pub(crate) fn named(&self, name: &str) -> Option<&Named> {
        self.number(name).and_then(|number| self.picture.products.get(number as usize))
    }
}
