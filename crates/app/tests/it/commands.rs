//! The command line for what is counted and offered, as a person or a script would call it.

use std::path::Path;
use std::process::{Command, Stdio};

use mercer_db::{Location, params};
use mercer_testkit::{TestBed, on_both};
use serde_json::{Value, json};

/// Orders of a small shop.
const ORDERS: &str = "\
order_number,placed_at,sku,title,quantity,unit_price,customer_id,email,currency
1,2026-02-01T10:00:00Z,TEA-1,Assam,2,4.50,c-1,ada@example.com,GBP
1,2026-02-01T10:00:00Z,TEA-2,Darjeeling,1,6.00,c-1,ada@example.com,GBP
2,2026-02-02T11:00:00Z,TEA-1,Assam,1,4.50,c-2,bob@example.com,GBP
";

/// Its stock; a row too many.
const STOCK: &str = "\
sku,location,quantity,cost,threshold
TEA-1,main,12,1.80,3
TEA-2,main,2,2.00,3
TEA-3,main,lots,,
";

/// What a command came to.
struct Ran {
    is_good: bool,
    out: String,
    err: String,
}

/// A shop on a database of its own.
struct Desk<'a> {
    bed: &'a TestBed,
    database: String,
}

impl Desk<'_> {
    fn folder(&self) -> &Path {
        self.bed.folder.path()
    }

    fn file(&self, name: &str, text: &str) {
        std::fs::write(self.folder().join(name), text).unwrap();
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mercer"));
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("MERCER_")) {
            command.env_remove(name);
        }
        let output = command
            .env("MERCER_LOG", "warn")
            .current_dir(self.folder())
            .stdin(Stdio::null())
            .args(["--database", &self.database])
            .args(arguments)
            .output()
            .unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let (out, err) = (text(&output.stdout), text(&output.stderr));
        assert!(!err.contains("panicked"), "{arguments:?}: {err}");
        Ran { is_good: output.status.success(), out, err }
    }

    fn good(&self, arguments: &[&str]) -> Ran {
        let ran = self.run(arguments);
        assert!(ran.is_good, "{arguments:?}: {}{}", ran.out, ran.err);
        ran
    }

    fn json(&self, arguments: &[&str]) -> Value {
        let ran = self.good(&[&["--json"], arguments].concat());
        serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{error}: {}", ran.out))
    }

    /// Fails with a message that has all these words.
    fn bad(&self, arguments: &[&str], words: &[&str]) {
        for json in [&[][..], &["--json"]] {
            let ran = self.run(&[json, arguments].concat());
            assert!(!ran.is_good, "{arguments:?}: {}", ran.out);
            assert_eq!(ran.out, "", "{arguments:?}");
            for word in words {
                assert!(ran.err.contains(word), "{arguments:?} without `{word}`: {}", ran.err);
            }
        }
    }

    fn count(&self, sql: &str) -> i64 {
        self.bed.db.read(|tx| tx.fetch_value(sql, params![])).unwrap()
    }
}

