//! Products, SKUs and customers of a batch.

use jiff::Timestamp;
use mercer_connect::source::{CustomerDraft, LineKind, ProductDraft, SourceItem, VariantDraft};
use mercer_core::fact::NewFact;
use mercer_core::id::{CustomerKind, Id, ProductKind, VariantKind};
use mercer_db::params;
use serde_json::json;

use super::{Batch, Change, content_hash};
use crate::RecordError;

impl Batch<'_, '_> {
    /// Learns which SKUs of the batch exist already.
    pub(super) fn look_up_skus(&mut self, items: &[SourceItem]) -> Result<(), RecordError> {
        let mut by_channel: std::collections::BTreeMap<&str, Vec<&str>> = Default::default();
        for item in items {
            match item {
                SourceItem::Order(draft) => by_channel.entry(&draft.channel).or_default().extend(
                    draft.lines.iter().filter(|l| l.kind.is_product()).map(|l| l.sku.as_str()),
                ),
                SourceItem::Refund(draft) => by_channel.entry(&draft.channel).or_default().extend(
                    draft.lines.iter().filter(|l| l.kind.is_product()).map(|l| l.sku.as_str()),
                ),
                SourceItem::Adjustment(draft) => {
                    by_channel.entry(&draft.channel).or_default().push(&draft.sku);
                }
                SourceItem::Product(_) => {}
            }
        }
        for (code, mut skus) in by_channel {
            let channel = self.channel(code)?;
            skus.sort_unstable();
            skus.dedup();
            skus.retain(|sku| self.sku(&channel.id, sku).is_none());
            let rows = self.tx.fetch_by_keys(
                "SELECT sku, product_id FROM variants WHERE channel_id = $1 AND sku IN ({{keys}})",
                params![&channel.id],
                &skus,
            )?;
            for row in rows {
                self.learnt.skus.insert((channel.id.clone(), row.get(0)?), row.get(1)?);
            }
        }
        Ok(())
    }

    /// Learns which customers of the batch exist already.
    pub(super) fn look_up_customers(&mut self, items: &[SourceItem]) -> Result<(), RecordError> {
        let mut by_channel: std::collections::BTreeMap<&str, Vec<&str>> = Default::default();
        for item in items {
            let (channel, customer) = match item {
                SourceItem::Order(draft) => (&draft.channel, &draft.customer),
                SourceItem::Refund(draft) => (&draft.channel, &draft.customer),
                SourceItem::Product(_) | SourceItem::Adjustment(_) => continue,
            };
            if let Some(customer) = customer {
                by_channel.entry(channel).or_default().push(&customer.external_id);
            }
        }
        for (code, mut ids) in by_channel {
            let channel = self.channel(code)?;
            ids.sort_unstable();
            ids.dedup();
            ids.retain(|id| self.customer(&channel.id, id).is_none());
            let rows = self.tx.fetch_by_keys(
                "SELECT external_id, id, content_hash FROM customers
                 WHERE channel_id = $1 AND external_id IN ({{keys}})",
                params![&channel.id],
                &ids,
            )?;
            for row in rows {
                let known = (row.get(1)?, row.get(2)?);
                self.learnt.customers.insert((channel.id.clone(), row.get(0)?), known);
            }
        }
        Ok(())
    }

    /// Keeps the products of the batch. A product's channel is the only one of the batch's
    /// orders, or the one the source gives its products in.
    pub(super) fn keep_products(
        &mut self,
        items: &[SourceItem],
        results: &mut [Option<(String, Change)>],
    ) -> Result<(), RecordError> {
        let code = self.product_channel(items);
        for (item, result) in items.iter().zip(results) {
            if let SourceItem::Product(draft) = item {
                let channel_id = self.channel(&code)?.id;
                *result = Some(self.keep_product(&channel_id, draft)?);
            }
        }
        Ok(())
    }

    fn product_channel(&self, items: &[SourceItem]) -> String {
        let named = items.iter().find_map(|item| match item {
            SourceItem::Order(draft) => Some(draft.channel.clone()),
            SourceItem::Refund(draft) => Some(draft.channel.clone()),
            SourceItem::Adjustment(draft) => Some(draft.channel.clone()),
            SourceItem::Product(_) => None,
        });
        named.unwrap_or_else(|| self.defaults.channel.clone())
    }

