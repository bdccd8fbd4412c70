//! Orders that clients write over HTTP, what the server acknowledged, and whether it kept that.
//!
//! The check works everything out from the drafts and plain tables; it shares no code with the
//! record.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::Result;

use mercer_db::{Db, DbError, Row, Tx};
use serde_json::{Value, json};

use super::http::{Answer, Ask, ask};
use super::retail::Dice;

/// Customers and products of the drafts: few, so that their figures change with most orders.
const N_PARTIES: u64 = 20;

/// A client with its own order numbers, which it sends one after the other.
pub struct Client {
    pub name: String,
    dice: Dice,
    n_orders: u64,
    n_requests: u64,
    /// By order number: what was sent, in order, and whether it was acknowledged.
    pub sent: BTreeMap<String, Vec<(Value, bool)>>,
}

impl Client {
    pub fn new(name: &str, seed: u64) -> Self {
        let dice = Dice::new(seed);
        Self { name: name.to_owned(), dice, n_orders: 0, n_requests: 0, sent: BTreeMap::new() }
    }

    /// Acknowledged orders.
    pub fn n_acknowledged(&self) -> usize {
        self.sent.values().filter(|versions| versions.iter().any(|(_, kept)| *kept)).count()
    }

    /// Sends one order, a later version of one, or a batch; notes what was acknowledged.
    pub fn write(&mut self, address: &str, key: &str) -> Result<Answer> {
        self.n_requests += 1;
        let is_batch = self.dice.below(4) == 0;
        let n_drafts = if is_batch { 2 + self.dice.below(12) } else { 1 };
        let drafts: Vec<Value> = (0..n_drafts).map(|_| self.draft(is_batch)).collect();
        for draft in &drafts {
            self.sent.entry(number(draft)).or_default().push((draft.clone(), false));
        }
        let (path, body) = match is_batch {
            true => ("/v1/orders/batch", json!({ "orders": drafts }).to_string()),
            false => ("/v1/orders", drafts[0].to_string()),
        };
        let once = format!("{}-{}", self.name, self.n_requests);
        let request = Ask { idempotency_key: Some(&once), ..Ask::post(path, key, &body) };
        let answer = ask(address, request)?;
        if answer.status == 200 {
            for (index, draft) in drafts.iter().enumerate() {
                let verdict = answer.json();
                let verdict = if is_batch { &verdict["results"][index] } else { &verdict };
                assert!(verdict["id"].is_string(), "{}", answer.body);
                let versions = self.sent.get_mut(&number(draft)).expect("it was sent");
                let version = versions.last_mut().expect("a version");
                version.1 = true;
            }
        }
        Ok(answer)
    }

    fn draft(&mut self, is_new: bool) -> Value {
        let dice = &mut self.dice;
        let nth = if !is_new && self.n_orders > 0 && dice.below(5) == 0 {
            dice.below(self.n_orders) + 1
        } else {
            self.n_orders += 1;
            self.n_orders
        };
        let lines: Vec<Value> = (0..1 + dice.below(5)).map(|_| line(dice)).collect();
        let status = ["open", "fulfilled", "fulfilled", "cancelled"][dice.below(4) as usize];
        let mut draft = json!({
            "channel": "web", "number": format!("{}-{nth:05}", self.name),
            "placed_at": format!("2026-02-{:02}T{:02}:15:00Z", 1 + dice.below(28), dice.below(24)),
            "currency": "GBP", "status": status, "lines": lines,
            "shipping_minor": 10 * dice.below(40), "discount_minor": dice.below(3),
        });
        if dice.below(5) > 0 {
            let id = format!("customer-{}", dice.below(N_PARTIES));
            draft["customer"] = json!({ "external_id": id });
        }
        draft
    }
}

fn line(dice: &mut Dice) -> Value {
    let product = dice.below(N_PARTIES);
    let (quantity, price) = (1 + dice.below(6), 250 + 50 * product);
    json!({
        "kind": "item", "sku": format!("SKU-{product}"), "title": format!("Product {product}"),
        "quantity": quantity, "unit_price_minor": price, "total_minor": quantity * price,
    })
}

fn number(draft: &Value) -> String {
    draft["number"].as_str().expect("a number").to_owned()
}

fn sum(lines: &[Value], field: &str) -> i64 {
    lines.iter().map(|line| line[field].as_i64().expect("a number")).sum()
}

/// What the tables must say of a draft.
fn told(draft: &Value) -> String {
    let lines = draft["lines"].as_array().expect("lines");
    let total = sum(lines, "total_minor") + draft["shipping_minor"].as_i64().expect("shipping")
        - draft["discount_minor"].as_i64().expect("a discount");
    let of_line = |line: &Value| {
        format!("{} {} {}", line["sku"], line["quantity"], line["total_minor"]).replace('"', "")
    };
    let customer = draft["customer"]["external_id"].as_str().unwrap_or("guest");
    let status = draft["status"].as_str().expect("a status");
    let of_lines: Vec<String> = lines.iter().map(of_line).collect();
    format!("{customer} {status} {} {total}: {}", lines.len(), of_lines.join(", "))
}