fn on_desk(name: &str, test: impl Fn(&Desk<'_>)) {
    on_both(name, &[], |bed| {
        let database = match &bed.location {
            Location::Sqlite(path) => path.display().to_string(),
            Location::Postgres(url) => url.clone(),
        };
        test(&Desk { bed, database });
    });
}

/// Orders and stock are imported.
fn open(desk: &Desk<'_>) {
    desk.file("orders.csv", ORDERS);
    desk.file("stock.csv", STOCK);
    desk.json(&["import", "orders", "orders.csv", "--no-compute"]);
    desk.json(&["import", "stock", "stock.csv", "--make-locations"]);
}

fn texts(rows: &Value, name: &str) -> Vec<String> {
    let rows = rows.as_array().unwrap();
    rows.iter().map(|row| row[name].as_str().unwrap().to_owned()).collect()
}

#[test]
fn stock_is_imported_and_listed() {
    on_desk("cli_stock", |desk| {
        desk.file("stock.csv", STOCK);
        assert!(desk.good(&["stock"]).out.contains("mercer import stock"));
        assert_eq!(desk.json(&["stock"]), json!([]));
        let import = ["import", "stock", "stock.csv", "--make-locations"];
        let report = desk.json(&import);
        let sums = |report: &Value| {
            ["n_rows", "n_changed", "n_unchanged", "n_rejected"]
                .map(|name| report[name].as_i64().unwrap())
        };
        assert_eq!(sums(&report), [3, 2, 0, 1]);
        assert_eq!(report["locations_made"], json!(["main"]));
        let rejects = std::fs::read_to_string(desk.folder().join("stock.csv.rejects.csv")).unwrap();
        assert!(rejects.contains("4,\"quantity\",") && rejects.contains("lots"), "{rejects}");
        let again = desk.good(&import);
        assert!(again.out.contains("0 changed + 2 unchanged + 1 rejected"), "{}", again.out);
        assert!(again.out.contains("--again"), "{}", again.out);
        let listed = desk.json(&["stock"]);
        assert_eq!(texts(&listed, "sku"), ["TEA-1", "TEA-2"]);
        assert_eq!(
            (&listed[0]["on_hand"], &listed[0]["unit_cost_minor"]),
            (&json!(12), &json!(180))
        );
        assert_eq!(texts(&desk.json(&["stock", "--search", "2"]), "sku"), ["TEA-2"]);
        assert_eq!(texts(&desk.json(&["stock", "--low"]), "sku"), ["TEA-2"]);
        assert_eq!(texts(&desk.json(&["stock", "--limit", "1"]), "sku"), ["TEA-1"]);
        let one = desk.json(&["stock", "--sku", "TEA-1"]);
        assert_eq!(
            (&one["places"][0]["location"], &one["available"]),
            (&json!("main"), &json!(12))
        );
        let shown = desk.good(&["stock", "--sku", "TEA-1"]).out;
        assert!(shown.contains("12 on hand") && shown.contains("1.80"), "{shown}");
        assert!(desk.good(&["stock"]).out.contains("low"));
    });
}

#[test]
fn a_stock_command_that_cannot_be_done_says_why() {
    on_desk("cli_bad_stock", |desk| {
        open(desk);
        desk.file("empty.csv", "");
        desk.file("odd.csv", "colour\nred\n");
        desk.bad(&["import", "stock", "none.csv"], &["none.csv", "cannot be read"]);
        desk.bad(&["import", "stock", "empty.csv"], &["empty"]);
        desk.bad(&["import", "stock", "odd.csv"], &["SKU"]);
        desk.bad(&["import", "stock", "stock.csv", "--currency", "XQX"], &["XQX"]);
        desk.bad(&["import", "stock", "stock.csv", "--map", "sku"], &["sku"]);
        desk.bad(&["import", "stock", "stock.csv", "--dates", "odd"], &["odd"]);
        desk.bad(&["stock", "--sku", "TORCH"], &["TORCH"]);
        desk.bad(&["stock", "--location", "moon"], &["moon", "location"]);
        desk.bad(&["stock", "--limit", "0"], &["0"]);
        assert_eq!(texts(&desk.json(&["stock"]), "sku"), ["TEA-1", "TEA-2"]);
    });
}

#[test]
fn promotions_are_written_tried_run_paused_and_ended() {
    on_desk("cli_promotions", |desk| {
        open(desk);
        assert_eq!(desk.json(&["promotions", "list"]), json!([]));
        let draft = json!({ "name": "Tea week", "definition": {
            "action": { "kind": "percentage", "basis_points": 1_000 },
        } });
        desk.file("tea.json", &draft.to_string());
        let simulated = desk.json(&["promotions", "simulate", "--draft", "tea.json"]);
        let sum = &simulated["money"][0];
        assert_eq!((&sum["n_orders"], &sum["discount_minor"]), (&json!(2), &json!(195)));
        assert_eq!(desk.json(&["promotions", "list"]), json!([]), "a trial writes nothing down");
        let made = desk.json(&["promotions", "create", "tea.json"]);
        let id = made["id"].as_str().unwrap().to_owned();
        assert_eq!(made["state"], "draft");
        let cart = ["quote", "--cart", "TEA-1=2,TEA-2"];
        assert_eq!(desk.json(&cart)["price"]["total_minor"], 1_500);
        for (word, state, total) in [
            ("activate", "active", 1_350),
            ("pause", "paused", 1_500),
            ("activate", "active", 1_350),
            ("end", "ended", 1_500),
        ] {
            assert_eq!(desk.json(&["promotions", word, &id])["state"], state);
            assert_eq!(desk.json(&cart)["price"]["total_minor"], total, "{word}");
        }
        let simulated = desk.json(&["promotions", "simulate", "--promotion", &id, "--days", "30"]);
        assert_eq!(simulated["money"][0]["discount_minor"], 195);
        let listed = desk.good(&["promotions", "list"]).out;
        assert!(listed.contains("Tea week") && listed.contains("ended"), "{listed}");
        desk.bad(&["promotions", "activate", &id], &["ended"]);
        for word in ["activate", "pause", "end"] {
            desk.bad(&["promotions", word, "prm_none"], &["prm_none"]);
        }
        desk.bad(&["promotions", "simulate", "--promotion", "prm_none"], &["prm_none"]);
        desk.bad(&["promotions", "simulate"], &["--draft"]);
        desk.bad(&["promotions", "create", "none.json"], &["none.json", "cannot be read"]);
        desk.file("odd.json", "{ \"name\": \"x\" }");
        desk.bad(&["promotions", "create", "odd.json"], &["odd.json", "definition"]);
        let mut odd = draft;
        odd["definition"]["action"]["basis_points"] = json!(20_000);
        desk.file("odd.json", &odd.to_string());
        desk.bad(&["promotions", "create", "odd.json"], &["20000"]);
        assert_eq!(desk.json(&["promotions", "list"]).as_array().unwrap().len(), 1);
    });
}

#[test]
fn a_cart_is_priced_or_refused_by_its_field() {
    on_desk("cli_quote", |desk| {
        open(desk);
        let quote = desk.json(&[
            "quote",
            "--cart",
            "TEA-1=3,TEA-2",
            "--shipping-minor",
            "495",
            "--coupon",
            "NONE",
        ]);
        assert_eq!(
            (&quote["state"], &quote["price"]["total_minor"]),
            (&json!("priced"), &json!(2_445))
        );
        assert_eq!(quote["price"]["not_applied"][0]["coupon"], "NONE");
        let shown = desk.good(&["quote", "--cart", "TEA-1=3"]).out;
        assert!(shown.contains("Assam") && shown.contains("13.50"), "{shown}");
        assert!(shown.contains("good until"), "{shown}");
        let n = desk.count("SELECT COUNT(*) FROM quotes");
        desk.bad(&["quote", "--cart", "TORCH"], &["TORCH"]);
        desk.bad(&["quote", "--cart", "TEA-1=many"], &["TEA-1=many", "SKU=QUANTITY"]);
        desk.bad(&["quote", "--cart", "TEA-1=-1"], &["-1"]);
        desk.bad(&["quote", "--cart", "TEA-1=0"], &["0"]);
        desk.bad(&["quote", "--cart", "TEA-1", "--points", "5"], &["customer"]);
        desk.bad(&["quote", "--cart", "TEA-1", "--customer", "cus_none"], &["cus_none"]);
        desk.bad(&["quote", "--cart", "TEA-1", "--channel", "moon"], &["moon"]);
        desk.bad(&["quote"], &["--cart"]);
        assert_eq!(desk.count("SELECT COUNT(*) FROM quotes"), n);
    });
}

#[test]
fn the_demonstration_counts_and_offers_and_its_ledger_adds_up() {
    on_desk("cli_demo", |desk| {
        desk.json(&["demo", "--no-serve", "--orders", "500"]);
        let stock = desk.json(&["stock", "--limit", "1000"]);
        assert!(stock.as_array().unwrap().len() > 10);
        assert!(stock.as_array().unwrap().iter().any(|row| row["is_low"] == true));
        let places = "SELECT COUNT(*) FROM stock_locations";
        assert_eq!(desk.count(places), 2);
        let mut states = texts(&desk.json(&["promotions", "list"]), "state");
        states.sort();
        assert_eq!(states, ["active", "active", "active", "active", "draft"]);
        assert_eq!(desk.count("SELECT COUNT(*) FROM flash_sales WHERE state = 'scheduled'"), 1);
        let doctor = desk.json(&["doctor"]);
        assert_eq!(doctor["ok"], true, "{doctor}");
        let findings = doctor["findings"].as_array().unwrap();
        let ledger = findings.iter().find(|one| one["what"] == "ledger").unwrap();
        assert_eq!(ledger["verdict"], "good");
        let before = [
            desk.count("SELECT COUNT(*) FROM ledger_transfers"),
            desk.count("SELECT COUNT(*) FROM promotions"),
        ];
        desk.json(&["demo", "--no-serve", "--orders", "500"]);
        let after = [
            desk.count("SELECT COUNT(*) FROM ledger_transfers"),
            desk.count("SELECT COUNT(*) FROM promotions"),
        ];
        assert_eq!(after, before, "once");
    });
}