    pub(super) fn keep_product(
        &mut self,
        channel_id: &str,
        draft: &ProductDraft,
    ) -> Result<(String, Change), RecordError> {
        let hash = content_hash(draft);
        let row = self.tx.fetch_optional(
            "SELECT id, content_hash FROM products WHERE channel_id = $1 AND external_id = $2",
            params![channel_id, &draft.external_id],
        )?;
        let (id, change) = match row {
            Some(row) if row.str(1) == hash => (row.get::<String>(0)?, Change::Unchanged),
            Some(row) => (row.get::<String>(0)?, Change::Changed),
            None => {
                let key = [channel_id, &draft.external_id];
                let id = Id::<ProductKind>::derive(Timestamp::UNIX_EPOCH, &key).to_string();
                (id, Change::Created)
            }
        };
        if change != Change::Unchanged {
            self.write_product(channel_id, &id, &hash, draft)?;
            self.write_variants(channel_id, &id, &draft.variants)?;
            let kind =
                if change == Change::Created { "product.created" } else { "product.changed" };
            self.facts.push(NewFact {
                kind,
                subject: id.clone(),
                occurred_at: self.now,
                payload: json!({ "external_id": draft.external_id }),
            });
            match change {
                Change::Created => self.kept.products_created.insert(id.clone()),
                _ => self.kept.products_changed.insert(id.clone()),
            };
            self.deltas.touch_product(&id);
        }
        for variant in &draft.variants {
            let key = (channel_id.to_owned(), variant.sku.clone());
            self.learnt.skus.insert(key, id.clone());
        }
        Ok((id, change))
    }