fn rows(tx: &mut Tx<'_>, sql: &str) -> Vec<Row> {
    tx.fetch(sql, &[]).expect("the tables can be read")
}

fn int(row: &Row, column: usize) -> i64 {
    row.get(column).expect("a number")
}

/// What the tables say, by order number.
fn kept(tx: &mut Tx<'_>) -> BTreeMap<String, String> {
    let mut lines: HashMap<String, Vec<String>> = HashMap::new();
    let sql = "SELECT order_id, sku, quantity, total_minor FROM order_lines
               ORDER BY order_id, position";
    for row in rows(tx, sql) {
        let line = format!("{} {} {}", row.str(1), int(&row, 2), int(&row, 3));
        lines.entry(row.str(0).to_owned()).or_default().push(line);
    }
    let sql = "SELECT o.id, o.number, COALESCE(c.external_id, 'guest'), o.status, o.n_lines,
                 o.total_minor
               FROM orders o LEFT JOIN customers c ON c.id = o.customer_id";
    let mut kept = BTreeMap::new();
    for row in rows(tx, sql) {
        let lines = lines.remove(row.str(0)).unwrap_or_default().join(", ");
        let text =
            format!("{} {} {} {}: {lines}", row.str(2), row.str(3), int(&row, 4), int(&row, 5));
        assert_eq!(kept.insert(row.str(1).to_owned(), text), None, "{} is twice", row.str(1));
    }
    assert!(lines.is_empty(), "lines without an order: {lines:?}");
    kept
}

/// Fails unless every acknowledged order is there once and whole, nothing is there that was not
/// sent, and all figures are what they come to.
///
/// All of it in one picture: PostgreSQL may still carry out a commit that a killed server asked for.
pub fn assert_nothing_lost(db: &Db, clients: &[Client]) {
    db.read(|tx| {
        assert_whole(tx, clients);
        assert_figures(tx);
        Ok::<(), DbError>(())
    })
    .expect("the tables can be read");
}

fn assert_whole(tx: &mut Tx<'_>, clients: &[Client]) {
    let mut kept = kept(tx);
    let placed = rows(tx, "SELECT subject FROM facts WHERE kind = 'order.placed'");
    assert_eq!(placed.len(), kept.len(), "one order, one fact");
    let subjects: BTreeSet<&str> = placed.iter().map(|row| row.str(0)).collect();
    assert_eq!(subjects.len(), placed.len(), "an order was placed twice");
    for client in clients {
        for (number, versions) in &client.sent {
            let acknowledged = versions.iter().rposition(|(_, kept)| *kept);
            let found = kept.remove(number);
            // Later versions may have been kept although their answer did not arrive.
            let possible = &versions[acknowledged.unwrap_or(0)..];
            match found {
                None => assert_eq!(acknowledged, None, "{number} was acknowledged and is lost"),
                Some(found) => assert!(
                    possible.iter().any(|(draft, _)| told(draft) == found),
                    "{number} is `{found}`, but was sent as {possible:?}"
                ),
            }
        }
    }
    assert!(kept.is_empty(), "nobody sent {kept:?}");
}

fn assert_figures(tx: &mut Tx<'_>) {
    let mut same = |table: &str, stored: &str, counted: &str| {
        let mut text = |sql: &str| -> BTreeSet<String> {
            rows(tx, sql).iter().map(|row| format!("{row:?}")).collect()
        };
        assert_eq!(text(stored), text(counted), "{table}");
    };
    same(
        "customer_stats",
        "SELECT customer_id, n_orders, value_minor, first_order_at, last_order_at
         FROM customer_stats WHERE n_orders <> 0 OR value_minor <> 0",
        "SELECT customer_id, COUNT(*), CAST(SUM(total_minor) AS BIGINT), MIN(placed_at),
           MAX(placed_at)
         FROM orders WHERE status <> 'cancelled' AND customer_id IS NOT NULL GROUP BY customer_id",
    );
    same(
        "product_stats",
        "SELECT product_id, n_orders, n_units, revenue_minor, first_sold_at, last_sold_at
         FROM product_stats WHERE n_orders <> 0 OR n_units <> 0 OR revenue_minor <> 0",
        "SELECT l.product_id, COUNT(DISTINCT o.id), CAST(SUM(l.quantity) AS BIGINT),
           CAST(SUM(l.total_minor) AS BIGINT), MIN(o.placed_at), MAX(o.placed_at)
         FROM order_lines l JOIN orders o ON o.id = l.order_id
         WHERE o.status <> 'cancelled' GROUP BY l.product_id",
    );
}
