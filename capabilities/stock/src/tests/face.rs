//! The interface: every path is there, and each refusal becomes the problem that it should.

use std::sync::Arc;

use mercer_core::problem::ProblemCode;
use mercer_csv::stock::CsvStock;
use mercer_http::context::Context;
use mercer_http::problem::Problem;
use mercer_testkit::on_sqlite;

use super::support::*;
use crate::api::{StockApi, router};
use crate::movements::Reason;

#[test]
fn every_path_is_served_and_none_hides_another() {
    on_sqlite("stock_paths", MIGRATIONS, |t| {
        let context = Context::new(t.db.clone(), t.clock.clone(), t.entropy.clone());
        let api = StockApi { context, files: Arc::new(CsvStock) };
        // Paths that collide stop here.
        let (_, description) = router(api).split_for_parts();
        let mut paths: Vec<&str> = description.paths.paths.keys().map(String::as_str).collect();
        paths.sort_unstable();
        assert_eq!(
            paths,
            [
                "/v1/locations",
                "/v1/stock",
                "/v1/stock/allocate",
                "/v1/stock/counts",
                "/v1/stock/imports",
                "/v1/stock/imports/preview",
                "/v1/stock/incoming",
                "/v1/stock/incoming/{id}",
                "/v1/stock/incoming/{id}/receipts",
                "/v1/stock/movements",
                "/v1/stock/settings",
                "/v1/stock/{sku}",
                "/v1/stock/{sku}/holds",
                "/v1/stock/{sku}/movements",
            ]
        );
    });
}

#[test]
fn refusals_become_problems_with_code_field_and_a_sentence() {
    on_sqlite("stock_problems", MIGRATIONS, |t| {
        location(t, "main", 1, &[]);
        put(t, "LAMP", &plain()).unwrap();
        give(t, "LAMP", "main", 5);
        let problem = |reason, sku: &str, key: &str, quantity| {
            Problem::from(book(t, &[movement(key, reason, sku, "main", quantity)]).unwrap_err())
        };
        let short = problem(Reason::Sold, "LAMP", "a", 6);
        assert_eq!((short.code, short.status), (ProblemCode::OutOfStock, 409));
        assert_eq!(short.field.as_deref(), Some("movements[0].quantity"));
        assert_eq!(
            short.detail,
            "6 units are to go, 5 are there; units held for customers cannot go."
        );
        let unknown = problem(Reason::Sold, "NOPE", "a", 1);
        assert_eq!((unknown.code, unknown.status), (ProblemCode::InvalidField, 422));
        assert!(unknown.detail.starts_with("There is no SKU `NOPE` in stock"));
        book(t, &[movement("k", Reason::Sold, "LAMP", "main", 1)]).unwrap();
        let reused = problem(Reason::Sold, "LAMP", "k", 2);
        assert_eq!(reused.code, ProblemCode::IdempotencyKeyReused);
        assert_eq!(reused.field.as_deref(), Some("movements[0].key"));
        let missing = t.db.read(|tx| crate::view::find(tx, now(t), "NOPE")).unwrap_err();
        assert_eq!(Problem::from(missing).status, 404);
    });
}