    fn write_product(
        &mut self,
        channel_id: &str,
        id: &str,
        hash: &str,
        draft: &ProductDraft,
    ) -> Result<(), RecordError> {
        let skus: Vec<&str> = draft.variants.iter().map(|v| v.sku.as_str()).collect();
        let search_text = format!("{}\n{}", draft.title, skus.join("\n")).to_lowercase();
        self.tx.execute(
            "INSERT INTO products (id, channel_id, external_id, title, category, search_text,
                                   content_hash)
             VALUES ($1, $2, $3, $4, $5, $6, $7)
             ON CONFLICT (channel_id, external_id) DO UPDATE SET title = excluded.title,
               category = excluded.category, search_text = excluded.search_text,
               content_hash = excluded.content_hash",
            params![
                id,
                channel_id,
                &draft.external_id,
                cut(&draft.title),
                draft.category.clone(),
                search_text,
                hash
            ],
        )?;
        Ok(())
    }

    fn write_variants(
        &mut self,
        channel_id: &str,
        product_id: &str,
        variants: &[VariantDraft],
    ) -> Result<(), RecordError> {
        self.tx.execute("DELETE FROM variants WHERE product_id = $1", params![product_id])?;
        for (position, variant) in variants.iter().enumerate() {
            let id = Id::<VariantKind>::derive(Timestamp::UNIX_EPOCH, &[channel_id, &variant.sku]);
            self.tx.execute(
                "INSERT INTO variants (id, product_id, channel_id, sku, title, price_minor, position)
                 VALUES ($1, $2, $3, $4, $5, $6, $7)
                 ON CONFLICT (channel_id, sku) DO UPDATE SET product_id = excluded.product_id,
                   title = excluded.title, price_minor = excluded.price_minor,
                   position = excluded.position",
                params![
                    id.to_string(),
                    product_id,
                    channel_id,
                    &variant.sku,
                    variant.title.clone(),
                    variant.price_minor,
                    position as i64
                ],
            )?;
        }
        Ok(())
    }

    /// The product of a line; one that the source never described is made from the line.
    pub(super) fn product_of_line(
        &mut self,
        channel_id: &str,
        kind: LineKind,
        (sku, title, price_minor): (&str, &str, i64),
    ) -> Result<Option<String>, RecordError> {
        if !kind.is_product() {
            return Ok(None);
        }
        if let Some(id) = self.sku(channel_id, sku) {
            return Ok(Some(id.clone()));
        }
        let row = self.tx.fetch_optional(
            "SELECT id FROM products WHERE channel_id = $1 AND external_id = $2",
            params![channel_id, sku],
        )?;
        if let Some(row) = row {
            // The product's own number, or a variant that its source has dropped since.
            let id: String = row.get(0)?;
            self.learnt.skus.insert((channel_id.to_owned(), sku.to_owned()), id.clone());
            return Ok(Some(id));
        }
        let title = if title.trim().is_empty() { sku } else { title };
        let draft = ProductDraft {
            external_id: sku.to_owned(),
            title: title.to_owned(),
            category: None,
            variants: vec![VariantDraft {
                sku: sku.to_owned(),
                title: None,
                price_minor: (price_minor > 0).then_some(price_minor),
            }],
        };
        self.keep_product(channel_id, &draft).map(|(id, _)| Some(id))
    }

    /// The customer of a draft, made or updated from it; what the draft leaves out is kept.
    pub(super) fn keep_customer(
        &mut self,
        channel_id: &str,
        draft: &CustomerDraft,
        at: Timestamp,
    ) -> Result<String, RecordError> {
        let known = self.customer(channel_id, &draft.external_id).cloned();
        let Some((id, old)) = known else {
            let key = [channel_id, &draft.external_id];
            let id = Id::<CustomerKind>::derive(at, &key).to_string();
            self.write_customer(channel_id, &id, draft)?;
            self.customer_fact("customer.created", &id, at);
            self.kept.customers_created.insert(id.clone());
            let key = (channel_id.to_owned(), draft.external_id.clone());
            self.kept.customer_keys_created.insert(key);
            self.deltas.touch_customer(&id);
            return Ok(id);
        };
        if old == content_hash(draft) {
            return Ok(id);
        }
        let merged = self.merged_customer(&id, draft)?;
        if old != content_hash(&merged) {
            self.write_customer(channel_id, &id, &merged)?;
            self.customer_fact("customer.changed", &id, at);
        }
        Ok(id)
    }

    /// The draft with what it leaves out filled in from the table.
    fn merged_customer(
        &mut self,
        id: &str,
        draft: &CustomerDraft,
    ) -> Result<CustomerDraft, RecordError> {
        let row = self.tx.fetch_optional(
            "SELECT email, name, country FROM customers WHERE id = $1",
            params![id],
        )?;
        let Some(row) = row else { return Ok(draft.clone()) };
        let CustomerDraft { external_id, email, name, country } = draft.clone();
        Ok(CustomerDraft {
            external_id,
            email: email.map_or_else(|| row.get(0), |text| Ok(Some(text)))?,
            name: name.map_or_else(|| row.get(1), |text| Ok(Some(text)))?,
            country: country.map_or_else(|| row.get(2), |text| Ok(Some(text)))?,
        })
    }

    fn write_customer(
        &mut self,
        channel_id: &str,
        id: &str,
        draft: &CustomerDraft,
    ) -> Result<(), RecordError> {
        let CustomerDraft { external_id, email, name, country } = draft;
        let search_text = [Some(external_id), name.as_ref(), email.as_ref()]
            .into_iter()
            .flatten()
            .map(|text| text.to_lowercase())
            .collect::<Vec<_>>()
            .join("\n");
        let hash = content_hash(draft);
        self.tx.execute(
            "INSERT INTO customers (id, channel_id, external_id, email, name, country, search_text,
                                    content_hash)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
             ON CONFLICT (channel_id, external_id) DO UPDATE SET email = excluded.email,
               name = excluded.name, country = excluded.country,
               search_text = excluded.search_text, content_hash = excluded.content_hash",
            params![
                id,
                channel_id,
                external_id,
                email.clone(),
                name.clone(),
                country.clone(),
                search_text,
                &hash
            ],
        )?;
        let key = (channel_id.to_owned(), external_id.clone());
        self.learnt.customers.insert(key, (id.to_owned(), hash));
        Ok(())
    }

    fn customer_fact(&mut self, kind: &'static str, id: &str, at: Timestamp) {
        self.facts.push(NewFact {
            kind,
            subject: id.to_owned(),
            occurred_at: at,
            payload: json!({}),
        });
    }
}

/// A title as lists show and sort it: as much of it as an index holds. Order lines keep it whole.
fn cut(title: &str) -> &str {
    &title[..title.floor_char_boundary(mercer_connect::source::N_KEY_BYTES_MAX)]
}
