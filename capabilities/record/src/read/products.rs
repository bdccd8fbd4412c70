//! Products: the list and one product.

use jiff::Timestamp;
use mercer_db::{Conditions, DbError, Direction, Row, Tx, params};
use mercer_http::page::Keyed;
use serde::Serialize;
use utoipa::ToSchema;

use super::instant;
use crate::RecordError;

/// A row of the list of products.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ProductRow {
    /// `prd_…`.
    pub id: String,
    /// SKU of its first variant.
    pub sku: String,
    /// What the shop calls it.
    pub title: String,
    /// Category, if told.
    pub category: Option<String>,
    /// Latest price, minor units.
    pub price_minor: Option<i64>,
    /// Currency of its amounts.
    pub currency: String,
    /// Orders that contain it.
    pub n_orders: i64,
    /// Units sold, refunded ones included.
    pub n_units: i64,
    /// Sales less refunds, minor units.
    pub revenue_minor: i64,
    /// When it was sold last.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_sold_at: Option<Timestamp>,
}

/// A variant of a product.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Variant {
    /// `var_…`.
    pub id: String,
    /// SKU.
    pub sku: String,
    /// What tells it from its siblings.
    pub title: Option<String>,
    /// Latest price, minor units.
    pub price_minor: Option<i64>,
}

/// One product.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Product {
    /// What the list shows.
    #[serde(flatten)]
    pub row: ProductRow,
    /// Its variants.
    pub variants: Vec<Variant>,
    /// When it was sold first.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub first_sold_at: Option<Timestamp>,
    /// Units that came back.
    pub n_units_refunded: i64,
    /// Codes of the channels it is sold through.
    pub channels: Vec<String>,
}

/// Order of the list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ProductSort {
    /// Most revenue first.
    #[default]
    Revenue,
    /// Most units first.
    Units,
    /// Sold last first.
    LastSold,
    /// By name.
    Title,
}

/// Which products to list.
#[derive(Debug, Clone, Default)]
pub struct ProductFilter {
    /// Words in the title or SKU.
    pub text: Option<String>,
    /// Order of the list.
    pub sort: ProductSort,
    /// Sort value and id of the last one seen.
    pub after: Option<(serde_json::Value, String)>,
}

const COLUMNS: &str = "p.id, v.sku, p.title, p.category, v.price_minor, h.currency, s.n_orders, \
    s.n_units, s.revenue_minor, s.last_sold_at";
const FROM: &str = "FROM product_stats s JOIN products p ON p.id = s.product_id \
    JOIN channels h ON h.id = p.channel_id \
    LEFT JOIN variants v ON v.product_id = p.id AND v.position = 0";

fn row_of(row: &Row) -> Result<ProductRow, DbError> {
    Ok(ProductRow {
        id: row.get(0)?,
        sku: row.get::<Option<String>>(1)?.unwrap_or_default(),
        title: row.get(2)?,
        category: row.get(3)?,
        price_minor: row.get(4)?,
        currency: row.get(5)?,
        n_orders: row.get(6)?,
        n_units: row.get(7)?,
        revenue_minor: row.get(8)?,
        last_sold_at: instant(row, 9)?,
    })
}

/// A page of products with the sort value of each.
///
/// # Errors
/// The database's.
pub fn list(
    tx: &mut Tx<'_>,
    filter: &ProductFilter,
    n_max: usize,
) -> Result<Vec<Keyed<serde_json::Value, ProductRow>>, RecordError> {
    let (sort, direction) = match filter.sort {
        ProductSort::Revenue => ("s.revenue_minor", Direction::Falling),
        ProductSort::Units => ("s.n_units", Direction::Falling),
        ProductSort::LastSold => ("COALESCE(s.last_sold_at, 0)", Direction::Falling),
        ProductSort::Title => ("p.title", Direction::Rising),
    };
    let mut conditions = Conditions::default();
    conditions.add_search("p.search_text", filter.text.as_deref());
    let after = filter.after.as_ref().map(|(value, id)| {
        let value = match value {
            serde_json::Value::String(text) => mercer_db::Value::from(text),
            other => mercer_db::Value::from(other.as_i64().unwrap_or_default()),
        };
        (value, id.clone())
    });
    let is_text = matches!(&after, Some((mercer_db::Value::Text(_), _)));
    // A cursor of another order: begin anew rather than compare text with numbers.
    let after = after.filter(|_| is_text == (filter.sort == ProductSort::Title));
    conditions.add_after((sort, "p.id"), direction, after);
    let limit = conditions.value(n_max as i64);
    let way = direction.sql();
    let sql = format!(
        "SELECT {COLUMNS} {FROM} {} ORDER BY {sort} {way}, p.id {way} LIMIT {limit}",
        conditions.sql()
    );
    let rows = tx.fetch(&sql, conditions.values())?;
    rows.iter()
        .map(|row| {
            let product = row_of(row)?;
            let value = match filter.sort {
                ProductSort::Revenue => product.revenue_minor.into(),
                ProductSort::Units => product.n_units.into(),
                ProductSort::LastSold => row.get::<Option<i64>>(9)?.unwrap_or(0).into(),
                ProductSort::Title => product.title.clone().into(),
            };
            Ok(((value, product.id.clone()), product))
        })
        .collect()
}

/// How many products match a search.
///
/// # Errors
/// The database's.
pub fn count(tx: &mut Tx<'_>, text: Option<&str>) -> Result<i64, RecordError> {
    let mut conditions = Conditions::default();
    conditions.add_search("p.search_text", text);
    let sql = format!("SELECT COUNT(*) FROM products p {}", conditions.sql());
    Ok(tx.fetch_value(&sql, conditions.values())?)
}

/// The id of a product from its id or a SKU.
///
/// # Errors
/// The database's.
pub fn resolve(tx: &mut Tx<'_>, id_or_sku: &str) -> Result<Option<String>, RecordError> {
    let row = tx.fetch_optional(
        "SELECT id FROM products WHERE id = $1
         UNION ALL SELECT product_id FROM variants WHERE sku = $1 LIMIT 1",
        params![id_or_sku],
    )?;
    row.map(|row| Ok(row.get(0)?)).transpose()
}

/// One product, by its id or a SKU.
///
/// # Errors
/// The database's.
pub fn find(tx: &mut Tx<'_>, id_or_sku: &str) -> Result<Option<Product>, RecordError> {
    let Some(id) = resolve(tx, id_or_sku)? else { return Ok(None) };
    let row = tx.fetch_optional(
        &format!(
            "SELECT {COLUMNS}, s.first_sold_at, s.n_units_refunded, h.code {FROM} WHERE p.id = $1"
        ),
        params![&id],
    )?;
    let Some(row) = row else { return Ok(None) };
    let variants = tx.fetch(
        "SELECT id, sku, title, price_minor FROM variants WHERE product_id = $1 ORDER BY position",
        params![&id],
    )?;
    let variant_of = |row: &Row| {
        Ok::<_, DbError>(Variant {
            id: row.get(0)?,
            sku: row.get(1)?,
            title: row.get(2)?,
            price_minor: row.get(3)?,
        })
    };
    Ok(Some(Product {
        row: row_of(&row)?,
        variants: variants.iter().map(variant_of).collect::<Result<_, _>>()?,
        first_sold_at: instant(&row, 10)?,
        n_units_refunded: row.get(11)?,
        channels: vec![row.get(12)?],
    }))
}
